/** How large specs may be, so that none makes the compiler crash or hang; `docs/language.md` lists these. */

/** Bytes of a file. */
export const fileSizeLimit = 1024 * 1024;

/** Brackets within brackets: the parser and all later stages recur on them. */
export const nestingLimit = 200;

/** Depth of a tree: later stages recur on it. A sum of n terms is a tree of depth n. */
export const expressionDepthLimit = 500;

/** Deeper expressions, functions written out, are refused: the stack of the machine has an end. */
export const writtenOutDepthLimit = 600;

/** Functions that call each other may double the work at every level, so a cell has an end. */
export const stepLimit = 30_000;

/** Expressions of all cells of one run together, functions written out. */
export const stepBudget = 500_000;

/** Largest k of `[t-k]`: each is one more value kept per step. */
export const lagLimit = 1000;

/** Constants that use each other before they are known. */
export const constantsLimit = 100;

/** Files that import each other in a row. */
export const importLimit = 100;

/** Cells that extend each other in a row. */
export const inheritanceLimit = 100;

/** Items of all cells of one run together, inherited ones counted in each. */
export const itemsLimit = 100_000;

/** Sizes that are sums with more terms are refused: products of sums grow without bound. */
export const sizeTermsLimit = 64;

/** Arguments of `concat`, and of `min` and `max`. */
export const concatLimit = 256;
export const extremesLimit = 64;

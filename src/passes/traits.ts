/** What the scheduler asks about a node; all of it follows from the operation and the operands' domains. */
import { Domain } from "../ir/graph.js";
import type { Node } from "../ir/graph.js";
import { operations } from "../ir/ops/index.js";
import type { OpName } from "../ir/ops/index.js";

/** Only renames, repeats or rearranges elements: computed wherever it is read, at the index that is read. */
const rearranging: ReadonlySet<OpName> = new Set([
  "broadcast",
  "spread",
  "slice",
  "pad",
  "concat",
  "transpose",
  "outer",
  "onehot",
  "iota",
  "pick",
  "stop",
]);

export const isLeaf = (node: Node): boolean =>
  operations[node.op].kind === "leaf";

export const isElementwise = (node: Node): boolean =>
  operations[node.op].kind === "elementwise";

export const isRearranging = (node: Node): boolean => rearranging.has(node.op);

/** Cheap enough to compute again in the backward pass instead of keeping it. */
export const isRecomputable = (node: Node): boolean =>
  isElementwise(node) || isRearranging(node);

/** Adds up along an axis of its operand. */
export const isReduction = (node: Node): boolean =>
  node.op === "sum" ||
  node.op === "sum_rows" ||
  node.op === "max_of" ||
  node.op === "min_of";

/**
 * A product with a static matrix, so that many rows are one matrix product: `A x` with row vectors x,
 * `M B` and `M Bᵀ` with row matrices M.
 */
export function isRowProduct(node: Node): boolean {
  if (node.op === "products") return true;
  if (node.domain === Domain.static) return false;
  const [a, b] = node.args;
  if (node.op === "matvec") return a!.domain === Domain.static;
  return (
    node.op === "matmul" && b!.domain === Domain.static && !node.attrs.transA
  );
}

/** A sum over rows that is a matrix product with as many terms as there are rows. */
export function isGradientProduct(node: Node): boolean {
  if (node.op !== "reduce" || node.domain !== Domain.static) return false;
  const x = node.args[0]!;
  return (
    (x.op === "outer" ||
      (x.op === "matmul" && x.attrs.transA === true && !x.attrs.transB)) &&
    x.args.every((arg) => arg.domain === x.domain)
  );
}

/** What a node's kernel reads: a gradient product reads the factors and never sees the product of one row. */
export const operandsOf = (node: Node): readonly Node[] =>
  isGradientProduct(node) ? node.args[0]!.args : node.args;

/** A product kernel, as against a loop nest. */
export const isProduct = (node: Node): boolean =>
  isRowProduct(node) || isGradientProduct(node);

/** The array that an operand of a product is a part of. */
export function viewBase(node: Node): Node {
  let base = node;
  while (base.op === "slice") base = base.args[0]!;
  return base;
}

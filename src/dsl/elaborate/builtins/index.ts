/** The tables of built-in functions and operators. */
import type { BinaryOperator } from "../../ast.js";
import {
  elementwiseFunctions,
  elementwiseOperators,
  gap,
  logicalNot,
  negation,
} from "./elementwise.js";
import { productFunctions, productOperators } from "./products.js";
import type { Builtin } from "./record.js";
import { preludeHelpers, reductions } from "./reductions.js";
import { vectorFunctions } from "./vectors.js";

const byName = (records: readonly Builtin[]): ReadonlyMap<string, Builtin> =>
  new Map(records.map((record) => [record.name, record]));

/** What a user can call. */
export const builtinFunctions = byName([
  ...elementwiseFunctions,
  ...reductions,
  ...productFunctions,
  ...vectorFunctions,
]);

/** What the prelude can call besides. */
export const preludeOnly = byName([...preludeHelpers, gap]);

const operators = byName([...elementwiseOperators, productOperators.product]);

export const binaryBuiltin = (operator: BinaryOperator): Builtin =>
  operators.get(operator)!;

export const unaryBuiltins = { "-": negation, not: logicalNot } as const;
export const transposeBuiltin = productOperators.transpose;
export { project as projectBuiltin } from "./products.js";
export const onehotBuiltin = builtinFunctions.get("onehot")!;

/** Marks for the differentiation: values that let no gradient pass, and sums over steps and batch entries. */
import type { StructuralName } from "../names.js";
import type { StructuralRecord } from "../record.js";
import { structural } from "./define.js";

export const marks = {
  stop: structural({
    arity: 1,
    doc: "the value itself; no gradient passes",
    linearity: "none",
    shape: ([x]) => x!,
    evaluate: ([x], out) => out.set(x!.data),
    vjp: () => [undefined],
  }),
  reduce: structural({
    arity: 1,
    doc: "adjoint: the sum over steps and batch entries, down to the domain",
    linearity: "linear",
    shape: ([x], { domain }) =>
      domain === undefined ? "the domain is missing" : x!,
    evaluate: () => {
      throw new TypeError(
        "reduce sums over steps and batch entries; no single step has its value",
      );
    },
    vjp: () => {
      throw new TypeError(
        "reduce stands in adjoint steps only, which are not differentiated again",
      );
    },
  }),
} satisfies Partial<Record<StructuralName, StructuralRecord>>;

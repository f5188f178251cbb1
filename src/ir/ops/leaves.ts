/** Values that are given: constants, sizes, what the caller passes, and the leaves of an adjoint step. */
import type { Attributes } from "../node.js";
import type { LeafName } from "./names.js";
import type { LeafRecord } from "./record.js";

const leaf = (
  doc: string,
  shape: LeafRecord["shape"] = (_, attrs) => given(attrs),
): LeafRecord => ({
  kind: "leaf",
  arity: 0,
  shape,
  doc,
});

const given = (attrs: Attributes) => attrs.shape ?? "the leaf needs a shape";

export const leaves: Record<LeafName, LeafRecord> = {
  const: leaf("a number", () => []),
  size: leaf("the number of a size", () => []),
  step: leaf("the number of the step, `t`", () => []),
  input: leaf("the caller's value for this step"),
  context: leaf("the caller's value, constant along the sequence"),
  param: leaf("a trained array"),
  buffer: leaf("an array that is not trained"),
  state: leaf("the value that `name` had `lag` steps ago"),
  seed: leaf("adjoint: the cotangent of the output `name` at this step"),
  carried: leaf("adjoint: the cotangent that step t + lag sent back to `name`"),
  initial: leaf(
    "adjoint: the cotangent of the initial value of the state `name`",
  ),
};

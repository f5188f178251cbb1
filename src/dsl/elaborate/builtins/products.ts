/** Products of vectors and matrices, and the transpose. */
import type { Builder } from "../../../ir/builder.js";
import type { Node } from "../../../ir/graph.js";
import type { Shape, Size } from "../../../ir/size.js";
import type { Builtin, ShapeCall } from "./record.js";

/** A transposed operand is read the other way round, never moved. */
const untransposed = (node: Node): [Node, boolean] =>
  node.op === "transpose" ? [node.args[0]!, true] : [node, false];

function multiply(b: Builder, left: Node, right: Node): Node {
  if (left.shape.length === 1 && right.shape.length === 1)
    return b.sum(b.mul(left, right));
  if (right.shape.length === 1) {
    const [a, transA] = untransposed(left);
    return b.matvec(a, right, transA);
  }
  if (left.shape.length === 1) {
    const [a, transA] = untransposed(right);
    return b.matvec(a, left, !transA);
  }
  const [a, transA] = untransposed(left);
  const [c, transB] = untransposed(right);
  return b.matmul(a, c, transA, transB);
}

const wantsVectors = ({ shapes, complain }: ShapeCall, name: string): boolean =>
  shapes.every((shape, i) => {
    if (shape.length === 1) return true;
    complain.rank(
      i,
      "vectors",
      shape.length === 2 && name === "dot"
        ? "`A @ B` multiplies matrices"
        : undefined,
    );
    return false;
  });

const product: Builtin = {
  name: "@",
  takes: ["number", "number"],
  gives: "number",
  signature: "a @ b",
  rank: ([a, b]) => Math.max(0, a! + b! - 2),
  shape: ({ shapes, equate, complain }) => {
    const [left, right] = shapes as [Shape, Shape];
    for (const [operand, shape] of shapes.entries())
      if (shape.length === 0) {
        complain.rank(
          operand,
          "vectors or matrices",
          "a scalar is multiplied with `*`",
        );
        return undefined;
      }
    const inner: [Size, Size] = [left.at(-1)!, right[0]!];
    return equate(...inner, () => complain.product(...inner))
      ? [...left.slice(0, -1), ...right.slice(1)]
      : undefined;
  },
  lower: (b, [left, right]) => multiply(b, left!, right!),
};

const transpose: Builtin = {
  name: ".T",
  takes: ["number"],
  gives: "number",
  signature: "A.T",
  rank: () => 2,
  shape: ({ shapes: [shape], complain }) => {
    if (shape!.length === 2) return [shape![1]!, shape![0]!];
    complain.rank(
      0,
      "a matrix",
      shape!.length === 1
        ? "vectors are multiplied with `dot(u, v)` and `outer(u, v)`"
        : undefined,
    );
    return undefined;
  },
  lower: (b, [a]) => {
    const [inner, transposed] = untransposed(a!);
    return transposed ? inner : b.transpose(a!);
  },
};

const dot: Builtin = {
  name: "dot",
  takes: ["number", "number"],
  gives: "number",
  signature: "dot(u, v)",
  rank: () => 0,
  shape: (call) => {
    if (!wantsVectors(call, "dot")) return undefined;
    const [u, v] = call.shapes;
    return call.equate(u![0]!, v![0]!, () => call.complain.elementwise(0, 1))
      ? []
      : undefined;
  },
  lower: (b, [u, v]) => multiply(b, u!, v!),
};

const outer: Builtin = {
  name: "outer",
  takes: ["number", "number"],
  gives: "number",
  signature: "outer(u, v)",
  rank: () => 2,
  shape: (call) =>
    wantsVectors(call, "outer")
      ? [call.shapes[0]![0]!, call.shapes[1]![0]!]
      : undefined,
  lower: (b, [u, v]) => b.outer(u!, v!),
};

/** What `affine` does with each source: `W x`; for a matrix row by row; for a scalar one weight per unit. */
export const project: Builtin = {
  name: "affine",
  takes: ["number", "number"],
  gives: "number",
  signature: "affine(a, …)",
  rank: ([, source]) => Math.max(1, source!),
  shape: ({ shapes, equate, complain }) => {
    const [weight, source] = shapes as [Shape, Shape];
    if (source.length === 0) return weight;
    const inner: [Size, Size] = [weight[1]!, source.at(-1)!];
    return equate(...inner, () => complain.product(...inner))
      ? [...source.slice(0, -1), weight[0]!]
      : undefined;
  },
  lower: (b, [weight, source]) =>
    source!.shape.length === 0
      ? b.mul(weight!, source!)
      : source!.shape.length === 1
        ? b.matvec(weight!, source!)
        : multiply(b, source!, b.transpose(weight!)),
};

export const productOperators = { product, transpose } as const;
export const productFunctions: readonly Builtin[] = [dot, outer];

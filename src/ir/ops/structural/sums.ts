/** Repeating, and adding up, which is its adjoint. */
import { sameSize, showShape } from "../../size.js";
import type { StructuralName } from "../names.js";
import type { StructuralRecord } from "../record.js";
import { lastAxis, rankError, rowsOf, structural } from "./define.js";

export const sums = {
  broadcast: structural({
    arity: 1,
    doc: "a scalar repeated everywhere, or a [D] repeated in each row of [S, D]",
    linearity: "linear",
    shape: ([x], { shape }) =>
      shape === undefined
        ? "the shape is missing"
        : x!.length === 0 ||
            (x!.length === 1 &&
              shape.length === 2 &&
              sameSize(x![0]!, shape[1]!))
          ? shape
          : `${showShape(x!)} cannot be repeated to ${showShape(shape)}`,
    evaluate: ([x], out) => {
      const period = x!.data.length;
      for (let i = 0; i < out.length; i++) out[i] = x!.data[i % period]!;
    },
    vjp: (b, node, g) => {
      const [from, to] = [node.args[0]!.shape.length, node.shape.length];
      if (from === 1) return [b.sumRows(g)];
      return [to === 2 ? b.sum(b.sum(g)) : b.sum(g)];
    },
  }),
  spread: structural({
    arity: 1,
    doc: "element s of [S] repeated along row s of [S, D]",
    linearity: "linear",
    shape: ([x], { shape }) =>
      shape?.length === 2 && x!.length === 1 && sameSize(x![0]!, shape[0]!)
        ? shape
        : `${showShape(x!)} cannot be spread to ${showShape(shape ?? [])}`,
    evaluate: ([x], out) => {
      const columns = out.length / x!.data.length;
      for (let i = 0; i < out.length; i++)
        out[i] = x!.data[Math.floor(i / columns)]!;
    },
    vjp: (b, _, g) => [b.sum(g)],
  }),
  sum: structural({
    arity: 1,
    doc: "sum along the last axis",
    linearity: "linear",
    shape: ([v]) => lastAxis(v!),
    evaluate: ([v], out) => {
      const [rows, columns] = rowsOf(v!);
      for (let i = 0; i < rows; i++) {
        let sum = 0;
        for (let j = 0; j < columns; j++) sum += v!.data[i * columns + j]!;
        out[i] = sum;
      }
    },
    vjp: (b, node, g) => {
      const shape = node.args[0]!.shape;
      return [shape.length === 1 ? b.broadcast(g, shape) : b.spread(g, shape)];
    },
  }),
  sum_rows: structural({
    arity: 1,
    doc: "sum of the rows of a matrix",
    linearity: "linear",
    shape: ([a]) =>
      a!.length === 2 ? [a![1]!] : rankError("a matrix is needed", a!),
    evaluate: ([a], out) => {
      const columns = out.length;
      out.fill(0);
      for (let i = 0; i < a!.data.length; i++) out[i % columns]! += a!.data[i]!;
    },
    vjp: (b, node, g) => [b.broadcast(g, node.args[0]!.shape)],
  }),
} satisfies Partial<Record<StructuralName, StructuralRecord>>;

/** Largest and smallest along an axis. */
import type { StructuralName } from "../names.js";
import type { StructuralRecord, Tensor } from "../record.js";
import { lastAxis, rowsOf, structural } from "./define.js";

/**
 * Largest (`direction` 1) or smallest (−1) along the last axis; ties share the gradient equally. What is not a number
 * makes the result no number, and then no element comes behind it.
 */
function extreme(doc: string, direction: 1 | -1): StructuralRecord {
  const [best, behind] =
    direction > 0
      ? [Math.max, (a: number, b: number) => a < b]
      : [Math.min, (a: number, b: number) => a > b];
  const bestOf = ({ data }: Tensor, from: number, columns: number): number => {
    let found = data[from]!;
    for (let j = 1; j < columns; j++) found = best(found, data[from + j]!);
    return found;
  };
  const winners = (
    v: Tensor,
    each: (row: number, column: number) => void,
  ): void => {
    const [rows, columns] = rowsOf(v);
    for (let i = 0; i < rows; i++) {
      const found = bestOf(v, i * columns, columns);
      for (let j = 0; j < columns; j++)
        if (!behind(v.data[i * columns + j]!, found)) each(i, j);
    }
  };
  return structural({
    arity: 1,
    doc,
    linearity: "pieces",
    shape: ([v]) => lastAxis(v!),
    evaluate: ([v], out) => {
      const [rows, columns] = rowsOf(v!);
      for (let i = 0; i < rows; i++) out[i] = bestOf(v!, i * columns, columns);
    },
    tangent: ([v], result, [dv], out) => {
      const count = new Float64Array(result.data.length);
      winners(v!, (i) => count[i]!++);
      const [, columns] = rowsOf(v!);
      out.fill(0);
      winners(
        v!,
        (i, j) => (out[i]! += dv!.data[i * columns + j]! / count[i]!),
      );
    },
    piece: ([v]) => {
      let hash = 0;
      winners(
        v!,
        (i, j) => (hash = (hash * 31 + i * 7919 + j + 1) % 4294967291),
      );
      return hash;
    },
    vjp: (b, node, g) => {
      const v = node.args[0]!;
      const along = (x: typeof g) =>
        v.shape.length === 1 ? b.broadcast(x, v.shape) : b.spread(x, v.shape);
      const zero = b.filled(0, v.shape);
      const extremes = along(node);
      const loses = direction > 0 ? b.lt(v, extremes) : b.gt(v, extremes);
      const winners = b.sum(b.select(loses, zero, b.constant(1)));
      return [b.select(loses, zero, along(b.div(g, winners)))];
    },
  });
}

export const extremes = {
  max_of: extreme(
    "largest along the last axis; ties share the gradient equally",
    1,
  ),
  min_of: extreme(
    "smallest along the last axis; ties share the gradient equally",
    -1,
  ),
} satisfies Partial<Record<StructuralName, StructuralRecord>>;

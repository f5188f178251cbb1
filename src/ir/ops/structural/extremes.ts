/** Largest and smallest along an axis. */
import type { StructuralName } from "../names.js";
import type { StructuralRecord, Tensor } from "../record.js";
import { lastAxis, rowsOf, structural } from "./define.js";

/** Largest (`direction` 1) or smallest (−1) along the last axis; ties share the gradient equally. */
function extreme(doc: string, direction: 1 | -1): StructuralRecord {
  const better = (a: number, b: number): boolean => direction * (a - b) > 0;
  const winners = (
    v: Tensor,
    each: (row: number, column: number) => void,
  ): void => {
    const [rows, columns] = rowsOf(v);
    for (let i = 0; i < rows; i++) {
      let best = v.data[i * columns]!;
      for (let j = 1; j < columns; j++)
        if (better(v.data[i * columns + j]!, best))
          best = v.data[i * columns + j]!;
      for (let j = 0; j < columns; j++)
        if (v.data[i * columns + j] === best) each(i, j);
    }
  };
  return structural({
    arity: 1,
    doc,
    linearity: "pieces",
    shape: ([v]) => lastAxis(v!),
    evaluate: ([v], out) => {
      const [rows, columns] = rowsOf(v!);
      for (let i = 0; i < rows; i++) {
        let best = v!.data[i * columns]!;
        for (let j = 1; j < columns; j++)
          best =
            direction > 0
              ? Math.max(best, v!.data[i * columns + j]!)
              : Math.min(best, v!.data[i * columns + j]!);
        out[i] = best;
      }
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
      const winner = b.select(
        b.eq(v, along(node)),
        b.constant(1),
        b.filled(0, v.shape),
      );
      return [b.mul(winner, along(b.div(g, b.sum(winner))))];
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

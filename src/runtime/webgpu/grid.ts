/** How many workgroups a dispatch has, and what it costs, for sizes in numbers. */
import {
  block,
  blocks,
  rowLanes,
  sumColumns,
} from "./description.js";
import type { GpuDispatch } from "./description.js";

export interface Extent {
  readonly batch: number;
  /** Steps at hand: 1 outside of time. */
  readonly steps: number;
  /** Whether every batch entry counts: not in kernels that run once. */
  readonly entries: boolean;
}

export interface Grid {
  readonly entryPoint: string;
  readonly groups: readonly [number, number, number];
  /** Multiplications and the like, for keeping dispatches short. */
  readonly work: number;
}

/** What an elementwise operation with its loads costs, in multiplications. */
const perElement = 16;

const over = (n: number, by: number): number => Math.ceil(n / by);

export function gridOf(
  { shape, extents, depths = [], inner = [] }: GpuDispatch,
  sizes: readonly number[],
  { batch, steps, entries }: Extent,
): Grid {
  const most = (list: readonly number[]): number =>
    Math.max(1, ...list.map((index) => sizes[index]!));
  const n = most(extents);
  const k = most(depths);
  const rows = batch * steps * most(inner);
  const B = entries ? batch : 1;
  const calls = extents.length;
  const main = (
    x: number,
    y: number,
    z: number,
    work: number,
    entryPoint = "main",
  ): Grid => ({ entryPoint, groups: [x, y, z], work });
  switch (shape) {
    case "elements":
      return main(over(n, rowLanes), B, steps, n * B * steps * perElement);
    case "rows":
      return main(B, steps, 1, B * steps * 1024 * perElement);
    case "sums":
      return main(over(n, sumColumns), 1, 1, n * B * steps * perElement);
    case "entry_sums":
      return main(over(n, sumColumns), B, 1, n * B * steps * perElement);
    case "product":
      // Blocks of few rows would mostly repeat the last one.
      return rows < block / 2
        ? main(over(n, 4 * rowLanes), rows, calls, n * k * rows * calls, "few")
        : main(
            over(n, block * blocks),
            over(rows, block * blocks),
            calls,
            n * k * rows * calls,
            "many",
          );
    case "gradient":
      return main(
        over(k, block * blocks),
        over(n, block * blocks),
        calls,
        n * k * rows * calls,
      );
    case "gather":
      return main(over(n, rowLanes), rows, calls, n * rows * calls);
    case "scatter":
      return main(over(n, rowLanes), 1, calls, n * rows * calls);
    case "pack":
      return main(
        over(over(n, block) * block, rowLanes),
        k,
        calls,
        n * k * calls,
      );
    case "loop":
      return main(over(batch, n), 1, 1, 0);
  }
}

/** The sizes at which every cell of the library is tested, and how their data are made. */
import type { CellProgram } from "../../src/ir/program.js";

export interface Setting {
  readonly title: string;
  readonly sizes: (program: CellProgram) => Readonly<Record<string, number>>;
  readonly steps: number;
  readonly batch: number;
  readonly lengths: boolean;
}

/** Numbers for the sizes of a cell, in the order in which they appear in it. */
const inOrder =
  (...numbers: readonly number[]) =>
  (program: CellProgram): Record<string, number> =>
    Object.fromEntries(
      program.sizes.map((name, i) => [name, numbers[i % numbers.length]!]),
    );

export const settings: readonly Setting[] = [
  {
    title: "all sizes 1, one step, one sequence",
    sizes: inOrder(1),
    steps: 1,
    batch: 1,
    lengths: false,
  },
  {
    title: "all sizes 1, several steps",
    sizes: inOrder(1),
    steps: 3,
    batch: 2,
    lengths: false,
  },
  {
    title: "primes",
    sizes: inOrder(3, 5, 7, 2),
    steps: 4,
    batch: 3,
    lengths: true,
  },
  {
    title: "one sequence",
    sizes: inOrder(4, 8, 3, 2),
    steps: 5,
    batch: 1,
    lengths: false,
  },
  {
    title: "one step",
    sizes: inOrder(6, 2, 5, 3),
    steps: 1,
    batch: 5,
    lengths: false,
  },
  {
    title: "more than a block",
    sizes: inOrder(11, 13, 9, 6),
    steps: 6,
    batch: 7,
    lengths: true,
  },
];

/** ‖a − b‖ / ‖b‖, which is absolute, in units of `floor`, where the expected numbers are smaller than that. */
export function relativeDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  floor = 1e-3,
): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return actual.length === expected.length
    ? Math.sqrt(difference) / Math.max(Math.sqrt(norm), floor)
    : Infinity;
}

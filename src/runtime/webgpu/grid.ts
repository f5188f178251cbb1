/** How many workgroups a dispatch has, and what it costs, for sizes in numbers. */
import {
  block,
  blocks,
  packedRows,
  rowLanes,
  sliceElements,
  sliceEntries,
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

/** Values of a kernel's `override`s. */
export type Constants = Readonly<Record<string, number>>;

export interface Grid {
  readonly entryPoint: string;
  readonly constants?: Constants;
  readonly groups: readonly [number, number, number];
  /** Multiplications and the like, for keeping dispatches short. */
  readonly work: number;
}

/** What an elementwise operation with its loads costs, in multiplications. */
const perElement = 16;

const over = (n: number, by: number): number => Math.ceil(n / by);

/** Invocations of the smallest workgroup. */
const leastLanes = 16;

/** Invocations of the smallest workgroup that does a chain of work on rows. */
const chainLanes = 32;

/** Invocations of a workgroup that computes single rows. */
const fewLanes = 32;

/**
 * A workgroup of up to 8 × 8 blocks that fits the result: invocations without a block take their time too. Few
 * shapes, because each is a pipeline of its own.
 */
function blocked(
  wide: number,
  high: number,
  calls: number,
  work: number,
  entryPoint: string,
): Grid {
  const rows = high === 1 ? 1 : high <= blocks / 2 ? blocks / 2 : blocks;
  const columns = rows === 1 ? fewLanes : blocks;
  return {
    entryPoint,
    constants: { columns_of_blocks: columns, rows_of_blocks: rows },
    groups: [over(wide, columns), over(high, rows), calls],
    work,
  };
}

/** More are no faster where invocations run one after the other: they only wait for each other. */
const mostInTurn = 16;

/** Workgroups of so many invocations as run well on the machine; others have sizes of their own. */
export const fitted = (
  constants: Constants | undefined,
  software: boolean,
): Constants | undefined =>
  software && constants?.["lanes"] !== undefined
    ? { ...constants, lanes: Math.min(mostInTurn, constants["lanes"]) }
    : constants;

/** The smallest power of 2 from `least` on that is not below n, up to the invocations that every device has. */
export const lanesFor = (n: number, least: number): number =>
  Math.min(256, Math.max(least, 2 ** Math.ceil(Math.log2(n))));

/** Blocks of a product in a slice: 8 rows and 8 columns of each part, or of few rows 1 and 4. */
export function tilesOf(rows: number, elements: number, parts: number): number {
  return rows < block / 2
    ? rows * parts * over(elements, block / 2)
    : over(rows, block) * parts * over(elements, block);
}

export function gridOf(
  {
    shape,
    extents,
    depths = [],
    inner = [],
    columns = [],
    parts = [],
    rows: rowsEach = 1,
    sumsRows = false,
  }: GpuDispatch,
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
  /** Numbers of matrices that are packed. */
  const packed = (): number =>
    columns.reduce(
      (sum, column, i) => sum + sizes[column]! * sizes[depths[i]!]!,
      0,
    );
  /** Multiplications of the products of a step's entry. */
  const perEntry = (): number =>
    columns.reduce(
      (sum, column, i) =>
        sum + sizes[column]! * sizes[depths[i]!]! * sizes[inner[i]!]!,
      0,
    );
  switch (shape) {
    case "elements":
      return main(over(n, rowLanes), B, steps, n * B * steps * perElement);
    case "rows":
      return main(B, steps, 1, (B * steps * 1024 + packed()) * perElement);
    case "sums":
      return main(over(n, sumColumns), 1, 1, n * B * steps * perElement);
    case "entry_sums":
      return main(over(n, sumColumns), B, 1, n * B * steps * perElement);
    case "product": {
      const work = n * k * rows * calls;
      const wide = over(n, block);
      // Blocks of few rows would mostly repeat the last one.
      if (rows < block / 2) {
        return {
          ...main(over(wide, fewLanes), rows, calls, work, "few"),
          constants: { columns_of_blocks: fewLanes },
        };
      }
      return blocked(wide, over(rows, block), calls, work, "many");
    }
    case "gradient":
      return blocked(
        over(k, block),
        over(n, block),
        calls,
        n * k * rows * calls,
        "main",
      );
    case "gather":
      return main(over(n, rowLanes), rows, calls, n * rows * calls);
    case "scatter":
      return main(over(n, rowLanes), 1, calls, n * rows * calls);
    case "slices": {
      const tiles = columns.map((column, i) =>
        tilesOf(
          Math.min(batch, sliceEntries) * sizes[inner[i]!]!,
          Math.min(sizes[column]! / parts[i]!, sliceElements),
          parts[i]!,
        ),
      );
      const products = batch * perEntry();
      return {
        ...main(
          over(n, sliceElements),
          over(batch, sliceEntries),
          1,
          products + n * batch * perElement,
        ),
        constants: { lanes: lanesFor(Math.max(...tiles), leastLanes) },
      };
    }
    case "chain": {
      const all = B * steps;
      const tiles = columns.map((column, i) =>
        tilesOf(
          Math.min(all, rowsEach) * sizes[inner[i]!]!,
          sizes[column]! / parts[i]!,
          parts[i]!,
        ),
      );
      return {
        ...main(
          1,
          over(all, rowsEach),
          1,
          all * (perEntry() + (sumsRows ? 1024 : n) * perElement),
        ),
        constants: {
          // Those that share a row wait for each other often.
          lanes: sumsRows
            ? chainLanes
            : lanesFor(Math.max(1, ...tiles), chainLanes),
        },
      };
    }
    case "pack":
      return main(
        over(over(n, block) * block * Math.max(...parts), rowLanes),
        over(k, packedRows),
        calls,
        n * k * calls,
      );
    case "loop":
      return main(over(batch, n), 1, 1, 0);
  }
}

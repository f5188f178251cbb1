/** How a time loop that is one dispatch is laid out: its invocations, and its part of the workgroup memory. */
import type { GpuDispatch, GpuStage, GpuWhole } from "./description.js";
import { fitted, lanesFor, tilesOf } from "./grid.js";
import type { Constants } from "./grid.js";

/** Numbers that kernels keep in workgroup memory besides those of the loop. */
const reserved = 256;
/** So that small sizes share a pipeline. */
const leastLength = 1024;

export interface Machinery {
  /** Whether invocations run one after the other, so that idle ones take time. */
  readonly software: boolean;
  /** Bytes of workgroup memory. */
  readonly memory: number;
}

/** Stages that run one after the other: those of a kernel that does them all, or a single one. */
export interface Span {
  readonly stages: readonly GpuStage[];
  readonly whole: GpuWhole | undefined;
  /** What the stages take where they are dispatches of their own. */
  readonly dispatches: readonly GpuDispatch[];
}

/** The dispatches that one stands for. */
const single = (dispatch: GpuDispatch): readonly GpuDispatch[] =>
  dispatch.apart?.flatMap(single) ?? [dispatch];

export function spansOf(stages: readonly GpuStage[]): Span[] {
  const spans: Span[] = [];
  for (let i = 0; i < stages.length;) {
    const { whole } = stages[i]!;
    const own = stages.slice(i, i + (whole?.stages ?? 1));
    const dispatches = own.flatMap((stage) => stage.dispatches.flatMap(single));
    spans.push({ stages: own, whole, dispatches });
    i += own.length;
  }
  return spans;
}

/** Batch entries whose numbers fit workgroup memory of so many bytes; 0 where not even one does. */
export function entriesThatFit(
  { whole }: Pick<Span, "whole">,
  sizes: readonly number[],
  memory: number,
): number {
  const entry = whole ? sizes[whole.memory]! : 0;
  return entry === 0 ? Infinity : Math.floor((memory / 4 - reserved) / entry);
}

/**
 * Values of the kernel's overrides.
 * @param slice batch entries of each workgroup
 */
export function loopConstants(
  { whole, dispatches }: Pick<Span, "whole" | "dispatches">,
  sizes: readonly number[],
  slice: number,
  { software, memory }: Machinery,
): Constants {
  const most = (indices: readonly number[]): number =>
    Math.max(1, ...indices.map((index) => sizes[index]!));
  const wanted = dispatches.map(
    ({ shape, extents, columns, parts, inner = [] }): number => {
      if (shape === "rows") return software ? 16 : 64;
      const rows = slice * most(inner);
      const tiles = columns
        ? columns.map((column, i) =>
            tilesOf(
              slice * sizes[inner[i]!]!,
              sizes[column]! / parts![i]!,
              parts![i]!,
            ),
          )
        : shape === "product"
          ? extents.map((extent) => tilesOf(rows, sizes[extent]!, 1))
          : [1];
      return Math.max(...tiles, software ? 1 : slice * most(extents));
    },
  );
  const entry = sizes[whole!.memory]!;
  const length =
    2 ** Math.ceil(Math.log2(Math.max(leastLength, slice * entry)));
  const constants = {
    lanes: lanesFor(Math.max(...wanted), software ? 4 : 32),
    shared_length: Math.min(length, Math.floor(memory / 4) - reserved),
  };
  return fitted(constants, software)!;
}

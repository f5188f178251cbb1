/**
 * Which loop of a segment runs four lanes at a time: the one along which most of what is read lies side by
 * side. What does not is gathered lane by lane.
 */
import { addSizes, multiplySizes, sizeNumber } from "../../ir/size.js";
import type { Shape, Size } from "../../ir/size.js";
import type { Expression, Index, Segment } from "../../passes/kernels.js";

export type Axis = 0 | 1 | 2;

export interface Nest {
  /** Loops outside, outer first. */
  readonly outer: readonly Axis[];
  /** The loop that accumulators add up over. */
  readonly reduced: Axis | undefined;
  /** Undefined where there is no loop at all. */
  readonly vector: Axis | undefined;
}

/** How far apart neighbours along a loop stand: undefined where the loop does not matter. */
export function strideAlong(
  axis: Axis,
  dims: Shape,
  index: readonly Index[],
): Size | undefined {
  const strides = index.flatMap((each, i) =>
    each.loop === axis
      ? [dims.slice(i + 1).reduce(multiplySizes, sizeNumber(1))]
      : [],
  );
  return strides.length === 0 ? undefined : strides.reduce(addSizes);
}

export const isUnit = (stride: Size): boolean => stride.key === "1";

export function nestOf(segment: Segment): Nest {
  const { loops, inner, accumulators } = segment;
  const all = loops.map((_, axis) => axis as Axis);
  const reduced: Axis | undefined =
    inner !== undefined ? 2 : accumulators.length > 0 ? all.at(-1) : undefined;
  const outer = all.filter((axis) => axis !== reduced);
  const candidates = [
    ...(reduced === undefined ? [] : [reduced]),
    ...outer.slice(-1),
  ];
  const gathers = candidates.map((axis) => countGathers(segment, axis));
  const fewest = gathers.indexOf(Math.min(...gathers));
  return { outer, reduced, vector: candidates[fewest] };
}

function countGathers(segment: Segment, axis: Axis): number {
  let count = 0;
  const visit = (value: Expression): void => {
    if (value.kind === "op") value.args.forEach(visit);
    if (value.kind !== "load") return;
    const stride = strideAlong(axis, value.dims, value.index);
    if (stride && !isUnit(stride)) count++;
  };
  const { body, accumulators, after } = segment;
  for (const { value } of [...body, ...accumulators, ...after]) visit(value);
  for (const statement of [...body, ...after]) {
    if (statement.kind !== "store") continue;
    const stride = strideAlong(axis, statement.dims, statement.index);
    if (stride && !isUnit(stride)) count += 1000;
  }
  return count;
}

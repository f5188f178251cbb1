/** How many dispatches a pass takes, whatever the sizes. */
import type { GpuDescription } from "../../runtime/webgpu/description.js";

export interface DispatchCount {
  /** Besides the time loops. */
  readonly once: number;
  /** Of every step, where loops run step by step. */
  readonly eachStep: number;
  /** Before the first step of loops that run step by step. */
  readonly leads: number;
  /** Loops that have a form as one kernel: a dispatch each, however many steps there are. */
  readonly loops: number;
}

export function countDispatches(
  description: Pick<
    GpuDescription,
    "forward" | "backward" | "forwardEnd" | "backwardBegin" | "backwardEnd"
  >,
  direction: "forward" | "backward",
): DispatchCount {
  const { forwardEnd, backwardBegin, backwardEnd } = description;
  const ends =
    direction === "forward" ? [forwardEnd] : [backwardBegin, backwardEnd];
  const stages = description[direction];
  const loops = stages.filter(({ kind }) => kind === "loop");
  const others = stages.filter(({ kind }) => kind !== "loop");
  const sum = (counts: readonly number[]): number =>
    counts.reduce((total, count) => total + count, 0);
  return {
    once:
      ends.filter((end) => end !== undefined).length +
      sum(stages.map(({ before }) => before.length)) +
      sum(others.map(({ dispatches }) => dispatches.length)),
    eachStep: sum(loops.map(({ dispatches }) => dispatches.length)),
    leads: loops.filter(({ lead }) => lead !== undefined).length,
    loops: loops.filter(({ whole }) => whole !== undefined).length,
  };
}

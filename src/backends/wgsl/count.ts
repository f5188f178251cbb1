/** How many dispatches a pass takes, whatever the sizes. */
import type {
  GpuDescription,
  GpuStage,
} from "../../runtime/webgpu/description.js";
import { spansOf } from "../../runtime/webgpu/loop.js";

export interface DispatchCount {
  /** Of a call whose time loops run step by step: those that are there once, and those of every step. */
  readonly once: number;
  readonly eachStep: number;
  /** Of a call whose time loops are one dispatch each; undefined where no loop has that form. */
  readonly loop: number | undefined;
}

/** Of calls that give no states. */
export function countDispatches(
  description: Pick<
    GpuDescription,
    | "forward"
    | "backward"
    | "starts"
    | "forwardEnd"
    | "backwardBegin"
    | "backwardEnd"
  >,
  direction: "forward" | "backward",
): DispatchCount {
  const { starts, forwardEnd, backwardBegin, backwardEnd } = description;
  const stages = description[direction];
  const forward = direction === "forward";
  const begin = forward ? starts.length : backwardBegin ? 1 : 0;
  const end = (forward ? forwardEnd : backwardEnd) ? 1 : 0;
  const sum = (counts: readonly number[]): number =>
    counts.reduce((total, count) => total + count, 0);
  const ofStages = (list: readonly GpuStage[]): number =>
    sum(
      list.map(
        ({ kind, before, lead, dispatches }) =>
          before.length +
          (kind === "loop" ? (lead ? 1 : 0) : dispatches.length),
      ),
    );
  const isBegun = stages.some(({ dispatches }) =>
    dispatches.some(({ begins }) => begins),
  );
  const wholes = stages.flatMap(({ whole }) => whole ?? []);
  const inLoops = spansOf(stages).map((span) =>
    span.whole
      ? 1 + sum(span.stages.map(({ before }) => before.length))
      : ofStages(span.stages),
  );
  return {
    once: (isBegun ? 0 : begin) + ofStages(stages) + end,
    eachStep: sum(
      stages.map(({ kind, dispatches }) =>
        kind === "loop" ? dispatches.length : 0,
      ),
    ),
    loop:
      wholes.length === 0
        ? undefined
        : (isBegun || wholes.some(({ begins }) => begins) ? 0 : begin) +
          sum(inLoops) +
          (wholes.some(({ ends }) => ends) ? 0 : end),
  };
}

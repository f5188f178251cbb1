/**
 * Chooses how time loops run: `loop`, all steps in one dispatch with a workgroup for each slice of the batch,
 * or `steps`, the dispatches of every step over as many workgroups as there is work for.
 */
import type { GpuDispatch } from "./description.js";
import { gridOf } from "./grid.js";
import type { Grid } from "./grid.js";
import { entriesThatFit, loopConstants, spansOf } from "./loop.js";
import type { Span } from "./loop.js";
import type { GpuLayout } from "./layout.js";

export type Regime = "loop" | "steps";

/** As callers choose it. */
export type RegimeName = Regime | "auto";

export interface RegimeChoice {
  readonly regime: Regime;
  /** Batch entries of each workgroup. */
  readonly slice: number;
  /** One sentence, for people. */
  readonly reason: string;
}

interface Question {
  readonly layout: GpuLayout;
  /** Bytes of workgroup memory. */
  readonly memory: number;
  readonly wanted: RegimeName;
  readonly software: boolean;
}

/** What a device is taken for; WebGPU does not tell. */
interface Machine {
  /** Microseconds from one dispatch to the next that needs it. */
  readonly dispatch: number;
  /** Microseconds of the barriers between two kernels of one dispatch, and what each invocation adds. */
  readonly barrier: number;
  readonly lane: number;
  /** Workgroups that run at the same time. */
  readonly groups: number;
  /** Multiplications of one workgroup in a microsecond, and of one that does a whole loop. */
  readonly rate: number;
  readonly loopRate: number;
}

/** Weights come from the second-level cache in every step: some 50 GB/s for each workgroup. */
const gpu: Machine = {
  dispatch: 8,
  barrier: 1,
  lane: 0,
  groups: 64,
  rate: 12_000,
  loopRate: 12_000,
};
/** Measured on SwiftShader with two cores, where invocations that wait for each other take turns. */
const software: Machine = {
  dispatch: 45,
  barrier: 5,
  lane: 0.25,
  groups: 2,
  rate: 700,
  loopRate: 400,
};

/** Work that one dispatch may be: a quarter of a second at what a software adapter, or a small GPU, does. */
export const longestDispatch = (software: boolean): number =>
  software ? 2e8 : 2e10;

/** Microseconds of dispatches that need each other. */
export function timeOf(
  grids: readonly Pick<Grid, "work" | "groups">[],
  isSoftware: boolean,
): number {
  const machine = isSoftware ? software : gpu;
  return grids.reduce((sum, { work, groups }) => {
    const used = Math.min(
      groups.reduce((a, b) => a * b, 1),
      machine.groups,
    );
    return sum + machine.dispatch + work / machine.rate / used;
  }, 0);
}

/**
 * Dispatches that a few more of them have to save before they are taken, where loops are one dispatch: their
 * number is kept low there, and the times are rough.
 */
const doubt: Readonly<Record<Regime, number>> = { loop: 2, steps: 0 };

/** A dispatch, or those that it stands for where these take less time. */
export function fastest(
  dispatch: GpuDispatch,
  grid: (dispatch: GpuDispatch) => Grid,
  isSoftware: boolean,
  regime: Regime,
): readonly GpuDispatch[] {
  if (!dispatch.apart) return [dispatch];
  const apart = dispatch.apart.flatMap((each) =>
    fastest(each, grid, isSoftware, regime),
  );
  const machine = isSoftware ? software : gpu;
  return timeOf([grid(dispatch)], isSoftware) <
    timeOf(apart.map(grid), isSoftware) + doubt[regime] * machine.dispatch
    ? [dispatch]
    : apart;
}

/** Microseconds of a step. */
function loopTime(
  span: Span,
  layout: GpuLayout,
  question: Question,
  slice: number,
  machine: Machine,
): number {
  const { whole, dispatches } = span;
  const { batch } = layout.rows;
  const extent = { batch, steps: 1, entries: true };
  const work = dispatches.reduce(
    (sum, dispatch) => sum + gridOf(dispatch, layout.sizes, extent).work,
    0,
  );
  if (!whole) return work / machine.rate + dispatches.length * machine.dispatch;
  const constants = loopConstants(span, layout.sizes, slice, question);
  const wait = machine.barrier + machine.lane * constants["lanes"]!;
  const used = Math.min(Math.ceil(batch / slice), machine.groups);
  return whole.kernels * wait + work / machine.loopRate / used;
}

export function chooseRegime(question: Question): RegimeChoice {
  const { layout, wanted } = question;
  const { forward, backward } = layout.description;
  const { batch } = layout.rows;
  const loops = [...spansOf(forward), ...spansOf(backward)].filter(
    ({ stages }) => stages.some(({ kind }) => kind === "loop"),
  );
  if (loops.length === 0)
    return {
      regime: "steps",
      slice: 1,
      reason: "the cell has no time loop",
    };
  const machine = question.software ? software : gpu;
  const fit = Math.min(
    ...loops.map((span) => entriesThatFit(span, layout.sizes, question.memory)),
  );
  const slice = Math.max(1, Math.min(fit, Math.ceil(batch / machine.groups)));
  const refusal = !loops.some(({ whole }) => whole !== undefined)
    ? "no loop has a form as one kernel"
    : fit < 1
      ? `the values of one batch entry do not fit the device's maxComputeWorkgroupStorageSize of ${question.memory}`
      : undefined;
  if (refusal !== undefined) return { regime: "steps", slice, reason: refusal };
  if (wanted !== "auto")
    return { regime: wanted, slice, reason: "as asked for" };
  const grid = (dispatch: GpuDispatch): Grid =>
    gridOf(dispatch, layout.sizes, { batch, steps: 1, entries: true });
  const dispatches = loops
    .flatMap(({ stages }) => stages)
    .flatMap((stage) => (stage.kind === "loop" ? stage.dispatches : []))
    .flatMap((dispatch) => fastest(dispatch, grid, question.software, "steps"));
  const inSteps = timeOf(dispatches.map(grid), question.software);
  const used = Math.ceil(batch / slice);
  const inLoop = loops.reduce(
    (sum, span) => sum + loopTime(span, layout, question, slice, machine),
    0,
  );
  const shown = (microseconds: number): string =>
    `${Math.ceil(microseconds)} µs`;
  return {
    regime: inLoop < inSteps ? "loop" : "steps",
    slice,
    reason: `a step is taken for ${shown(inLoop)} in one dispatch of ${used} workgroup${used === 1 ? "" : "s"}, and for ${shown(inSteps)} in ${dispatches.length} dispatches`,
  };
}

/** The dispatches of one pass over a sequence, in order, for sizes in numbers. */
import type {
  GpuDescription,
  GpuDispatch,
  GpuStage,
  GpuWhole,
  KernelIndex,
} from "./description.js";
import { fitted, gridOf } from "./grid.js";
import type { Constants } from "./grid.js";
import { loopConstants, spansOf } from "./loop.js";
import type { Span } from "./loop.js";
import type { GpuLayout } from "./layout.js";
import { fastest } from "./regime.js";
import type { Regime } from "./regime.js";

/** One dispatch with the steps that it covers. */
export interface Command {
  readonly kernel: KernelIndex;
  readonly entryPoint: string;
  readonly constants?: Constants;
  readonly groups: readonly [number, number, number];
  readonly start: number;
  readonly steps: number;
  /** Whether all results are wanted. */
  readonly wanted: boolean;
  readonly pack: boolean;
  /** Not needed again while the parameters stay as they are. */
  readonly early: boolean;
  /** Roughly how many multiplications. */
  readonly work: number;
}

export interface PassOptions {
  readonly regime: Regime;
  /** Batch entries of a workgroup that does a whole loop. */
  readonly slice: number;
  /** Whether invocations run one after the other. */
  readonly software: boolean;
  /** Bytes of workgroup memory. */
  readonly memory: number;
  /** Gradients of the inputs are wanted, or what a backward pass reads. */
  readonly wanted: boolean;
  /** The most workgroups along one axis. */
  readonly most: number;
  /** The most work of one dispatch. */
  readonly longest: number;
}

export class PassPlanner {
  readonly commands: Command[] = [];

  constructor(
    readonly layout: GpuLayout,
    readonly options: PassOptions,
  ) {}

  get #description(): GpuDescription {
    return this.layout.description;
  }

  /** Stages in order, each by itself or several in one kernel. */
  stages(stages: readonly GpuStage[], backward: boolean): void {
    for (const span of spansOf(stages))
      if (span.whole && this.options.regime === "loop") {
        for (const { before } of span.stages)
          for (const dispatch of before) this.once(dispatch, true);
        this.#whole(span, span.whole, backward);
      } else for (const stage of span.stages) this.#stage(stage, backward);
  }

  #stage(stage: GpuStage, backward: boolean): void {
    const { steps } = this.layout.rows;
    const { kind, before, lead, dispatches } = stage;
    const chosen = dispatches
      .filter(this.#isWanted)
      .flatMap((dispatch) => this.#chosen(dispatch, kind));
    for (const dispatch of before) this.once(dispatch, true);
    if (kind === "static" || kind === "context") {
      for (const dispatch of chosen) this.once(dispatch, kind === "context");
      return;
    }
    if (kind === "rows") {
      for (const dispatch of chosen) this.timed(dispatch, 0, steps);
      return;
    }
    if (lead) this.timed(lead, backward ? steps - 1 : 0, 1);
    for (let i = 0; i < steps; i++) {
      const t = backward ? steps - 1 - i : i;
      for (const dispatch of chosen) this.timed(dispatch, t, 1);
    }
  }

  readonly #isWanted = ({ when }: GpuDispatch): boolean =>
    when === undefined || this.options.wanted;

  /** Whether a dispatch runs rather than those that it stands for. */
  isTogether(dispatch: GpuDispatch, kind: GpuStage["kind"]): boolean {
    return this.#chosen(dispatch, kind).includes(dispatch);
  }

  #chosen(
    dispatch: GpuDispatch,
    kind: GpuStage["kind"],
  ): readonly GpuDispatch[] {
    const { software, regime } = this.options;
    const steps = kind === "rows" ? this.layout.rows.steps : 1;
    return fastest(
      dispatch,
      (each) => this.#grid(each, steps, kind !== "static"),
      software,
      regime,
    ).filter(this.#isWanted);
  }

  /** A kernel that has nothing to do with steps. */
  once(dispatch: GpuDispatch, entries: boolean): void {
    this.#push(dispatch, 0, 1, entries);
  }

  /** A kernel over steps, in as many pieces as limits ask for. */
  timed(dispatch: GpuDispatch, start: number, steps: number): void {
    if (steps <= 0) return;
    const { most, longest } = this.options;
    const all = this.#grid(dispatch, steps);
    const one = this.#grid(dispatch, 1);
    const pieces = Math.max(
      Math.ceil(all.work / longest),
      Math.ceil(all.groups[1] / most),
      Math.ceil(all.groups[2] / most),
    );
    if (one.groups.some((groups) => groups > most) || pieces <= 1) {
      this.#push(dispatch, start, steps, true);
      return;
    }
    const each = Math.max(1, Math.floor(steps / pieces));
    for (let at = 0; at < steps; at += each)
      this.#push(dispatch, start + at, Math.min(each, steps - at), true);
  }

  #grid(dispatch: GpuDispatch, steps: number, entries = true) {
    const { batch } = this.layout.rows;
    const grid = gridOf(dispatch, this.layout.sizes, {
      batch,
      steps,
      entries,
    });
    const constants = fitted(grid.constants, this.options.software);
    return { ...grid, ...(constants ? { constants } : {}) };
  }

  #push(
    dispatch: GpuDispatch,
    start: number,
    steps: number,
    entries: boolean,
  ): void {
    this.#add({
      kernel: dispatch.kernel,
      ...this.#grid(dispatch, steps, entries),
      start,
      steps,
      wanted: this.options.wanted,
      pack: dispatch.packs ?? dispatch.shape === "pack",
      early: dispatch.early ?? false,
    });
  }

  #add(command: Command): void {
    const { most } = this.options;
    const { cell, kernels } = this.#description;
    const over = command.groups.find((count) => count > most);
    if (over !== undefined)
      throw new RangeError(
        `${cell}: ${kernels[command.kernel]!.name} would need ${over} workgroups along one axis; the device's maxComputeWorkgroupsPerDimension is ${most}`,
      );
    this.commands.push(command);
  }

  /** All steps of a loop, in pieces that do not run for seconds. */
  #whole(span: Span, { kernel }: GpuWhole, backward: boolean): void {
    const { steps, batch } = this.layout.rows;
    const { sizes } = this.layout;
    const { slice, longest } = this.options;
    const constants = loopConstants(span, sizes, slice, this.options);
    const step = span.dispatches.reduce(
      (sum, dispatch) => sum + this.#grid(dispatch, 1).work,
      0,
    );
    const each = Math.max(1, Math.min(steps, Math.floor(longest / step)));
    for (let done = 0; done < steps; done += each) {
      const count = Math.min(each, steps - done);
      this.#add({
        kernel,
        entryPoint: "main",
        constants,
        groups: [Math.ceil(batch / slice), 1, 1],
        start: backward ? steps - done - count : done,
        steps: count,
        wanted: this.options.wanted,
        pack: false,
        early: false,
        work: step * count,
      });
    }
  }
}

/** Whether the kernel of a whole loop does what comes before the stages, or after them. */
const isInLoop = (
  stages: readonly GpuStage[],
  what: "begins" | "ends",
  { regime }: PassOptions,
): boolean =>
  regime === "loop" && stages.some(({ whole }) => whole?.[what] ?? false);

/** The dispatches of a forward pass. */
export function planForward(
  layout: GpuLayout,
  given: ReadonlySet<string>,
  options: PassOptions,
): Command[] {
  const planner = new PassPlanner(layout, options);
  const { forward, starts, forwardEnd } = layout.description;
  const isFirst = ({ kind }: GpuStage): boolean => kind === "static";
  planner.stages(forward.filter(isFirst), false);
  if (!isInLoop(forward, "begins", options))
    for (const { key, dispatch } of starts)
      if (!given.has(key)) planner.timed(dispatch, 0, 1);
  planner.stages(
    forward.filter((stage) => !isFirst(stage)),
    false,
  );
  if (forwardEnd && !isInLoop(forward, "ends", options))
    planner.timed(forwardEnd, 0, 1);
  return planner.commands;
}

/** The dispatches of a backward pass. */
export function planBackward(
  layout: GpuLayout,
  hasLengths: boolean,
  options: PassOptions,
): Command[] {
  const { description, rows } = layout;
  const { backward, backwardBegin, backwardEnd, tail } = description;
  const planner = new PassPlanner(layout, options);
  const from = hasLengths ? 0 : rows.steps;
  const isBegun =
    isInLoop(backward, "begins", options) ||
    backward
      .flatMap(({ dispatches }) => dispatches)
      .some((each) => each.begins && planner.isTogether(each, "rows"));
  if (backwardBegin && !isBegun)
    planner.timed(backwardBegin, from, rows.steps + tail - from);
  const isLower = ({ kind }: GpuStage): boolean =>
    kind === "static" || kind === "context";
  planner.stages(
    backward.filter((stage) => !isLower(stage)),
    true,
  );
  if (backwardEnd && !isInLoop(backward, "ends", options))
    planner.timed(backwardEnd, 0, 1);
  planner.stages(backward.filter(isLower), true);
  return planner.commands;
}

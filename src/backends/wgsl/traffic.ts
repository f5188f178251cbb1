/** Bytes that each dispatch moves between the device's memory and its workgroups, if nothing is moved twice. */
import { addSizes, multiplySizes, sizeNumber } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type { Schedule, Stage, StageKind } from "../../passes/kernels.js";
import { accessesOf } from "./accesses.js";
import type { Access } from "./accesses.js";
import { chainsOf, kernelOf, nameOf } from "./chains.js";
import { LoopMemory } from "./loop-memory.js";
import { joinGroups } from "./step-groups.js";
import { planWholes } from "./whole-loops.js";
import type { WholePlan } from "./whole-loops.js";
import { Work } from "./work.js";

/** How often something is dispatched. */
export type Runs = StageKind | "step" | "first step";

export interface Traffic {
  /** Names of the kernels. */
  readonly kernels: readonly string[];
  /** `step`: once for each step; `loop`: once for all steps of a time loop, in place of those of its steps. */
  readonly runs: Runs;
  /** Where loops have to be in one regime for it. */
  readonly regime?: "steps" | "loop";
  /** Bytes for each batch entry, and where `rows` and `loop` say so for each step. */
  readonly entry: Size;
  /** Bytes that do not grow with the batch: parameters, and what is computed from them alone. */
  readonly shared: Size;
}

const bytes = sizeNumber(4);

export function trafficOf(
  schedule: Schedule,
  direction: "forward" | "backward",
): Traffic[] {
  const work = new Work(schedule);
  const ahead = direction === "forward" ? 1 : -1;
  const wholes = planWholes(schedule, direction === "backward");
  const covered = new Set([...wholes.values()].flatMap(({ stages }) => stages));
  return schedule[direction].flatMap((stage): Traffic[] => {
    const whole = wholes.get(stage);
    const own = stepTraffic(stage, ahead, work);
    return [
      ...(covered.has(stage)
        ? own.map((each) => ({ ...each, regime: "steps" as const }))
        : own),
      ...(whole ? [wholeTraffic(whole)] : []),
    ];
  });
}

/** Of the dispatches of a stage by itself. */
function stepTraffic(stage: Stage, ahead: number, work: Work): Traffic[] {
  const plan = work.plans.of(stage);
  if (!plan)
    return chainsOf(stage, work).map((chain) =>
      traffic(
        chain.map(nameOf),
        stage.kind,
        chain.flatMap((unit) => accessesOf(kernelOf(unit), 0)),
      ),
    );
  const { lead, groups } = plan;
  return [
    ...(lead ? [traffic([lead.name], "first step", accessesOf(lead, 0))] : []),
    ...joinGroups(groups).map((joined) =>
      traffic(
        joined
          .flatMap(({ kernels, next }) => [...kernels, ...(next ? [next] : [])])
          .map(({ name }) => name),
        "step",
        joined.flatMap(({ kernels, next }) => [
          ...kernels.flatMap((kernel) => accessesOf(kernel, 0)),
          ...(next ? accessesOf(next, ahead) : []),
        ]),
      ),
    ),
  ];
}

/** What workgroup memory holds is written at most. */
function wholeTraffic({ prologue, kernels }: WholePlan): Traffic {
  const memory = new LoopMemory(kernels);
  const accesses = [
    ...prologue.flatMap((kernel) => accessesOf(kernel, 0)),
    ...kernels
      .flatMap((kernel) => accessesOf(kernel, 0))
      .filter(
        ({ array, writes }) =>
          !memory.has(array) || (writes && !memory.isOnly(array)),
      ),
  ];
  const names = [...prologue, ...kernels].map(({ name }) => name);
  return { ...traffic(names, "loop", accesses), regime: "loop" };
}

function traffic(
  kernels: readonly string[],
  runs: Runs,
  accesses: readonly Access[],
): Traffic {
  const distinct = new Map(
    accesses.map((access) => {
      const { array, step, from, width, writes } = access;
      return [[array.id, step, from.key, width.key, writes].join(" "), access];
    }),
  );
  const sum = (all: readonly Access[]): Size =>
    multiplySizes(
      bytes,
      all.reduce((total, { width }) => addSizes(total, width), sizeNumber(0)),
    );
  const [shared, own] = [true, false].map((isStatic) =>
    [...distinct.values()].filter(
      ({ array }) => (array.extent === "static") === isStatic,
    ),
  );
  return { kernels, runs, entry: sum(own!), shared: sum(shared!) };
}

/** Bytes that each dispatch moves between the device's memory and its workgroups, if nothing is moved twice. */
import { addSizes, multiplySizes, sizeNumber } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type { Kernel, Schedule, StageKind } from "../../passes/kernels.js";
import { accessesOf } from "./accesses.js";
import type { Access } from "./accesses.js";
import { LoopMemory } from "./loop-memory.js";
import { hasWholeLoop } from "./print-loop.js";
import { StepPlans } from "./step-groups.js";

/** How often something is dispatched. */
export type Runs = StageKind | "step" | "first step";

export interface Traffic {
  /** Names of the kernels. */
  readonly kernels: readonly string[];
  /** `step`: once for each step; `loop`: once for all steps of a time loop, in place of those of its steps. */
  readonly runs: Runs;
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
  const plans = new StepPlans(schedule);
  const ahead = direction === "forward" ? 1 : -1;
  return schedule[direction].flatMap((stage): Traffic[] => {
    const { kind, kernels } = stage;
    const plan = plans.of(stage);
    if (!plan)
      return kernels.map((kernel) =>
        traffic([kernel.name], kind, accessesOf(kernel, 0)),
      );
    const { lead, groups } = plan;
    return [
      ...(lead
        ? [traffic([lead.name], "first step", accessesOf(lead, 0))]
        : []),
      ...groups.map((group) =>
        traffic(
          [...group.kernels, ...(group.next ? [group.next] : [])].map(
            ({ name }) => name,
          ),
          "step",
          [
            ...group.kernels.flatMap((kernel) => accessesOf(kernel, 0)),
            ...(group.next ? accessesOf(group.next, ahead) : []),
          ],
        ),
      ),
      ...(hasWholeLoop(kernels) ? [wholeTraffic(kernels)] : []),
    ];
  });
}

/** What workgroup memory holds is written at most. */
function wholeTraffic(kernels: readonly Kernel[]): Traffic {
  const memory = new LoopMemory(kernels);
  const accesses = kernels
    .flatMap((kernel) => accessesOf(kernel, 0))
    .filter(
      ({ array, writes }) =>
        !memory.has(array) || (writes && !memory.isOnly(array)),
    );
  return traffic(
    kernels.map(({ name }) => name),
    "loop",
    accesses,
  );
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

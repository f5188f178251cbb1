/**
 * Which stages one kernel does when a time loop is one dispatch. Its workgroups have all steps of their batch
 * entries to themselves: what comes before the first step and after the last one can be done by them as well, so
 * can elementwise work between two loops, which then are one, and elementwise work that stands between the
 * beginning of a backward pass and its first loop.
 */
import type {
  ArrayPlan,
  Kernel,
  MapKernel,
  Schedule,
  Stage,
} from "../../passes/kernels.js";
import { historyKeys, storedArrays } from "../histories.js";
import { accessesOf } from "./accesses.js";
import { isElementwise } from "./elementwise.js";
import { splitSums } from "./split-sums.js";

/** Whether the loop has a form as one kernel. */
export const hasWholeLoop = (kernels: readonly Kernel[]): boolean =>
  kernels.every(
    (kernel) =>
      kernel.kind === "map" ||
      kernel.calls.every(
        ({ form }) => form !== "tn" && !form.startsWith("add_"),
      ),
  );

export interface WholePlan {
  /** Done for all steps before the first one. */
  readonly prologue: readonly MapKernel[];
  /** Done in every step. */
  readonly kernels: readonly Kernel[];
  /** The stages that the kernel does, from the first one on. */
  readonly stages: readonly Stage[];
  /** Whether it writes the values before the first step, or the cotangents behind the last one. */
  readonly begins: boolean;
  /** Whether it takes the values after the last step, or the gradients of those before the first one. */
  readonly ends: boolean;
}

const isTimed = ({ kind }: Stage): boolean =>
  kind === "rows" || kind === "loop";

const isLoop = ({ kind, kernels }: Stage): boolean =>
  kind === "loop" && hasWholeLoop(kernels);

/** Whether a stage is elementwise work on each row by itself. */
const isSimple = ({ kind, kernels }: Stage): boolean =>
  kind === "rows" &&
  kernels.every(
    (kernel) =>
      kernel.kind === "map" &&
      !kernel.tapeOnly &&
      isElementwise(kernel) &&
      splitSums(kernel, kind).sums.length === 0,
  );

/** Stages from `from` on that are one kernel; none where there is no loop. */
function together(
  stages: readonly Stage[],
  from: number,
  backward: boolean,
): readonly Stage[] {
  const first = stages[from]!;
  let to = from;
  if (backward && from === 0 && isSimple(first)) to++;
  if (!stages[to] || !isLoop(stages[to]!)) return [];
  for (;;) {
    const [between, next] = stages.slice(to + 1, to + 3);
    if (!between || !next || !isSimple(between) || !isLoop(next)) break;
    to += 2;
  }
  return stages.slice(from, to + 1);
}

/** Whether a kernel reads or writes one of the arrays. */
export const touches = (
  kernel: Kernel,
  arrays: ReadonlySet<ArrayPlan>,
): boolean => accessesOf(kernel, 0).some(({ array }) => arrays.has(array));

const stores = (kernel: Kernel, arrays: ReadonlySet<ArrayPlan>): boolean =>
  storedArrays(kernel).some((array) => arrays.has(array));

/** The plans of a direction's loops that have a form as one kernel, by their first stage. */
export function planWholes(
  schedule: Schedule,
  backward: boolean,
): ReadonlyMap<Stage, WholePlan> {
  const timed = schedule[backward ? "backward" : "forward"].filter(isTimed);
  const { first, last } = endsOf(schedule, backward);
  const groups: (readonly Stage[])[] = [];
  for (let i = 0; i < timed.length;) {
    const group = together(timed, i, backward);
    if (group.length > 0) groups.push(group);
    i += Math.max(1, group.length);
  }
  return new Map(
    groups.map((stages, i) => {
      const [head] = stages as readonly [Stage, ...Stage[]];
      const before = timed.slice(0, timed.indexOf(head));
      const after = timed.slice(timed.indexOf(stages.at(-1)!) + 1);
      const simple = head.kind === "rows" ? (head.kernels as MapKernel[]) : [];
      const kernelsOf = (list: readonly Stage[]): Kernel[] =>
        list.flatMap(({ kernels }) => kernels);
      return [
        head,
        {
          stages,
          prologue: simple,
          kernels: kernelsOf(simple.length > 0 ? stages.slice(1) : stages),
          begins:
            i === 0 && !kernelsOf(before).some((each) => touches(each, first)),
          ends:
            i === groups.length - 1 &&
            !kernelsOf(after).some((each) => stores(each, last)),
        },
      ];
    }),
  );
}

/** What is written before the first stage, and what is read after the last one. */
export function endsOf(
  schedule: Schedule,
  backward: boolean,
): Record<"first" | "last", ReadonlySet<ArrayPlan>> {
  const { cell, adjoint, place, starts } = schedule;
  if (!backward)
    return {
      first: new Set(starts.flatMap(({ kernel }) => storedArrays(kernel))),
      last: new Set(historyKeys(schedule).map(({ array }) => array)),
    };
  const seeds = cell.outputs.map(({ name }) => place("seed", name)!.array);
  const carried = adjoint.carried.map(
    ({ name, lag }) => place("carried", `${name}@${lag}`)!.array,
  );
  return { first: new Set([...seeds, ...carried]), last: new Set(carried) };
}

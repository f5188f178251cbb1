/** Arrays besides those of the schedule: final values, their cotangents, gradients of the values before the first step. */
import { sizeNumber } from "../../ir/size.js";
import type { ArrayPlan, Schedule } from "../../passes/kernels.js";
import type { ArrayIndex, WasmArray } from "../../runtime/wasm/description.js";
import { historyKeys } from "../histories.js";
import type { HistoryKey } from "../histories.js";
import type { WorkTable } from "./table.js";

export const differentiableKeys = (schedule: Schedule): HistoryKey[] =>
  historyKeys(schedule).filter(({ token }) => !token);

const entries = (
  name: string,
  { array, token }: HistoryKey,
  rows: number,
  adjoint: boolean,
  table: WorkTable,
): ArrayIndex => {
  const plan: WasmArray = {
    name,
    width: table.size(array.width),
    rows,
    steps: false,
    entries: true,
    token,
    adjoint,
    tape: false,
  };
  return table.ownArray(plan);
};

/** `[B, …]`: the value after the last step. No array of the schedule has a space in its name. */
export const finalArray = (key: HistoryKey, table: WorkTable): ArrayIndex =>
  entries(`final ${key.key}`, key, 1, false, table);

/** `[lag, B, …]`: cotangents of the final values of a state, latest first. */
export const finalCotangents = (
  key: HistoryKey,
  table: WorkTable,
): ArrayIndex =>
  entries(`cotangent ${key.name}`, key, key.deepest, true, table);

/** `[B, …]`: the gradient of the value before the first step. */
export const startGradient = (key: HistoryKey, table: WorkTable): ArrayIndex =>
  entries(`start ${key.key}`, key, 1, true, table);

/** Steps of each entry. */
export const lengthsArray = (table: WorkTable): ArrayIndex =>
  table.ownArray({
    name: "lengths of sequences",
    width: table.size(sizeNumber(1)),
    rows: 1,
    steps: false,
    entries: true,
    token: true,
    adjoint: false,
    tape: false,
  });

/** Runs of rows, or of entries, that sums are over; the runs end at rows that are left out. */
export const runsArray = (
  what: "rows" | "entries",
  table: WorkTable,
): ArrayIndex =>
  table.ownArray({
    name: `runs of ${what}`,
    width: table.size(sizeNumber(1)),
    rows: 2,
    steps: what === "rows",
    entries: true,
    token: true,
    adjoint: true,
  });

/** Arrays that hold gradients of inputs. */
export const optionalArrays = (schedule: Schedule): ReadonlySet<string> =>
  new Set(
    schedule.adjoint.inputs.map(
      ({ name }) => schedule.place("gradient", name)!.array.id,
    ),
  );

/**
 * Operands and results of products over vectors that only kernels touch: not what callers see, not what is
 * copied whole.
 */
export function innerArrays(schedule: Schedule): ReadonlySet<ArrayPlan> {
  const found = new Set<ArrayPlan>();
  const fixed = new Set(outerArrays(schedule));
  for (const { kernels } of [...schedule.forward, ...schedule.backward])
    for (const kernel of kernels)
      for (const call of kernel.kind === "product" ? kernel.calls : [])
        for (const { array } of [call.x, call.y, call.w]) {
          found.add(array);
          // Rows of a matrix have to follow each other.
          if (call.inner.key !== "1") fixed.add(array);
        }
  return new Set(
    [...found].filter(
      (array) =>
        (array.extent === "sequence" || array.extent === "step") &&
        !array.tape &&
        !fixed.has(array),
    ),
  );
}

/** Arrays with a role. */
function outerArrays({ cell, adjoint, place }: Schedule): ArrayPlan[] {
  const named = (
    role: Parameters<Schedule["place"]>[0],
    list: readonly { readonly name: string }[],
  ): ArrayPlan[] => list.flatMap(({ name }) => place(role, name)?.array ?? []);
  return [
    ...named("input", cell.inputs),
    ...named("context", cell.contexts),
    ...named("state", cell.states),
    ...named("output", cell.outputs),
    ...named("seed", cell.outputs),
    ...named("initial", cell.states),
    ...named("gradient", [...adjoint.inputs, ...adjoint.contexts]),
    ...named(
      "carried",
      adjoint.carried.map(({ name, lag }) => ({ name: `${name}@${lag}` })),
    ),
  ];
}

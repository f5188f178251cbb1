/** What a module's host must know: see `runtime/wasm/description.ts`. */
import { leavesOutEmpty } from "../../ir/program.js";
import type { Schedule } from "../../passes/kernels.js";
import type { WasmPlan, WasmSlot } from "../../runtime/wasm/description.js";
import { historyKeys } from "../histories.js";
import {
  differentiableKeys,
  finalArray,
  finalCotangents,
  lengthsArray,
  runsArray,
  startGradient,
} from "./arrays.js";
import type { WorkTable } from "./table.js";

/** Everything but the code and the sizes, which are functions. */
export type Described = WasmPlan;

type Role = Parameters<Schedule["place"]>[0];

/** Adds the arrays that only the caller touches to the table, and describes all of it. */
export function describe(schedule: Schedule, table: WorkTable): Described {
  const { cell, adjoint, place, arrays } = schedule;
  for (const array of arrays) table.array(array);
  const keys = historyKeys(schedule);
  const floats = differentiableKeys(schedule);
  const named = (role: Role, list: readonly { readonly name: string }[]) =>
    list.map(({ name }): WasmSlot => {
      const { array } = place(role, name)!;
      const all = array.extent === "sequence";
      return { name, array: table.array(array), first: array.lead, all };
    });
  const row = (name: string, array: number, first = 0): WasmSlot => ({
    name,
    array,
    first,
    all: false,
  });
  const given = cell.buffers.filter(({ value }) => !value);
  const slots = {
    inputs: named("input", cell.inputs),
    context: named("context", cell.contexts),
    buffers: named("buffer", given),
    initial: keys.map(({ key, lag, array }) =>
      row(key, table.array(array), array.lead - lag),
    ),
    outputs: named("output", cell.outputs),
    final: keys.map((each) => row(each.key, finalArray(each, table))),
  };
  const differentiable = {
    outputs: named("seed", cell.outputs),
    final: floats.map((each) =>
      row(each.key, finalCotangents(each, table), each.lag - 1),
    ),
    inputs: named("gradient", adjoint.inputs),
    context: named("gradient", adjoint.contexts),
    initial: floats.map((each) => row(each.key, startGradient(each, table))),
  };
  const lengths = lengthsArray(table);
  return {
    cell: cell.name,
    arrays: table.arrays,
    panels: table.panels,
    fields: table.fields,
    keys: keys.map(({ key }) => key),
    params: table.arrayNamed("params"),
    grads: table.arrayNamed("grads"),
    lengths,
    present: runsArray("rows", table),
    begun: runsArray("entries", table),
    leavesOutEmpty: leavesOutEmpty(cell),
    slots,
    adjoint: differentiable,
  };
}

/** The arrays of a cell as callers see them. */
import type { Schedule } from "../../passes/kernels.js";
import type {
  GpuDescription,
  GpuSlot,
} from "../../runtime/webgpu/description.js";
import { finalArray, finalCotangents, startGradient } from "./print-ends.js";
import type { Work } from "./work.js";

type Role = Parameters<Schedule["place"]>[0];

export function slotsOf(work: Work): Pick<GpuDescription, "slots" | "adjoint"> {
  const { cell, adjoint, place } = work.schedule;
  const { keys } = work;
  const floats = keys.filter(({ token }) => !token);
  const named = (role: Role, list: readonly { readonly name: string }[]) =>
    list.map(({ name }): GpuSlot => {
      const { array } = place(role, name)!;
      const all = array.extent === "sequence";
      return { name, array: work.array(array), first: array.lead, all };
    });
  const row = (name: string, array: number, first = 0): GpuSlot => ({
    name,
    array,
    first,
    all: false,
  });
  return {
    slots: {
      inputs: named("input", cell.inputs),
      context: named("context", cell.contexts),
      buffers: named(
        "buffer",
        cell.buffers.filter(({ value }) => !value),
      ),
      initial: keys.map(({ key, lag, array }) =>
        row(key, work.array(array), array.lead - lag),
      ),
      outputs: named("output", cell.outputs),
      final: keys.map((each) => row(each.key, finalArray(each, work))),
    },
    adjoint: {
      outputs: named("seed", cell.outputs),
      final: floats.map((each) =>
        row(each.key, finalCotangents(each, work), each.lag - 1),
      ),
      inputs: named("gradient", adjoint.inputs),
      context: named("gradient", adjoint.contexts),
      initial: floats.map((each) => row(each.key, startGradient(each, work))),
    },
  };
}

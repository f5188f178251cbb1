/** Prints the kernels of a cell and says in which order they run: see `runtime/webgpu/description.ts`. */
import type { GpuDescription } from "../../runtime/webgpu/description.js";
import {
  backwardBegin,
  backwardEnd,
  forwardEnd,
  tailOf,
} from "./print-ends.js";
import { slotsOf } from "./slots.js";
import { DispatchPrinter } from "./dispatch-printer.js";
import { StagePrinter } from "./stage-printer.js";
import type { Work } from "./work.js";

/** Everything but the sizes, which are a function. */
export type Described = Omit<GpuDescription, "sizes">;

export function describe(work: Work): Described {
  const { schedule } = work;
  const dispatches = new DispatchPrinter(work);
  const printer = new StagePrinter(work, dispatches);
  const starts = schedule.starts.map(({ key, kernel }) => ({
    key,
    dispatch: dispatches.map(kernel, "rows", false, [
      `${key} before the first step`,
    ]),
  }));
  const forward = printer.stages(schedule.forward, false);
  const end = dispatches.end("forward_end", forwardEnd, [
    "The values after the last step of each batch entry.",
  ]);
  const begin = dispatches.end("backward_begin", backwardBegin, [
    "Cotangents of the final values, behind the last step of each batch entry.",
  ]);
  const backward = printer.stages(schedule.backward, true);
  const close = dispatches.end("backward_end", backwardEnd, [
    "Gradients of the values before the first step.",
  ]);
  for (const array of schedule.arrays) work.array(array);
  const slots = slotsOf(work);
  return {
    cell: schedule.cell.name,
    keys: work.keys.map(({ key }) => key),
    starts,
    forward,
    ...(end ? { forwardEnd: end } : {}),
    summed: [
      ...schedule.summed.map((array) => work.array(array)),
      ...work.cleared,
    ],
    ...(begin ? { backwardBegin: begin } : {}),
    tail: tailOf(work),
    backward,
    ...(close ? { backwardEnd: close } : {}),
    ...slots,
    params: work.arrayNamed("params"),
    grads: work.arrayNamed("grads"),
    lengths: work.lengths,
    present: work.runs("rows"),
    begun: work.runs("entries"),
    leavesOutEmpty: work.leavesOutEmpty,
    arrays: work.arrays,
    panels: work.panels,
    kernels: work.kernels,
  };
}

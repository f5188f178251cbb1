/** The WebGPU backend: WGSL kernels, and a description of their order that the runtime executes. */
import { evaluateSize } from "../../ir/size.js";
import type { Schedule } from "../../passes/kernels.js";
import type { GpuDescription } from "../../runtime/webgpu/description.js";
import { textFor } from "../../runtime/webgpu/text.js";
import type { TextFeature } from "../../runtime/webgpu/text.js";
import { lineComments } from "../../text/comments.js";
import { countDispatches } from "./count.js";
import type { DispatchCount } from "./count.js";
import { describe } from "./describe.js";
import type { Described } from "./describe.js";
import { emitModule } from "./module-text.js";
import { Work } from "./work.js";

export interface WgslFiles {
  /** The host module with all kernels in it, so that browsers need no other file. */
  readonly "webgpu.js": string;
  /** Each kernel for people and tools, by path: the text for devices without subgroups. */
  readonly kernels: Readonly<Record<string, string>>;
}

export type { DispatchCount } from "./count.js";
export { estimate } from "./estimate.js";
export type { Call, Estimate } from "./estimate.js";
export { trafficOf } from "./traffic.js";
export type { Runs } from "./traffic.js";

/** Files show what any device runs. */
const none: ReadonlySet<TextFeature> = new Set();

interface Printed {
  readonly work: Work;
  readonly described: Described;
}

function print(schedule: Schedule): Printed {
  const work = new Work(schedule);
  return { work, described: describe(work) };
}

export function emitWgsl(schedule: Schedule, banner: string): WgslFiles {
  const { work, described } = print(schedule);
  return {
    "webgpu.js": emitModule(banner, schedule.cell.doc, work.sizes, described),
    kernels: Object.fromEntries(
      described.kernels.map(({ name, code }) => [
        `wgsl/${name}.wgsl`,
        `${banner}\n${textFor(code, none)}`,
      ]),
    ),
  };
}

/** All kernels, one after the other. */
export const showWgsl = (schedule: Schedule): string =>
  print(schedule)
    .described.kernels.map(({ name, code }) =>
      [...lineComments([`${name}.wgsl`]), textFor(code, none)].join("\n"),
    )
    .join("\n");

/** Dispatches of each pass. */
export function dispatchesOf(
  schedule: Schedule,
): Record<"forward" | "backward", DispatchCount> {
  const { described } = print(schedule);
  return {
    forward: countDispatches(described, "forward"),
    backward: countDispatches(described, "backward"),
  };
}

/** The description in this process, without a file. */
export function describeGpu(schedule: Schedule): GpuDescription {
  const { work, described } = print(schedule);
  return {
    ...described,
    sizes: (sizes) => work.sizes.map((size) => evaluateSize(size, sizes)),
  };
}

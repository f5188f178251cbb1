/** What a device has for the work between cells: pipelines, made once, and one place to read back from. */
import { Readback } from "../../../runtime/webgpu/readback.js";
import { computeStage } from "../../../runtime/webgpu/usage.js";
import { kernelOf } from "./kernels.js";
import type { KernelName } from "./kernels.js";
import { textOf } from "./program.js";

interface Program {
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: GPUComputePipeline;
}

export class Compute {
  readonly readback: Readback;
  readonly #programs = new Map<KernelName, Program>();

  constructor(readonly device: GPUDevice) {
    this.readback = new Readback(device);
  }

  program(name: KernelName): Program {
    let program = this.#programs.get(name);
    if (!program) {
      program = this.#make(name);
      this.#programs.set(name, program);
    }
    return program;
  }

  #make(name: KernelName): Program {
    const { device } = this;
    const kernel = kernelOf(name);
    const types: readonly GPUBufferBindingType[] = [
      "uniform",
      ...kernel.reads.map(() => "read-only-storage" as const),
      ...kernel.writes.map(() => "storage" as const),
    ];
    const layout = device.createBindGroupLayout({
      entries: types.map((type, binding) => ({
        binding,
        visibility: computeStage,
        buffer: { type },
      })),
    });
    const code = textOf(name, kernel);
    const pipeline = device.createComputePipeline({
      label: name,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ label: name, code }) },
    });
    return { layout, pipeline };
  }
}

const key = Symbol.for("cellc.nn.compute");

/** Stays with the device for as long as it lives. */
export function computeOf(device: GPUDevice): Compute {
  const holder = device as unknown as { [key]?: Compute };
  return (holder[key] ??= new Compute(device));
}

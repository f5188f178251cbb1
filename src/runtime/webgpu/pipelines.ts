/** Shader modules and pipelines of a device, made once for all cells that are loaded on it. */
import type { GpuKernel } from "./description.js";
import type { Grid } from "./grid.js";
import { textFor } from "./text.js";
import type { TextFeature } from "./text.js";
import { textFeatures } from "./text-features.js";
import { computeStage } from "./usage.js";

/** `pack` writes the packed matrices that all other kernels read. */
export type Access = "kernel" | "pack";

const layoutOf = (device: GPUDevice, access: Access): GPUBindGroupLayout => {
  const types: readonly GPUBufferBindingType[] = [
    "uniform",
    "read-only-storage",
    "read-only-storage",
    "storage",
    "storage",
    "storage",
    access === "pack" ? "storage" : "read-only-storage",
  ];
  return device.createBindGroupLayout({
    entries: types.map((type, binding) => ({
      binding,
      visibility: computeStage,
      buffer: { type },
    })),
  });
};

export class Pipelines {
  readonly layouts: Readonly<Record<Access, GPUBindGroupLayout>>;
  readonly rangeLayout: GPUBindGroupLayout;
  readonly #pipelineLayouts: Readonly<Record<Access, GPUPipelineLayout>>;
  readonly #modules = new Map<string, GPUShaderModule>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  #features: Promise<ReadonlySet<TextFeature>> | undefined;

  constructor(readonly device: GPUDevice) {
    this.layouts = {
      kernel: layoutOf(device, "kernel"),
      pack: layoutOf(device, "pack"),
    };
    this.rangeLayout = device.createBindGroupLayout({
      entries: [
        {
          binding: 0,
          visibility: computeStage,
          buffer: { type: "uniform", hasDynamicOffset: true },
        },
      ],
    });
    const whole = (access: Access): GPUPipelineLayout =>
      device.createPipelineLayout({
        bindGroupLayouts: [this.layouts[access], this.rangeLayout],
      });
    this.#pipelineLayouts = { kernel: whole("kernel"), pack: whole("pack") };
  }

  /** The pipeline of an entry point; kernels with the same text share it, whatever their comments say. */
  async get(
    { name, code }: GpuKernel,
    { entryPoint, constants = {} }: Pick<Grid, "entryPoint" | "constants">,
    access: Access,
  ): Promise<GPUComputePipeline> {
    this.#features ??= textFeatures(this.device);
    const text = textFor(withoutHead(code), await this.#features);
    const key = `${entryPoint} ${JSON.stringify(constants)} ${access}\n${text}`;
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      let module = this.#modules.get(text);
      if (!module) {
        module = this.device.createShaderModule({ label: name, code: text });
        this.#modules.set(text, module);
      }
      pipeline = this.device.createComputePipelineAsync({
        label: name,
        layout: this.#pipelineLayouts[access],
        compute: { module, entryPoint, constants },
      });
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }
}

/** The text behind the comment on top. */
const withoutHead = (code: string): string =>
  code.replace(/^(?:\/\/[^\n]*\n)*/, "");

const key = Symbol.for("cellc.pipelines");

/** The pipelines of a device; they stay with it for as long as it lives. */
export function pipelinesOf(device: GPUDevice): Pipelines {
  const holder = device as unknown as { [key]?: Pipelines };
  return (holder[key] ??= new Pipelines(device));
}

/** A cell loaded for WebGPU as a layer: the only layer that has parameters and states. */
import { checkModule } from "../../given.js";
import type { CellInfo, CellNames } from "../../../runtime/info.js";
import type { CellModule, GpuCellOptions } from "../../../runtime/types.js";
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import type {
  GpuNumbers,
  LoadedGpuCell,
} from "../../../runtime/webgpu/types.js";
import { CellPorts } from "../../layers/cell-ports.js";
import type {
  CellLayerOptions,
  MaskPort,
  StatePort,
} from "../../layers/cell-ports.js";
import type { Pass } from "../../layers/layer.js";
import { fillNoise } from "../../layers/noise.js";
import { Scratch } from "../../sequence.js";
import { GpuMemory } from "../device/memory.js";
import type { GpuSequence } from "../sequence.js";
import type { Layer } from "./layer.js";
import { emptyRecord, own } from "../../../runtime/own.js";

/** Arrays of the host, or tensors of the device, by name. */
export type GpuArrays = Readonly<Record<string, GpuNumbers>>;
export type GpuTensors = Readonly<Record<string, GpuTensor>>;

/** How a cell of a model is loaded; all cells of a model have one `device`. */
export type LayerOptions<N extends CellNames> = Omit<
  GpuCellOptions<N>,
  "backend"
> & { readonly backend?: "webgpu" } & CellLayerOptions<N>;

/** Loads the WebGPU kernels of a cell and makes a layer of them. */
export async function loadLayer<N extends CellNames>(
  module: CellModule<N>,
  // Callers without types may give nothing, and are told of the sizes.
  options = {} as LayerOptions<N>,
): Promise<CellLayer> {
  checkModule(module, "loadLayer");
  const { input, output, noise, ...load } = options;
  const cell = await module.load({ ...load, ...onWebgpu(module, options) });
  return new CellLayer(module, cell as unknown as LoadedGpuCell, {
    input,
    output,
    noise: noise as CellLayerOptions["noise"],
  });
}

/** The backend, or an error for another one. */
export function onWebgpu(
  { name }: Pick<CellInfo, "name">,
  { backend = "webgpu" }: { readonly backend?: string },
): { readonly backend: "webgpu" } {
  if (backend !== "webgpu")
    throw new TypeError(
      `${name}: cellc/nn/webgpu loads for the backend webgpu; layers for ${backend} are made by cellc/nn`,
    );
  return { backend };
}

type Mask = MaskPort & {
  readonly drawn: Scratch;
  readonly memory: GpuMemory;
};

const likeFloats = new Float32Array(0);

export class CellLayer implements Layer {
  readonly parts = {};
  readonly keepsSteps = true;
  /** Numbers per step that the layer puts out. */
  readonly width: number;
  /** `[B, …]` before the first step, set before `forward`; what is missing starts as the cell says. */
  initial: GpuArrays = {};
  /** `[B, …]` by name, set before `forward`: what the cell sees at every step, besides masks. */
  context: GpuArrays = {};
  /** Of the final states, set before `backward`; what is missing is zero. */
  finalGradient: GpuArrays = {};
  #final: GpuTensors = {};
  #initialGradient: GpuTensors = {};
  #contextGradient: GpuTensors = {};
  readonly #ports: CellPorts;
  readonly #masks: readonly Mask[];

  constructor(
    readonly info: CellInfo,
    readonly cell: LoadedGpuCell,
    options: CellLayerOptions = {},
  ) {
    onWebgpu(info, cell);
    this.#ports = new CellPorts(info, cell.sizes, options);
    this.width = this.#ports.outputWidth;
    this.#masks = this.#ports.masks.map((port) => ({
      ...port,
      drawn: new Scratch(),
      memory: new GpuMemory(`${info.name} ${port.name}`),
    }));
  }

  get states(): readonly StatePort[] {
    return this.#ports.states;
  }

  /** `[B, …]` after each entry's last step; valid until the next `forward`. */
  get final(): GpuTensors {
    return this.#final;
  }

  /** Gradient of the states before the first step, after `backward`. */
  get initialGradient(): GpuTensors {
    return this.#initialGradient;
  }

  get contextGradient(): GpuTensors {
    return this.#contextGradient;
  }

  async forward(input: GpuSequence, pass: Pass): Promise<GpuSequence> {
    const { steps, batch, lengths } = input;
    const ports = this.#ports;
    ports.checkWidth(input.width);
    this.#checkTokens(input);
    const inputs = emptyRecord<GpuNumbers>();
    inputs[ports.input] = input.values;
    const context = Object.assign(emptyRecord<GpuNumbers>(), this.context);
    for (const mask of this.#masks)
      (mask.everyStep ? inputs : context)[mask.name] = this.#draw(
        mask,
        input,
        pass,
      );
    const { outputs, states } = await this.cell.forward(inputs, {
      batch,
      steps,
      lengths,
      context,
      states: this.initial,
      keep: pass.keep,
      t0: pass.t0,
    });
    this.#final = states;
    const values = outputs[ports.output]!;
    return { values, steps, batch, width: this.width, lengths };
  }

  async backward(
    gradient: GpuTensor,
    inputs: boolean,
  ): Promise<GpuTensor | undefined> {
    const { input, output, vocabulary } = this.#ports;
    const found = await this.cell.backward(
      { outputs: { [output]: gradient }, states: this.finalGradient },
      { inputs: inputs && vocabulary === undefined },
    );
    this.#initialGradient = found.states;
    this.#contextGradient = found.context;
    return own(found.inputs, input);
  }

  dispose(): void {
    for (const { memory } of this.#masks) memory.dispose();
    this.cell.dispose();
  }

  #draw(
    { noise, elements, everyStep, drawn, memory }: Mask,
    { steps, batch }: GpuSequence,
    { random }: Pass,
  ): GpuTensor {
    const rows = everyStep ? steps * batch : batch;
    const mask = drawn.take(likeFloats, rows * elements);
    fillNoise(mask, noise, random);
    return memory.fill(this.cell.device, [rows, elements], mask);
  }

  /** Tensors are not looked at, so that the host's tokens are checked on their way in. */
  #checkTokens({ values, tokens }: GpuSequence): void {
    const { vocabulary, input } = this.#ports;
    if (vocabulary === undefined) return;
    const what = `${this.cell.name}: input ${input}`;
    if (!values.token)
      throw new TypeError(`${what} is a token; give an Int32Array`);
    const [least, largest] = tokens ?? [0, 0];
    if (least < 0 || largest >= vocabulary)
      throw new RangeError(
        `${what} has the token ${least < 0 ? least : largest}; tokens are whole numbers from 0 to ${vocabulary - 1}`,
      );
  }
}

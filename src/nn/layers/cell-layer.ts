/** A loaded cell as a layer: the only layer that has parameters and states. */
import type { CellInfo, CellNames, Numbers } from "../../runtime/info.js";
import type { Floats, Precision } from "../../runtime/kernel.js";
import type {
  CellModule,
  LoadedCell,
  LoadOptions,
} from "../../runtime/types.js";
import { checkModule } from "../given.js";
import { Scratch } from "../sequence.js";
import type { Sequence, Values } from "../sequence.js";
import { CellPorts } from "./cell-ports.js";
import type { CellLayerOptions, MaskPort, StatePort } from "./cell-ports.js";
import type { Layer, Pass } from "./layer.js";
import { fillNoise } from "./noise.js";
import { emptyRecord, own } from "../../runtime/own.js";

export type Arrays = Readonly<Record<string, Numbers>>;

/** Loads the kernels of a cell and makes a layer of them. */
export async function loadLayer<
  N extends CellNames,
  P extends Precision = "f32",
>(
  module: CellModule<N>,
  // Callers without types may give nothing, and are told of the sizes.
  options = {} as LoadOptions<N, P> & CellLayerOptions<N>,
): Promise<CellLayer> {
  checkModule(module, "loadLayer");
  checkOnHost(module, options);
  const { input, output, noise, ...load } = options;
  const cell = await module.load(load as LoadOptions<N, P>);
  return new CellLayer(module, cell as unknown as LoadedCell, {
    input,
    output,
    noise: noise as CellLayerOptions["noise"],
  });
}

/** That a cell does not run on WebGPU: JavaScript does not look at types. */
export function checkOnHost(
  { name }: Pick<CellInfo, "name">,
  { backend }: { readonly backend?: string },
): void {
  if (backend === "webgpu")
    throw new TypeError(
      `${name} on WebGPU has async calls: load it, and make its model, with cellc/nn/webgpu`,
    );
}

type Mask = MaskPort & { readonly scratch: Scratch };

export class CellLayer implements Layer {
  readonly parts = {};
  readonly keepsSteps = true;
  /** Numbers per step that the layer puts out. */
  readonly width: number;
  /** `[B, …]` before the first step, set before `forward`; what is missing starts as the cell says. */
  initial: Arrays = {};
  /** `[B, …]` by name, set before `forward`: what the cell sees at every step, besides masks. */
  context: Arrays = {};
  /** Of the final states, set before `backward`; what is missing is zero. */
  finalGradient: Arrays = {};
  #final: Readonly<Record<string, Values>> = {};
  #initialGradient: Readonly<Record<string, Floats>> = {};
  #contextGradient: Readonly<Record<string, Floats>> = {};
  readonly #ports: CellPorts;
  readonly #masks: readonly Mask[];

  constructor(
    readonly info: CellInfo,
    readonly cell: LoadedCell,
    options: CellLayerOptions = {},
  ) {
    checkOnHost(info, cell);
    this.#ports = new CellPorts(info, cell.sizes, options);
    this.width = this.#ports.outputWidth;
    this.#masks = this.#ports.masks.map((port) => ({
      ...port,
      scratch: new Scratch(),
    }));
  }

  get states(): readonly StatePort[] {
    return this.#ports.states;
  }

  /** `[B, …]` after each entry's last step; views. */
  get final(): Readonly<Record<string, Values>> {
    return this.#final;
  }

  /** Gradient of the states before the first step, after `backward`; views. */
  get initialGradient(): Readonly<Record<string, Floats>> {
    return this.#initialGradient;
  }

  get contextGradient(): Readonly<Record<string, Floats>> {
    return this.#contextGradient;
  }

  forward(input: Sequence, pass: Pass): Sequence<Floats> {
    const { steps, batch, lengths } = input;
    const ports = this.#ports;
    ports.checkWidth(input.width);
    const inputs = emptyRecord<Numbers>();
    inputs[ports.input] = input.values;
    const context = Object.assign(emptyRecord<Numbers>(), this.context);
    for (const { name, noise, elements, everyStep, scratch } of this.#masks) {
      const rows = everyStep ? steps * batch : batch;
      const mask = scratch.take(this.cell.params, rows * elements);
      fillNoise(mask, noise, pass.random);
      (everyStep ? inputs : context)[name] = mask;
    }
    const { outputs, states } = this.cell.forward(inputs, {
      batch,
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

  backward(gradient: Floats, inputs: boolean): Floats | undefined {
    const { input, output, vocabulary } = this.#ports;
    const found = this.cell.backward(
      { outputs: { [output]: gradient }, states: this.finalGradient },
      { inputs: inputs && vocabulary === undefined },
    );
    this.#initialGradient = found.states;
    this.#contextGradient = found.context;
    return own(found.inputs, input);
  }
}

/** A loaded cell as a layer: the only layer that has parameters and states. */
import { elements } from "../../runtime/check.js";
import type { CellInfo, CellNames, Numbers } from "../../runtime/info.js";
import { stateKeys } from "../../runtime/info.js";
import type { Floats, Precision } from "../../runtime/kernel.js";
import type {
  CellModule,
  LoadedCell,
  LoadOptions,
} from "../../runtime/types.js";
import { Scratch } from "../sequence.js";
import type { Sequence, Values } from "../sequence.js";
import type { Layer, Pass } from "./layer.js";
import { fillNoise } from "./noise.js";
import type { Noise } from "./noise.js";

export type Arrays = Readonly<Record<string, Numbers>>;

export interface CellLayerOptions<N extends CellNames = CellNames> {
  /** The input that the layer before feeds. Default: the only one that is no noise. */
  readonly input?: N["inputs"];
  /** The output that goes to the layer behind. Default: the only one. */
  readonly output?: N["outputs"];
  /** Inputs and contexts that are masks; those of contexts are drawn once for a sequence. */
  readonly noise?: Readonly<Partial<Record<N["inputs"] | N["context"], Noise>>>;
}

/** Loads the kernels of a cell and makes a layer of them. */
export async function loadLayer<
  N extends CellNames,
  P extends Precision = "f32",
>(
  module: CellModule<N>,
  options: LoadOptions<N, P> & CellLayerOptions<N>,
): Promise<CellLayer> {
  const { input, output, noise, ...load } = options;
  const cell = await module.load(load as LoadOptions<N, P>);
  return new CellLayer(module, cell as unknown as LoadedCell, {
    input,
    output,
    noise: noise as CellLayerOptions["noise"],
  });
}

interface Mask {
  readonly name: string;
  readonly noise: Noise;
  readonly elements: number;
  readonly everyStep: boolean;
  readonly scratch: Scratch;
}

export class CellLayer implements Layer {
  readonly parts = {};
  /** Numbers per step that the layer puts out. */
  readonly width: number;
  /** Keys of the states that hold numbers, with their shapes without the batch. */
  readonly states: readonly {
    readonly key: string;
    readonly shape: readonly number[];
    readonly token: boolean;
  }[];
  /** `[B, …]` before the first step, set before `forward`; what is missing starts as the cell says. */
  initial: Arrays = {};
  /** `[B, …]` by name, set before `forward`: what the cell sees at every step, besides masks. */
  context: Arrays = {};
  /** Of the final states, set before `backward`; what is missing is zero. */
  finalGradient: Arrays = {};
  #final: Readonly<Record<string, Values>> = {};
  #initialGradient: Readonly<Record<string, Floats>> = {};
  #contextGradient: Readonly<Record<string, Floats>> = {};
  readonly #input: string;
  readonly #inputWidth: number;
  readonly #takesTokens: boolean;
  readonly #output: string;
  readonly #masks: readonly Mask[];

  constructor(
    readonly info: CellInfo,
    readonly cell: LoadedCell,
    options: CellLayerOptions = {},
  ) {
    const noise = options.noise ?? {};
    const free = info.inputs.filter(({ name }) => !noise[name]);
    const input = chosen(info.name, "input", free, options.input);
    const output = chosen(info.name, "output", info.outputs, options.output);
    this.#input = input.name;
    this.#inputWidth = elements(input.shape(cell.sizes));
    this.#takesTokens = input.vocabulary !== undefined;
    this.#output = output.name;
    this.width = elements(output.shape(cell.sizes));
    this.#masks = Object.entries(noise).flatMap(([name, each]) => {
      if (!each) return [];
      const everyStep = info.inputs.find((value) => value.name === name);
      const value =
        everyStep ?? info.context.find((value) => value.name === name);
      if (!value)
        throw new TypeError(
          `${info.name}: noise goes into an input or a context; it has no ${name}`,
        );
      return {
        name,
        noise: each,
        elements: elements(value.shape(cell.sizes)),
        everyStep: everyStep !== undefined,
        scratch: new Scratch(),
      };
    });
    this.states = info.states.flatMap((state) =>
      stateKeys(state).map((key) => ({
        key,
        shape: state.shape(cell.sizes),
        token: state.vocabulary !== undefined,
      })),
    );
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
    if (input.width !== this.#inputWidth)
      throw new RangeError(
        `${this.cell.name}: the input ${this.#input} has ${this.#inputWidth} numbers per step, and ${input.width} come in`,
      );
    const inputs: Record<string, Numbers> = { [this.#input]: input.values };
    const context: Record<string, Numbers> = { ...this.context };
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
    const values = outputs[this.#output]!;
    return { values, steps, batch, width: this.width, lengths };
  }

  backward(gradient: Floats, inputs: boolean): Floats | undefined {
    const found = this.cell.backward(
      { outputs: { [this.#output]: gradient }, states: this.finalGradient },
      { inputs: inputs && !this.#takesTokens },
    );
    this.#initialGradient = found.states;
    this.#contextGradient = found.context;
    return found.inputs[this.#input];
  }
}

function chosen<V extends { readonly name: string }>(
  cell: string,
  kind: string,
  values: readonly V[],
  name: string | undefined,
): V {
  const names = values.map((value) => value.name).join(", ") || "none";
  if (name === undefined && values.length !== 1)
    throw new TypeError(`${cell}: say which ${kind} to use: ${names}`);
  const value =
    name === undefined
      ? values[0]
      : values.find((value) => value.name === name);
  if (!value)
    throw new TypeError(`${cell} has no ${kind} ${name}; it has: ${names}`);
  return value;
}

/** Which inputs and outputs of a cell a layer uses, with their widths; the same wherever the cell runs. */
import { elements } from "../../runtime/check.js";
import type { CellInfo, CellNames } from "../../runtime/info.js";
import { stateKeys } from "../../runtime/info.js";
import type { Sizes } from "../../runtime/kernel.js";
import { checkNoise } from "./noise.js";
import type { Noise } from "./noise.js";
import { own } from "../../runtime/own.js";

export interface CellLayerOptions<N extends CellNames = CellNames> {
  /** The input that the layer before feeds. Default: the only one that is no noise. */
  readonly input?: N["inputs"];
  /** The output that goes to the layer behind. Default: the only one. */
  readonly output?: N["outputs"];
  /** Inputs and contexts that are masks; those of contexts are drawn once for a sequence. */
  readonly noise?: Readonly<Partial<Record<N["inputs"] | N["context"], Noise>>>;
}

/** An input, or a context, that is drawn at random. */
export interface MaskPort {
  readonly name: string;
  readonly noise: Noise;
  /** Of one step, or of one sequence, and batch entry. */
  readonly elements: number;
  readonly everyStep: boolean;
}

/** A state by its key, with its shape without the batch. */
export interface StatePort {
  readonly key: string;
  readonly shape: readonly number[];
  readonly token: boolean;
}

export class CellPorts {
  readonly input: string;
  /** Numbers per step and batch entry; 1 for tokens. */
  readonly inputWidth: number;
  /** Number of tokens, where the input is one. */
  readonly vocabulary: number | undefined;
  readonly output: string;
  readonly outputWidth: number;
  readonly masks: readonly MaskPort[];
  readonly states: readonly StatePort[];

  constructor(
    readonly info: CellInfo,
    sizes: Sizes,
    options: CellLayerOptions = {},
  ) {
    const noise = options.noise ?? {};
    const token = info.inputs.find(
      ({ name, vocabulary }) => vocabulary && own(noise, name),
    );
    if (token)
      throw new TypeError(
        `${info.name}: ${token.name} is a token; noise goes into numbers`,
      );
    const free = info.inputs.filter(({ name }) => !own(noise, name));
    const input = chosen(info.name, "input", free, options.input);
    const output = chosen(info.name, "output", info.outputs, options.output);
    this.input = input.name;
    this.inputWidth = elements(input.shape(sizes));
    this.vocabulary = input.vocabulary?.(sizes);
    this.output = output.name;
    this.outputWidth = elements(output.shape(sizes));
    this.masks = Object.entries(noise).flatMap(([name, each]) => {
      if (!each) return [];
      const everyStep = info.inputs.find((value) => value.name === name);
      const value =
        everyStep ?? info.context.find((value) => value.name === name);
      if (!value)
        throw new TypeError(
          `${info.name}: noise goes into an input or a context; it has no ${name}`,
        );
      checkNoise(`${info.name}: the noise of ${name}`, each);
      return {
        name,
        noise: each,
        elements: elements(value.shape(sizes)),
        everyStep: everyStep !== undefined,
      };
    });
    this.states = info.states.flatMap((state) =>
      stateKeys(state).map((key) => ({
        key,
        shape: state.shape(sizes),
        token: state.vocabulary !== undefined,
      })),
    );
  }

  /** That what comes in has the width of the input. */
  checkWidth(width: number): void {
    if (width !== this.inputWidth)
      throw new RangeError(
        `${this.info.name}: the input ${this.input} has ${this.inputWidth} numbers per step, and ${width} come in`,
      );
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

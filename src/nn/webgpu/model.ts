/**
 * A composition of cells on a device as one function: one vector of parameters, one gradient, one record of states,
 * all of which stay there.
 */
import { checkInput, checkNumber } from "../given.js";
import type { Numbers } from "../../runtime/info.js";
import type { ParameterRange } from "../../runtime/kernel.js";
import { elements } from "../../runtime/check.js";
import { GpuTensor } from "../../runtime/webgpu/tensor.js";
import type { GpuNumbers } from "../../runtime/webgpu/types.js";
import { CellTree } from "../cell-tree.js";
import type { Branch, Fitting } from "../cell-tree.js";
import { cellSeed } from "../random.js";
import type { Random } from "../random.js";
import type { AsyncPersistent, Snapshot } from "../snapshot.js";
import { GpuMemory } from "./device/memory.js";
import { Operation } from "./device/operation.js";
import { Recording } from "./device/recording.js";
import { CellLayer } from "./layers/cell-layer.js";
import type { GpuArrays, GpuTensors } from "./layers/cell-layer.js";
import type { AnyLayer, Layer } from "./layers/layer.js";
import { part } from "./part.js";
import { Uploads } from "./sequence.js";
import type { GpuSequence, Uploaded } from "./sequence.js";
import { Turns } from "./turns.js";

/** `[B, …]` by the name of the layer and of the state: `rnn.h`. */
export type States = GpuArrays;

export interface ForwardOptions {
  /** Before the first step; what is missing starts as its cell says. */
  readonly states?: States;
  /** Draws the masks of dropout and zoneout: training. Without it the model is used as it is. */
  readonly random?: Random;
  /** Keep what `backward` needs. Default: true. */
  readonly keep?: boolean;
  /** Parameters for this pass in place of the model's own. */
  readonly weights?: GpuTensor;
  /** Number of the first step. Default 0. */
  readonly t0?: number;
}

export interface BackwardOptions {
  /** Gradient of the final states, as `finalStates` names them. */
  readonly states?: GpuArrays;
  /** Compute the gradient of the input too. Default false. */
  readonly inputs?: boolean;
  /** Add to `grads` instead of starting at zero. Default false. */
  readonly accumulate?: boolean;
}

/** Calls wait for each other; a promise resolves as soon as the work is handed to the device. */
export class Model<
  I = GpuSequence,
  G = GpuTensor | undefined,
> implements AsyncPersistent {
  readonly device: GPUDevice;
  readonly params: GpuTensor;
  readonly grads: GpuTensor;
  /** Parts of `params`. */
  readonly param: GpuTensors;
  readonly grad: GpuTensors;
  readonly #tree: CellTree<CellLayer>;
  readonly #memory = {
    params: new GpuMemory("parameters"),
    grads: new GpuMemory("gradient"),
  };
  /** Of gradients that come from the host, by name. */
  readonly #given = new Map<string, GpuMemory>();
  /** One for each cell, into its part of the gradient. */
  readonly #additions: readonly Operation<"add_to">[];
  readonly #uploads: Uploads;
  readonly #turns = new Turns();
  #output: GpuSequence | undefined;

  /** @param seed of the starting values of the parameters */
  constructor(
    readonly layer: Layer<I, G>,
    seed = 0,
  ) {
    const tree = new CellTree<CellLayer>(layer as Branch, CellLayer);
    this.#tree = tree;
    this.device = deviceOf(tree);
    this.params = this.#memory.params.take(this.device, [tree.length]);
    this.grads = this.#memory.grads.take(this.device, [tree.length]);
    this.param = parts(tree.layout, this.params);
    this.grad = parts(tree.layout, this.grads);
    this.#additions = tree.leaves.map(() => new Operation("add_to"));
    this.#uploads = new Uploads(this.device);
    this.init(seed);
  }

  /** Where each parameter lies in `params`: `rnn.W_i` with its shape. */
  get layout(): readonly ParameterRange[] {
    return this.#tree.layout;
  }

  /** Starting values anew, the same as of the model of `cellc/nn`. */
  init(seed: number): void {
    checkNumber("the seed of the model", seed, { whole: true });
    const work = new Recording(this.device);
    this.#tree.leaves.forEach(({ layer, from, to }, i) => {
      layer.cell.init(cellSeed(seed, i));
      work.copy(layer.cell.params, part(this.params, from, to));
    });
    work.submit();
  }

  forward(
    input: Uploaded<I>,
    options: ForwardOptions = {},
  ): Promise<GpuSequence> {
    return this.#turns.take(() => this.#forward(input, options));
  }

  async #forward(
    input: Uploaded<I>,
    options: ForwardOptions,
  ): Promise<GpuSequence> {
    checkInput(input, "the input of the model");
    const { states = {}, weights = this.params } = options;
    const tree = this.#tree;
    tree.checkStates(states);
    const work = new Recording(this.device);
    for (const leaf of tree.leaves) {
      const { layer, from, to } = leaf;
      work.copy(part(weights, from, to), layer.cell.params);
      layer.initial = tree.picked(leaf, states);
    }
    work.submit();
    this.#output = await this.layer.forward(this.#uploads.take<I>(input), {
      random: options.random,
      keep: options.keep ?? true,
      t0: options.t0 ?? 0,
    });
    return this.#output;
  }

  /** From the gradient of the latest output to `grads`, and to that of the input where it is wanted. */
  backward(gradient: GpuNumbers, options: BackwardOptions = {}): Promise<G> {
    return this.#turns.take(() => this.#backward(gradient, options));
  }

  async #backward(
    gradient: GpuNumbers,
    { states = {}, inputs = false, accumulate = false }: BackwardOptions,
  ): Promise<G> {
    const tree = this.#tree;
    tree.checkStates(states);
    const final = Object.fromEntries(
      Object.entries(states).map(([name, numbers]) => [
        name,
        this.#onDevice(name, numbers, [numbers.length]),
      ]),
    );
    for (const leaf of tree.leaves)
      leaf.layer.finalGradient = tree.picked(leaf, final);
    const found = await this.layer.backward(this.#ofOutput(gradient), inputs);
    const work = new Recording(this.device);
    tree.leaves.forEach(({ layer, from, to }, i) => {
      const a = layer.cell.grads;
      const result = part(this.grads, from, to);
      if (accumulate)
        this.#additions[i]!.record(work, {
          count: a.length,
          arrays: { a, result },
          numbers: {},
        });
      else work.copy(a, result);
    });
    work.submit();
    return found;
  }

  #ofOutput(gradient: GpuNumbers): GpuTensor {
    if (!this.#output)
      throw new Error("backward needs a forward pass as the call before it");
    const { steps, batch, width } = this.#output;
    const shape = [steps, batch, width];
    if (gradient.length !== elements(shape))
      throw new RangeError(
        `the gradient of the output [T=${steps}, B=${batch}, ${width}] has ${elements(shape)} numbers, got ${gradient.length}`,
      );
    return this.#onDevice("output", gradient, shape);
  }

  #onDevice(
    name: string,
    gradient: GpuNumbers,
    shape: readonly number[],
  ): GpuTensor {
    if (gradient instanceof GpuTensor) return gradient;
    let memory = this.#given.get(name);
    if (!memory)
      this.#given.set(name, (memory = new GpuMemory(`gradient of ${name}`)));
    return memory.fill(this.device, shape, gradient);
  }

  /** After the latest `forward`; tensors that the next one overwrites, which may be given to it. */
  finalStates(): GpuTensors {
    return this.#tree.collected(({ final }) => final);
  }

  /** After the latest `backward`. */
  initialGradients(): GpuTensors {
    return this.#tree.collected(({ initialGradient }) => initialGradient);
  }

  /** Reads the parameters. */
  async save(): Promise<Snapshot> {
    const numbers = await this.params.read();
    const tensors = Object.fromEntries(
      this.layout.map(({ name, offset, shape }) => [
        name,
        { values: numbers.slice(offset, offset + elements(shape)), shape },
      ]),
    );
    return { tensors, numbers: {} };
  }

  restore({ tensors }: Snapshot): void {
    this.#fill(this.#tree.fitting(tensors));
  }

  /** Sets the parameters of one layer, all of them, by the cell's own names: weights from another library. */
  assign(layer: string, weights: Snapshot["tensors"]): void {
    this.#fill(this.#tree.fittingCell(layer, weights));
  }

  /** Overwrites one parameter. */
  set(name: string, numbers: Numbers): void {
    const range = this.layout.find((range) => range.name === name);
    if (!range)
      throw new Error(
        `the model has no parameter ${name}; it has: ${this.layout.map(({ name }) => name).join(", ")}`,
      );
    const length = elements(range.shape);
    if (numbers.length !== length)
      throw new RangeError(
        `${name} of shape [${range.shape.join(", ")}] has ${length} numbers, got ${numbers.length}`,
      );
    this.#memory.params.write(this.params, numbers, range.offset);
  }

  #fill(found: Fitting): void {
    for (const [{ offset }, { values }] of found)
      this.#memory.params.write(this.params, values, offset);
  }

  /** Frees the cells, and what the layers hold; not the device. */
  dispose(): void {
    disposeAll(this.layer as AnyLayer);
    const { params, grads } = this.#memory;
    for (const memory of [params, grads, ...this.#given.values()])
      memory.dispose();
    for (const addition of this.#additions) addition.dispose();
    this.#uploads.dispose();
  }
}

function deviceOf({ leaves }: CellTree<CellLayer>): GPUDevice {
  const devices = new Set(leaves.map(({ layer }) => layer.cell.device));
  const [device] = devices;
  if (!device) throw new TypeError("a model has at least one cell");
  if (devices.size > 1)
    throw new TypeError(
      "the cells of a model must be on one device: load them with the same `device`",
    );
  return device;
}

const parts = (
  layout: readonly ParameterRange[],
  vector: GpuTensor,
): GpuTensors =>
  Object.fromEntries(
    layout.map(({ name, offset, shape }) => [
      name,
      part(vector, offset, offset + elements(shape), shape),
    ]),
  );

function disposeAll(layer: AnyLayer): void {
  for (const inner of Object.values(layer.parts)) disposeAll(inner);
  layer.dispose();
}

/**
 * A composition of cells as one function: one vector of parameters, one gradient, one record of states.
 *
 * The cells keep their own copies of the parameters, because kernels own their memory; a pass hands over what it
 * is to run with, which costs a copy of the vector and makes noise on the weights a matter of the caller.
 */
import { elements } from "../runtime/check.js";
import type { Floats, ParameterRange } from "../runtime/kernel.js";
import { CellTree } from "./cell-tree.js";
import type { Fitting } from "./cell-tree.js";
import { checkArray, checkInput, checkNumber } from "./given.js";
import { CellLayer } from "./layers/cell-layer.js";
import type { Arrays } from "./layers/cell-layer.js";
import type { Layer } from "./layers/layer.js";
import { cellSeed } from "./random.js";
import type { Random } from "./random.js";
import type { Sequence, Values } from "./sequence.js";
import type { Persistent, Snapshot } from "./snapshot.js";

/** `[B, …]` by the name of the layer and of the state: `rnn.h`. */
export type States = Readonly<Record<string, Values>>;

export interface ForwardOptions {
  /** Before the first step; what is missing starts as its cell says. */
  readonly states?: States;
  /** Draws the masks of dropout and zoneout: training. Without it the model is used as it is. */
  readonly random?: Random;
  /** Keep what `backward` needs. Default: true. */
  readonly keep?: boolean;
  /** Parameters for this pass in place of the model's own. */
  readonly weights?: Floats;
  /** Number of the first step. Default 0. */
  readonly t0?: number;
}

export interface BackwardOptions {
  /** Gradient of the final states, as `finalStates` names them. */
  readonly states?: Arrays;
  /** Compute the gradient of the input too. Default false. */
  readonly inputs?: boolean;
  /** Add to `grads` instead of starting at zero. Default false. */
  readonly accumulate?: boolean;
}

export class Model<I = Sequence, G = Floats | undefined> implements Persistent {
  readonly params: Floats;
  readonly grads: Floats;
  /** Views of `params`. */
  readonly param: Readonly<Record<string, Floats>>;
  readonly grad: Readonly<Record<string, Floats>>;
  readonly #tree: CellTree<CellLayer>;

  /** @param seed of the starting values of the parameters */
  constructor(
    readonly layer: Layer<I, G>,
    seed = 0,
  ) {
    const tree = new CellTree(layer, CellLayer);
    this.#tree = tree;
    const Kind = floatsOf(tree.leaves.map(({ layer }) => layer));
    this.params = new Kind(tree.length);
    this.grads = new Kind(tree.length);
    this.param = views(tree.layout, this.params);
    this.grad = views(tree.layout, this.grads);
    this.init(seed);
  }

  /** Where each parameter lies in `params`: `rnn.W_i` with its shape. */
  get layout(): readonly ParameterRange[] {
    return this.#tree.layout;
  }

  /** Starting values anew; each cell draws numbers of its own. */
  init(seed: number): void {
    checkNumber("the seed of the model", seed, { whole: true });
    this.#tree.leaves.forEach(({ layer, from }, i) => {
      layer.cell.init(cellSeed(seed, i));
      this.params.set(layer.cell.params, from);
    });
  }

  forward(input: I, options: ForwardOptions = {}): Sequence<Floats> {
    checkInput(input, "the input of the model");
    const { states = {}, weights = this.params } = options;
    const tree = this.#tree;
    tree.checkStates(states);
    for (const leaf of tree.leaves) {
      const { layer, from, to } = leaf;
      layer.cell.params.set(weights.subarray(from, to));
      layer.initial = tree.picked(leaf, states);
    }
    const output = this.layer.forward(input, {
      random: options.random,
      keep: options.keep ?? true,
      t0: options.t0 ?? 0,
    });
    return output as Sequence<Floats>;
  }

  /** From the gradient of the latest output to `grads`, and to that of the input where it is wanted. */
  backward(gradient: Floats, options: BackwardOptions = {}): G {
    checkArray(
      "the gradient of the model's output",
      gradient,
      ", [T, B, width], such as criterion.backward() gives",
    );
    const { states = {}, inputs = false, accumulate = false } = options;
    const tree = this.#tree;
    tree.checkStates(states);
    for (const leaf of tree.leaves)
      leaf.layer.finalGradient = tree.picked(leaf, states);
    const found = this.layer.backward(gradient, inputs);
    for (const { layer, from } of tree.leaves) {
      const { grads } = layer.cell;
      if (accumulate)
        for (let i = 0; i < grads.length; i++)
          this.grads[from + i]! += grads[i]!;
      else this.grads.set(grads, from);
    }
    return found;
  }

  /** After the latest `forward`; views that the next one overwrites, which may be given to it. */
  finalStates(): States {
    return this.#tree.collected(({ final }) => final);
  }

  /** After the latest `backward`. */
  initialGradients(): Readonly<Record<string, Floats>> {
    return this.#tree.collected(({ initialGradient }) => initialGradient);
  }

  save(): Snapshot {
    const tensors = Object.fromEntries(
      this.layout.map(({ name, shape }) => [
        name,
        { values: this.param[name]!.slice(), shape },
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

  #fill(found: Fitting): void {
    for (const [{ offset }, { values }] of found)
      this.params.set(values, offset);
  }

  dispose(): void {
    for (const { layer } of this.#tree.leaves) layer.cell.dispose();
  }
}

function floatsOf(
  layers: readonly CellLayer[],
): new (length: number) => Floats {
  const precisions = new Set(layers.map(({ cell }) => cell.precision));
  if (precisions.size > 1)
    throw new TypeError("the cells of a model must be of one precision");
  return precisions.has("f64") ? Float64Array : Float32Array;
}

const views = (
  layout: readonly ParameterRange[],
  flat: Floats,
): Readonly<Record<string, Floats>> =>
  Object.fromEntries(
    layout.map(({ name, offset, shape }) => [
      name,
      flat.subarray(offset, offset + elements(shape)),
    ]),
  );

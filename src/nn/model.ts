/**
 * A composition of cells as one function: one vector of parameters, one gradient, one record of states.
 *
 * The cells keep their own copies of the parameters, because kernels own their memory; a pass hands over what it
 * is to run with, which costs a copy of the vector and makes noise on the weights a matter of the caller.
 */
import { elements } from "../runtime/check.js";
import type { Floats, ParameterRange } from "../runtime/kernel.js";
import { CellLayer } from "./layers/cell-layer.js";
import type { Arrays } from "./layers/cell-layer.js";
import type { AnyLayer, Layer } from "./layers/layer.js";
import type { Random } from "./random.js";
import type { Sequence, Values } from "./sequence.js";
import { expectTensor } from "./snapshot.js";
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

interface Leaf {
  readonly name: string;
  readonly layer: CellLayer;
  /** Where its parameters lie in those of the model. */
  readonly from: number;
  readonly to: number;
  /** Names of its states in the model, and in the cell. */
  readonly states: readonly (readonly [name: string, key: string])[];
}

export class Model<I = Sequence, G = Floats | undefined> implements Persistent {
  readonly params: Floats;
  readonly grads: Floats;
  /** Where each parameter lies in `params`: `rnn.W_i` with its shape. */
  readonly layout: readonly ParameterRange[];
  /** Views of `params`. */
  readonly param: Readonly<Record<string, Floats>>;
  readonly grad: Readonly<Record<string, Floats>>;
  readonly #leaves: readonly Leaf[];

  /** @param seed of the starting values of the parameters */
  constructor(
    readonly layer: Layer<I, G>,
    seed = 0,
  ) {
    let length = 0;
    this.#leaves = leavesOf(layer, "").map(([name, leaf]) => {
      const from = length;
      length += leaf.cell.params.length;
      const states = leaf.states.map(
        ({ key }) => [joined(name, key), key] as const,
      );
      return { name, layer: leaf, from, to: length, states };
    });
    const Kind = floatsOf(this.#leaves);
    this.params = new Kind(length);
    this.grads = new Kind(length);
    this.layout = this.#leaves.flatMap(({ name, layer, from }) =>
      layer.cell.layout.map((range) => ({
        name: joined(name, range.name),
        offset: from + range.offset,
        shape: range.shape,
      })),
    );
    this.param = views(this.layout, this.params);
    this.grad = views(this.layout, this.grads);
    this.init(seed);
  }

  /** Starting values anew; each cell draws numbers of its own. */
  init(seed: number): void {
    this.#leaves.forEach(({ layer, from }, i) => {
      layer.cell.init(seed * 65537 + i);
      this.params.set(layer.cell.params, from);
    });
  }

  forward(input: I, options: ForwardOptions = {}): Sequence<Floats> {
    const { states = {}, weights = this.params } = options;
    this.#checkStates(states);
    for (const { layer, from, to, states: names } of this.#leaves) {
      layer.cell.params.set(weights.subarray(from, to));
      layer.initial = picked(names, states);
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
    const { states = {}, inputs = false, accumulate = false } = options;
    this.#checkStates(states);
    for (const { layer, states: names } of this.#leaves)
      layer.finalGradient = picked(names, states);
    const found = this.layer.backward(gradient, inputs);
    for (const { layer, from } of this.#leaves) {
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
    return this.#collect(({ final }) => final);
  }

  /** After the latest `backward`. */
  initialGradients(): Readonly<Record<string, Floats>> {
    return this.#collect(({ initialGradient }) => initialGradient);
  }

  #collect<V>(
    of: (layer: CellLayer) => Readonly<Record<string, V>>,
  ): Record<string, V> {
    const all: Record<string, V> = {};
    for (const { layer, states } of this.#leaves) {
      const own = of(layer);
      for (const [name, key] of states)
        if (own[key] !== undefined) all[name] = own[key];
    }
    return all;
  }

  #checkStates(states: Arrays): void {
    for (const name in states) {
      const known = this.#leaves.some((leaf) =>
        leaf.states.some(([own]) => own === name),
      );
      if (known) continue;
      const all = this.#leaves.flatMap((leaf) =>
        leaf.states.map(([own]) => own),
      );
      throw new TypeError(
        `the model has no state ${name}; it has: ${all.join(", ") || "none"}`,
      );
    }
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
    const known = new Set(this.layout.map(({ name }) => name));
    for (const name in tensors)
      if (!known.has(name))
        throw new Error(
          `the model has no parameter ${name}; it has: ${[...known].join(", ")}`,
        );
    const found = this.layout.map(
      ({ name, shape }) =>
        [name, expectTensor("the model", tensors, name, shape)] as const,
    );
    for (const [name, { values }] of found) this.param[name]!.set(values);
  }

  /** Sets the parameters of one layer, all of them, by the cell's own names: weights from another library. */
  assign(layer: string, weights: Snapshot["tensors"]): void {
    const leaf = this.#leaves.find(({ name }) => name === layer);
    if (!leaf)
      throw new Error(
        `the model has no cell ${layer}; it has: ${this.#leaves.map(({ name }) => name).join(", ")}`,
      );
    const { layout, name: cell } = leaf.layer.cell;
    const what = layer === "" ? cell : `${layer} (${cell})`;
    for (const name in weights)
      if (!layout.some((range) => range.name === name))
        throw new Error(
          `${what} has no parameter ${name}; it has: ${layout.map((range) => range.name).join(", ")}`,
        );
    const found = layout.map(
      ({ name, shape }) =>
        [name, expectTensor(what, weights, name, shape)] as const,
    );
    for (const [name, { values }] of found)
      this.param[joined(layer, name)]!.set(values);
  }

  dispose(): void {
    for (const { layer } of this.#leaves) layer.cell.dispose();
  }
}

const joined = (...names: readonly string[]): string =>
  names.filter((name) => name !== "").join(".");

/** All cells with their names, in the order of their parameters. A cell that stands in two places has one set. */
function leavesOf(
  layer: AnyLayer,
  name: string,
): (readonly [string, CellLayer])[] {
  if (layer instanceof CellLayer) return [[name, layer]];
  const all = Object.entries(layer.parts).flatMap(([part, inner]) =>
    leavesOf(inner, joined(name, part)),
  );
  const cells = all.map(([, { cell }]) => cell);
  if (new Set(cells).size < cells.length)
    throw new TypeError(
      `${name || "the model"}: a loaded cell remembers one pass and cannot stand in two places; load it twice`,
    );
  return all;
}

function floatsOf(leaves: readonly Leaf[]): new (length: number) => Floats {
  const precisions = new Set(leaves.map(({ layer }) => layer.cell.precision));
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

/** What a layer needs of the model's states, by its own keys. */
function picked(names: Leaf["states"], states: Arrays): Arrays {
  const own: Record<string, Arrays[string]> = {};
  for (const [name, key] of names)
    if (states[name] !== undefined) own[key] = states[name]!;
  return own;
}

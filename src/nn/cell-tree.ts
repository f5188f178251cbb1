/**
 * The cells of a composition: what each is called, and where its parameters lie in the one vector of a model. The
 * same wherever the cells run.
 */
import type { ParameterRange } from "../runtime/kernel.js";
import { emptyRecord, own } from "../runtime/own.js";
import type { StatePort } from "./layers/cell-ports.js";
import { checkLayer } from "./given.js";
import { expectTensor } from "./snapshot.js";
import type { Snapshot, Tensor } from "./snapshot.js";

/** Anything that is made of layers. */
export interface Branch {
  readonly parts: Readonly<Record<string, Branch>>;
}

/** A layer with a cell in it. */
export interface CellBranch extends Branch {
  readonly cell: {
    readonly name: string;
    readonly layout: readonly ParameterRange[];
    readonly params: { readonly length: number };
  };
  readonly states: readonly StatePort[];
}

export interface Leaf<L extends CellBranch> {
  readonly name: string;
  readonly layer: L;
  /** Where its parameters lie in those of the model. */
  readonly from: number;
  readonly to: number;
  /** Names of its states in the model, and in the cell. */
  readonly states: readonly (readonly [name: string, key: string])[];
}

type Named<V> = Readonly<Record<string, V>>;

/** The tensors of a snapshot that fill parameters, checked. */
export type Fitting = readonly (readonly [ParameterRange, Tensor])[];

export class CellTree<L extends CellBranch> {
  /** In the order of their parameters. */
  readonly leaves: readonly Leaf<L>[];
  /** Of all parameters. */
  readonly length: number;
  /** Where each parameter lies: `rnn.W_i` with its shape. */
  readonly layout: readonly ParameterRange[];

  /** @param kind the class of the layers that have cells */
  constructor(root: Branch, kind: abstract new (...given: never[]) => L) {
    let length = 0;
    this.leaves = cellsOf(root, "", kind).map(([name, layer]) => {
      const from = length;
      length += layer.cell.params.length;
      const states = layer.states.map(
        ({ key }) => [joined(name, key), key] as const,
      );
      return { name, layer, from, to: length, states };
    });
    this.length = length;
    this.layout = this.leaves.flatMap(({ name, layer, from }) =>
      layer.cell.layout.map((range) => ({
        name: joined(name, range.name),
        offset: from + range.offset,
        shape: range.shape,
      })),
    );
  }

  /** That all of these are states of the model. */
  checkStates(states: Named<unknown>): void {
    const known = this.leaves.flatMap((leaf) =>
      leaf.states.map(([name]) => name),
    );
    for (const name in states)
      if (!known.includes(name))
        throw new TypeError(
          `the model has no state ${name}; it has: ${known.join(", ") || "none"}`,
        );
  }

  /** What one cell needs of the model's states, by its own keys. */
  picked<V>({ states: names }: Leaf<L>, states: Named<V>): Named<V> {
    const picked = emptyRecord<V>();
    for (const [name, key] of names) {
      const value = own(states, name);
      if (value !== undefined) picked[key] = value;
    }
    return picked;
  }

  /** What all cells have, by the names of the model. */
  collected<V>(of: (layer: L) => Named<V>): Record<string, V> {
    const all = emptyRecord<V>();
    for (const { layer, states } of this.leaves) {
      const values = of(layer);
      for (const [name, key] of states) {
        const value = own(values, key);
        if (value !== undefined) all[name] = value;
      }
    }
    return all;
  }

  /** A tensor for every parameter of the model. */
  fitting(tensors: Snapshot["tensors"]): Fitting {
    return fit("the model", this.layout, tensors);
  }

  /** A tensor for every parameter of one cell, by the cell's own names; places are those of the model. */
  fittingCell(layer: string, tensors: Snapshot["tensors"]): Fitting {
    const leaf = this.leaves.find(({ name }) => name === layer);
    if (!leaf)
      throw new Error(
        `the model has no cell ${layer}; it has: ${this.leaves.map(({ name }) => name).join(", ")}`,
      );
    const { layout, name: cell } = leaf.layer.cell;
    const what = layer === "" ? cell : `${layer} (${cell})`;
    return fit(what, layout, tensors).map(([range, tensor]) => [
      { ...range, offset: leaf.from + range.offset },
      tensor,
    ]);
  }
}

function fit(
  what: string,
  layout: readonly ParameterRange[],
  tensors: Snapshot["tensors"],
): Fitting {
  const names = layout.map(({ name }) => name);
  const unknown = Object.keys(tensors).find(
    (name) => !names.includes(name) && !tensors[name]!.optional,
  );
  if (unknown !== undefined)
    throw new Error(
      `${what} has no parameter ${unknown}; it has: ${names.join(", ")}`,
    );
  return layout.map((range) => [
    range,
    expectTensor(what, tensors, range.name, range.shape),
  ]);
}

const joined = (...names: readonly string[]): string =>
  names.filter((name) => name !== "").join(".");

/** All cells with their names. A cell that stands in two places has one set of parameters. */
function cellsOf<L extends CellBranch>(
  layer: Branch,
  name: string,
  kind: abstract new (...given: never[]) => L,
): (readonly [string, L])[] {
  checkLayer(layer, name || "the layer of a model");
  if (layer instanceof kind) return [[name, layer]];
  if ("cell" in layer)
    throw new TypeError(
      `${name || "the model"}: layers of cellc/nn and of cellc/nn/webgpu do not go together`,
    );
  const all = Object.entries(layer.parts).flatMap(([part, inner]) =>
    cellsOf(inner, joined(name, part), kind),
  );
  const cells = all.map(([, { cell }]) => cell);
  if (new Set(cells).size < cells.length)
    throw new TypeError(
      `${name || "the model"}: a loaded cell remembers one pass and cannot stand in two places; load it twice`,
    );
  return all;
}

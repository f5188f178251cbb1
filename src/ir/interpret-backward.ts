/**
 * The adjoint step over a sequence, from the last step to the first. The forward values of a step are
 * computed again from the remembered states.
 */
import { arrayOf } from "./data.js";
import type { CellCotangents, CellData, CellGradients } from "./data.js";
import { CompilerFault } from "./fault.js";
import { Domain } from "./graph.js";
import type { Node } from "./graph.js";
import { leavesOutEmpty } from "./program.js";
import type { AdjointProgram } from "./program.js";
import { evaluateSize, shapeSize } from "./size.js";
import type { Shape } from "./size.js";
import { CarriedState } from "./interpret-carried.js";
import { cellLeaves } from "./interpret-forward.js";
import type { Place } from "./interpret-forward.js";
import { lengthOf } from "./interpret-track.js";
import type { History } from "./interpret-track.js";
import {
  actionOf,
  allocate,
  copyFrom,
  evaluationOrder,
  run,
  valueOf,
} from "./interpret-values.js";
import type { Action, LeafLoader, Sizes } from "./interpret-values.js";

/** A running sum over steps (and entries). */
interface Sum {
  readonly into: Float64Array;
  readonly from: Float64Array;
}

/** An array of the result and the value that fills it. */
interface Gradient {
  readonly name: string;
  readonly size: number;
  readonly value: Float64Array | undefined;
}

/** Closures by when they run; the late ones need sums over steps. */
interface Stages {
  readonly once: readonly Action[];
  readonly perEntry: readonly Action[];
  readonly perStep: readonly Action[];
  readonly afterEntry: readonly Action[];
  readonly afterAll: readonly Action[];
}

interface Sums {
  readonly perStep: readonly Sum[];
  readonly perEntry: readonly Sum[];
  /** Those of `perStep` that begin anew with each entry. */
  readonly ofEntry: readonly Sum[];
}

interface Gradients {
  readonly inputs: readonly Gradient[];
  readonly context: readonly Gradient[];
  readonly params: readonly Gradient[];
}

export class BackwardPass {
  readonly #place: Place;
  readonly #carried: readonly CarriedState[];
  readonly #stages: Stages;
  readonly #sums: Sums;
  readonly #gradients: Gradients;
  readonly #leavesOutEmpty: boolean;
  #cotangents: CellCotangents = { outputs: {}, states: {} };

  /** `histories` are those of the forward pass over the same `place`. */
  constructor(
    adjoint: AdjointProgram,
    sizes: Sizes,
    place: Place,
    histories: ReadonlyMap<string, History>,
  ) {
    const { cell } = adjoint;
    const nodes = evaluationOrder(
      cell,
      [adjoint.carried, adjoint.inputs, adjoint.contexts, adjoint.params]
        .flat()
        .map(({ node }) => node),
    );
    const values = allocate(nodes, sizes);
    this.#place = place;
    this.#leavesOutEmpty = leavesOutEmpty(cell);
    this.#carried = cell.states
      .filter((state) => state.vocabulary === undefined)
      .map((state) => new CarriedState(state, adjoint, values, sizes));

    const load = this.#leaves(cellLeaves(place, histories));
    const late = lateNodes(nodes);
    const actions = (domain: Domain, isLate: boolean): Action[] =>
      nodes
        .filter(
          (node) =>
            node.domain === domain &&
            late.has(node) === isLate &&
            node.op !== "reduce",
        )
        .map((node) => actionOf(cell, node, values, sizes, load));
    this.#stages = {
      once: actions(Domain.static, false),
      perEntry: actions(Domain.context, false),
      perStep: actions(Domain.row, false),
      afterEntry: actions(Domain.context, true),
      afterAll: actions(Domain.static, true),
    };

    const sums = (from: Domain, to?: Domain): Sum[] =>
      nodes
        .filter(
          ({ op, args, domain }) =>
            op === "reduce" &&
            args[0]!.domain === from &&
            (to === undefined || domain === to),
        )
        .map((node) => ({
          into: valueOf(values, node),
          from: valueOf(values, node.args[0]!),
        }));
    this.#sums = {
      perStep: sums(Domain.row),
      perEntry: sums(Domain.context),
      ofEntry: sums(Domain.row, Domain.context),
    };

    const gradients = (
      declared: readonly { readonly name: string; readonly shape: Shape }[],
      computed: readonly { readonly name: string; readonly node: Node }[],
    ): Gradient[] =>
      declared.map(({ name, shape }) => {
        const node = computed.find((entry) => entry.name === name)?.node;
        return {
          name,
          size: evaluateSize(shapeSize(shape), sizes),
          value: node && valueOf(values, node),
        };
      });
    this.#gradients = {
      inputs: gradients(
        cell.inputs.filter((input) => input.vocabulary === undefined),
        adjoint.inputs,
      ),
      context: gradients(cell.contexts, adjoint.contexts),
      params: gradients(cell.params, adjoint.params),
    };
  }

  run(data: CellData, cotangents: CellCotangents): CellGradients {
    const { inputs, context, params } = this.#gradients;
    const found = {
      inputs: arrays(inputs, data.steps * data.batch),
      context: arrays(context, data.batch),
      params: arrays(params, 1),
    };
    this.#cotangents = cotangents;
    for (const state of this.#carried) state.begin(data, cotangents.states);
    run(this.#stages.once);
    [...this.#sums.perStep, ...this.#sums.perEntry].forEach(clear);
    for (let b = 0; b < data.batch; b++) {
      this.#runSteps(data, b, found.inputs);
      for (const state of this.#carried) state.sumInitial(data, b);
      if (this.#leavesOutEmpty && lengthOf(data, b) === 0) continue;
      run(this.#stages.afterEntry);
      this.#sums.perEntry.forEach(accumulate);
      keep(context, found.context, b);
    }
    run(this.#stages.afterAll);
    keep(params, found.params, 0);
    return {
      ...found,
      states: Object.fromEntries(
        this.#carried.flatMap((state) => state.initialGradients(data.batch)),
      ),
    };
  }

  #runSteps(
    data: CellData,
    entry: number,
    inputs: Readonly<Record<string, Float64Array>>,
  ): void {
    const place = this.#place;
    place.entry = entry;
    this.#sums.ofEntry.forEach(clear);
    run(this.#stages.perEntry);
    for (let t = lengthOf(data, entry) - 1; t >= 0; t--) {
      place.step = t;
      run(this.#stages.perStep);
      this.#sums.perStep.forEach(accumulate);
      for (const state of this.#carried) state.keep(t, entry);
      keep(this.#gradients.inputs, inputs, t * data.batch + entry);
    }
  }

  #leaves(load: LeafLoader): LeafLoader {
    const place = this.#place;
    return (node, out) => {
      const { name = "", lag = 1 } = node.attrs;
      const state = this.#carried.find((entry) => entry.name === name);
      switch (node.op) {
        case "seed":
          return () => {
            const given = arrayOf(this.#cotangents.outputs, name);
            const row = place.step * place.data.batch + place.entry;
            if (given) copyFrom(given, row * out.length, out);
            else out.fill(0);
          };
        case "carried":
          return state!.load(lag, place, out);
        case "initial":
          return () => out.set(state!.initial);
        default:
          return load(node, out);
      }
    };
  }
}

/** Values that exist only after the steps: sums over them, gradients of initial values, their users. */
function lateNodes(nodes: readonly Node[]): ReadonlySet<Node> {
  const late = new Set<Node>();
  for (const node of nodes) {
    if (
      node.op !== "reduce" &&
      node.op !== "initial" &&
      !node.args.some((arg) => late.has(arg))
    )
      continue;
    if (node.domain === Domain.row)
      throw new CompilerFault(
        "interpret",
        `%${node.id} (${node.op}) differs from step to step but depends on a sum over steps`,
      );
    late.add(node);
  }
  return late;
}

const accumulate = ({ into, from }: Sum): void => {
  for (let i = 0; i < into.length; i++) into[i]! += from[i]!;
};

const clear = ({ into }: Sum): void => {
  into.fill(0);
};

const arrays = (
  gradients: readonly Gradient[],
  rows: number,
): Record<string, Float64Array> =>
  Object.fromEntries(
    gradients.map(({ name, size }) => [name, new Float64Array(rows * size)]),
  );

function keep(
  gradients: readonly Gradient[],
  into: Readonly<Record<string, Float64Array>>,
  row: number,
): void {
  for (const { name, size, value } of gradients)
    if (value) into[name]!.set(value, row * size);
}

/** A cell over a sequence: static values once, context values once per entry, the rest step by step. */
import type { CellData, CellResult, NamedArrays } from "./data.js";
import { Domain } from "./graph.js";
import type { Node } from "./graph.js";
import type { CellProgram } from "./program.js";
import { lengthOf, Track } from "./interpret-track.js";
import type { History } from "./interpret-track.js";
import {
  actionOf,
  allocate,
  copyFrom,
  evaluationOrder,
  run,
  valueOf,
} from "./interpret-values.js";
import type { Action, LeafLoader, Sizes, Values } from "./interpret-values.js";

/** Where a run stands: what the leaves read. The loops move it along. */
export interface Place {
  data: CellData;
  step: number;
  entry: number;
}

/** Reads the caller's arrays and the remembered states. */
export function cellLeaves(
  place: Place,
  histories: ReadonlyMap<string, History>,
): LeafLoader {
  return (node, out) => {
    const { name = "", lag = 1 } = node.attrs;
    switch (node.op) {
      case "step":
        return () => void (out[0] = place.data.t0 + place.step);
      case "input":
        return () =>
          copyFrom(
            place.data.inputs[name]!,
            (place.step * place.data.batch + place.entry) * out.length,
            out,
          );
      case "context":
        return () =>
          copyFrom(place.data.context[name]!, place.entry * out.length, out);
      case "param":
        return () => copyFrom(place.data.params[name]!, 0, out);
      case "buffer":
        return () => copyFrom(place.data.buffers[name]!, 0, out);
      case "state": {
        const history = histories.get(name)!;
        return () =>
          copyFrom(
            history.rows,
            history.offset(place.step - lag, place.entry),
            out,
          );
      }
      default:
        throw new TypeError(`the leaf ${node.op} has no place in a cell`);
    }
  };
}

/** Everything that a run of the cell computes. */
export const cellRoots = (program: CellProgram): Node[] => [
  ...program.outputs.map((output) => output.node),
  ...program.states.flatMap(({ definition, initial }) =>
    initial ? [definition, initial] : [definition],
  ),
];

/** Closures in evaluation order, by how often they run. */
export interface Stages {
  readonly once: readonly Action[];
  readonly perEntry: readonly Action[];
  readonly perStep: readonly Action[];
}

/** What stands beside the closure of a node: replaces it, or does more. */
export type Decorator = (
  node: Node,
  action: Action,
  values: Values,
) => readonly Action[];

export class ForwardPass {
  readonly values: Values;
  readonly track: Track;
  readonly #place: Place;
  readonly #stages: Stages;
  readonly #tracks: readonly Track[];

  /** `decorate` may add to what a node does; `companion` is a second track that such additions fill. */
  constructor(
    program: CellProgram,
    sizes: Sizes,
    place: Place,
    decorate: Decorator = (_, action) => [action],
    companion?: (nodes: readonly Node[]) => Track,
  ) {
    const nodes = evaluationOrder(program, cellRoots(program));
    const values = allocate(nodes, sizes);
    this.values = values;
    this.#place = place;
    this.track = new Track(program, sizes, (node) => valueOf(values, node));
    this.#tracks = companion ? [this.track, companion(nodes)] : [this.track];
    const load = cellLeaves(place, this.track.histories);
    const actions = (domain: Domain): Action[] =>
      nodes
        .filter((node) => node.domain === domain)
        .flatMap((node) =>
          decorate(node, actionOf(program, node, values, sizes, load), values),
        );
    this.#stages = {
      once: actions(Domain.static),
      perEntry: actions(Domain.context),
      perStep: actions(Domain.row),
    };
  }

  /** `companionStates`: what the second track starts from. */
  run(data: CellData, companionStates: NamedArrays = {}): CellResult {
    const place = this.#place;
    place.data = data;
    run(this.#stages.once);
    this.#tracks.forEach((track, i) =>
      track.begin(data, data.states, i === 0 ? data.states : companionStates),
    );
    for (let b = 0; b < data.batch; b++) {
      place.entry = b;
      run(this.#stages.perEntry);
      const length = lengthOf(data, b);
      for (let t = 0; t < length; t++) {
        place.step = t;
        run(this.#stages.perStep);
        for (const track of this.#tracks) track.store(t, b, data.batch);
      }
    }
    return this.track.result(data);
  }
}

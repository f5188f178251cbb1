/**
 * The meaning of a cell: float64, node by node, step by step, batch entry by batch entry, by nothing but
 * the operations' own records. Everything that compiles cells is compared with it. It trades speed for
 * having as few ideas of its own as possible; what speed it has comes from turning the graph into
 * closures once.
 */
import { arrayOf } from "./data.js";
import type {
  CellCotangents,
  CellData,
  CellGradients,
  CellResult,
  Executor,
  NamedArrays,
} from "./data.js";
import type { AdjointProgram, CellProgram } from "./program.js";
import { stateKey } from "./program.js";
import { evaluateSize, shapeSize } from "./size.js";
import type { Shape } from "./size.js";
import { BackwardPass } from "./interpret-backward.js";
import { ForwardPass } from "./interpret-forward.js";
import type { Place } from "./interpret-forward.js";
import { PieceSignature } from "./interpret-pieces.js";
import { StopTape } from "./interpret-stops.js";
import type { StopMode } from "./interpret-stops.js";
import type { Sizes } from "./interpret-values.js";

export { hasKinks, stopsGradients } from "./interpret-pieces.js";
export type { StopMode } from "./interpret-stops.js";

export interface InterpreterOptions {
  /** Needed for `backward`. */
  readonly adjoint?: AdjointProgram;
  /** Compute `pieces` in each forward run. */
  readonly pieces?: boolean;
}

/** The machinery for one set of sizes. */
interface Machine {
  readonly sizes: Sizes;
  readonly forward: ForwardPass;
  readonly backward: BackwardPass | undefined;
}

export class Interpreter implements Executor {
  readonly name = "interpreter";
  readonly #program: CellProgram;
  readonly #options: InterpreterOptions;
  readonly #signature = new PieceSignature();
  readonly #stops = new StopTape();
  readonly #place: Place = {
    data: {
      sizes: {},
      steps: 0,
      batch: 0,
      t0: 0,
      params: {},
      buffers: {},
      inputs: {},
      context: {},
      states: {},
    },
    step: 0,
    entry: 0,
  };
  #machine: Machine | undefined;

  constructor(program: CellProgram, options: InterpreterOptions = {}) {
    this.#program = program;
    this.#options = options;
  }

  /** Throws a `RangeError` when an array of `data` is missing or too short. */
  forward(data: CellData, stops: StopMode = "follow"): CellResult {
    assertData(this.#program, data);
    this.#signature.reset();
    this.#stops.begin(stops);
    return this.#prepare(data.sizes).forward.run(data);
  }

  /** Throws a `TypeError` without an adjoint program or a forward run before. */
  backward(cotangents: CellCotangents): CellGradients {
    const backward = this.#machine?.backward;
    if (!backward)
      throw new TypeError(
        "backward needs the adjoint program and a forward run before it",
      );
    return backward.run(this.#place.data, cotangents);
  }

  /** Of the latest forward run: differs between runs on different smooth pieces. Needs the option. */
  get pieces(): number {
    return this.#signature.value;
  }

  #prepare(sizes: Sizes): Machine {
    const known = this.#machine;
    if (
      known &&
      this.#program.sizes.every((name) => known.sizes[name] === sizes[name])
    )
      return known;
    const forward = new ForwardPass(
      this.#program,
      sizes,
      this.#place,
      (node, action, values) => {
        if (node.op === "stop") return [this.#stops.actionOf(node, values)];
        const piece =
          this.#options.pieces && this.#signature.actionOf(node, values);
        return piece ? [action, piece] : [action];
      },
    );
    const { adjoint } = this.#options;
    this.#machine = {
      sizes: { ...sizes },
      forward,
      backward:
        adjoint &&
        new BackwardPass(adjoint, sizes, this.#place, forward.track.histories),
    };
    return this.#machine;
  }
}

/** Throws a `RangeError` that names the first array which does not fit. */
function assertData(program: CellProgram, data: CellData): void {
  const need = (
    kind: string,
    arrays: NamedArrays,
    name: string,
    shape: Shape,
    rows: number,
    optional = false,
  ): void => {
    const given = arrayOf(arrays, name)?.length;
    const wanted = rows * evaluateSize(shapeSize(shape), data.sizes);
    if (given === wanted || (optional && given === undefined)) return;
    throw new RangeError(
      `${kind} \`${name}\` needs ${wanted} numbers, ${given === undefined ? "none are" : `${given} are`} given`,
    );
  };
  const rows = data.steps * data.batch;
  for (const { name, shape } of program.params)
    need("parameter", data.params, name, shape, 1);
  for (const { name, shape, value } of program.buffers)
    if (!value) need("buffer", data.buffers, name, shape, 1);
  for (const { name, shape } of program.inputs)
    need("input", data.inputs, name, shape, rows);
  for (const { name, shape } of program.contexts)
    need("context", data.context, name, shape, data.batch);
  for (const { name, lag, shape } of program.states)
    for (let k = 1; k <= lag; k++)
      need("state", data.states, stateKey(name, k), shape, data.batch, true);
}

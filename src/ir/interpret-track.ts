/**
 * What a run over a sequence keeps: the last values of each state and the outputs of each step.
 *
 * The plain run has one track; forward-mode differentiation has a second one for the tangents, kept by
 * the same rules.
 */
import { arrayOf } from "./data.js";
import type { CellData, CellResult, NamedArrays } from "./data.js";
import type { Node } from "./graph.js";
import type { CellProgram } from "./program.js";
import { stateKey } from "./program.js";
import { evaluateSize, shapeSize } from "./size.js";
import { copyFrom } from "./interpret-values.js";
import type { Sizes } from "./interpret-values.js";

/**
 * Rows `[lag + T, B, size]` of one state: row 0 is the value `lag` steps before the first, row `lag + t`
 * that of step t.
 */
export class History {
  rows = new Float64Array(0);
  #batch = 0;

  constructor(
    readonly lag: number,
    readonly size: number,
  ) {}

  resize(steps: number, batch: number): void {
    const length = (this.lag + steps) * batch * this.size;
    if (this.rows.length !== length) this.rows = new Float64Array(length);
    this.#batch = batch;
  }

  /** Where the value of a step begins; the steps before the first are negative. */
  offset(step: number, entry: number): number {
    return ((step + this.lag) * this.#batch + entry) * this.size;
  }
}

/** Steps of an entry. */
export const lengthOf = (data: CellData, entry: number): number =>
  data.lengths ? data.lengths[entry]! : data.steps;

export class Track {
  readonly histories: ReadonlyMap<string, History>;
  readonly #program: CellProgram;
  readonly #sizes: Sizes;
  readonly #value: (node: Node) => Float64Array | undefined;
  #outputs: Record<string, Float64Array> = {};

  /** `value`: the array that holds a node's present value; none for a value that is zero throughout. */
  constructor(
    program: CellProgram,
    sizes: Sizes,
    value: (node: Node) => Float64Array | undefined,
  ) {
    this.#program = program;
    this.#sizes = sizes;
    this.#value = value;
    this.histories = new Map(
      program.states.map((state) => [
        state.name,
        new History(state.lag, evaluateSize(shapeSize(state.shape), sizes)),
      ]),
    );
  }

  /**
   * Makes room, and fills in the values before the first step: those of `states` for the keys that
   * `given` names, else the declaration's, else zero.
   */
  begin(data: CellData, given: NamedArrays, states: NamedArrays): void {
    for (const { name, lag, initial } of this.#program.states) {
      const history = this.histories.get(name)!;
      history.resize(data.steps, data.batch);
      const declared = initial && this.#value(initial);
      for (let k = 1; k <= lag; k++) {
        const key = stateKey(name, k);
        const start = history.offset(-k, 0);
        const length = data.batch * history.size;
        const values = arrayOf(states, key);
        const isGiven = arrayOf(given, key) !== undefined;
        if (isGiven && values)
          history.rows.set(values.subarray(0, length), start);
        else if (!isGiven && declared)
          for (let b = 0; b < data.batch; b++)
            history.rows.set(declared, history.offset(-k, b));
        else history.rows.fill(0, start, start + length);
      }
    }
    this.#outputs = Object.fromEntries(
      this.#program.outputs.map(({ name, shape }) => [
        name,
        new Float64Array(
          data.steps * data.batch * evaluateSize(shapeSize(shape), this.#sizes),
        ),
      ]),
    );
  }

  /** Keeps what the present step computed for an entry. */
  store(step: number, entry: number, batch: number): void {
    for (const { name, definition } of this.#program.states) {
      const history = this.histories.get(name)!;
      const at = history.offset(step, entry);
      const value = this.#value(definition);
      if (value) history.rows.set(value, at);
      else history.rows.fill(0, at, at + history.size);
    }
    for (const { name, node } of this.#program.outputs) {
      const value = this.#value(node);
      if (value)
        this.#outputs[name]!.set(value, (step * batch + entry) * value.length);
    }
  }

  /** Outputs, and the last values of the states as of each entry's own last step. */
  result(data: CellData): CellResult {
    const states: [key: string, values: Float64Array][] = [];
    for (const { name, lag } of this.#program.states) {
      const history = this.histories.get(name)!;
      for (let k = 1; k <= lag; k++) {
        const values = new Float64Array(data.batch * history.size);
        for (let b = 0; b < data.batch; b++)
          copyFrom(
            history.rows,
            history.offset(lengthOf(data, b) - k, b),
            values.subarray(b * history.size, (b + 1) * history.size),
          );
        states.push([stateKey(name, k), values]);
      }
    }
    return { outputs: this.#outputs, states: Object.fromEntries(states) };
  }
}

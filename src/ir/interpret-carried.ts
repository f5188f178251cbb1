/**
 * What an adjoint step sends back in time to one state.
 *
 * A table per lag, one row per step that computed it. The caller's cotangents of final states stand in
 * the rows past the end that no step computes: the final value `name@j` is that of step T − j, and that
 * step reads row T − j + L of the largest lag L. A row that step s computes for a step s − k before the
 * first is part of the gradient of an initial value.
 */
import { arrayOf } from "./data.js";
import type { CellData, NamedArrays } from "./data.js";
import type { AdjointProgram, StateDeclaration } from "./program.js";
import { stateKey } from "./program.js";
import { evaluateSize, shapeSize } from "./size.js";
import { History, lengthOf } from "./interpret-track.js";
import { copyFrom, valueOf } from "./interpret-values.js";
import type { Action, Sizes, Values } from "./interpret-values.js";

/** Rows of one lag, and the value that fills them. */
interface Lag {
  readonly lag: number;
  /** Row s stands where a history of the largest lag L has step s − L. */
  readonly table: History;
  /** Computed by the adjoint step; none where the step sends nothing back at this lag. */
  readonly value: Float64Array | undefined;
}

export class CarriedState {
  readonly name: string;
  /** Cotangent of the initial value that the cell itself gave, for the latest `sumInitial`. */
  readonly initial: Float64Array;
  readonly #largest: number;
  readonly #size: number;
  readonly #lags: readonly Lag[];

  constructor(
    state: StateDeclaration,
    adjoint: AdjointProgram,
    values: Values,
    sizes: Sizes,
  ) {
    this.name = state.name;
    this.#largest = state.lag;
    this.#size = evaluateSize(shapeSize(state.shape), sizes);
    this.initial = new Float64Array(this.#size);
    this.#lags = Array.from({ length: state.lag }, (_, i) => {
      const node = adjoint.carried.find(
        ({ name, lag }) => name === state.name && lag === i + 1,
      )?.node;
      return {
        lag: i + 1,
        table: new History(state.lag, this.#size),
        value: node && valueOf(values, node),
      };
    });
  }

  /** Empties the tables and puts the cotangents of final states where the last steps read them. */
  begin(data: CellData, finals: NamedArrays): void {
    for (const { table } of this.#lags) {
      table.resize(data.steps, data.batch);
      table.rows.fill(0);
    }
    const { table } = this.#lags.at(-1)!;
    for (const { lag } of this.#lags) {
      const given = arrayOf(finals, stateKey(this.name, lag));
      if (!given) continue;
      for (let b = 0; b < data.batch; b++)
        table.rows.set(
          given.subarray(b * this.#size, (b + 1) * this.#size),
          table.offset(lengthOf(data, b) - lag, b),
        );
    }
  }

  /** Reads what step t + lag sent back. */
  load(
    lag: number,
    place: { readonly step: number; readonly entry: number },
    out: Float64Array,
  ): Action {
    const { table } = this.#lags[lag - 1]!;
    const shift = lag - this.#largest;
    return () =>
      copyFrom(table.rows, table.offset(place.step + shift, place.entry), out);
  }

  /** Keeps what the present step sends back. */
  keep(step: number, entry: number): void {
    for (const { table, value } of this.#lags)
      if (value)
        table.rows.set(value, table.offset(step - this.#largest, entry));
  }

  /** Once an entry is done: what its initial values received, as far as the caller did not give them. */
  sumInitial(data: CellData, entry: number): void {
    this.initial.fill(0);
    for (const { lag } of this.#lags)
      if (!arrayOf(data.states, stateKey(this.name, lag)))
        this.#addInitial(lag, entry, this.initial, 0);
  }

  /** Once all is done: gradients of all initial values, whoever gave them. */
  initialGradients(batch: number): [key: string, values: Float64Array][] {
    return this.#lags.map(({ lag }) => {
      const values = new Float64Array(batch * this.#size);
      for (let b = 0; b < batch; b++)
        this.#addInitial(lag, b, values, b * this.#size);
      return [stateKey(this.name, lag), values];
    });
  }

  /** Adds the gradient of the value `k` steps before the first into `out`. */
  #addInitial(
    k: number,
    entry: number,
    out: Float64Array,
    start: number,
  ): void {
    for (const { lag, table } of this.#lags) {
      if (lag < k) continue;
      const at = table.offset(lag - k - this.#largest, entry);
      for (let i = 0; i < this.#size; i++)
        out[start + i]! += table.rows[at + i]!;
    }
  }
}

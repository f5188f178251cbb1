/** Checks of what a call on a loaded cell hands over, against the cell with its sizes bound. */
import {
  checkCount,
  checkLength,
  checkNames,
  checkNumbers,
  checkRecord,
  checkTokens,
  counted,
  lastStep,
  shown,
} from "./check.js";
import type { Entries } from "./check.js";
import type { Numbers } from "./info.js";
import { own } from "./own.js";
import type { BoundValue, CellPlan } from "./plan.js";

export type Given = Readonly<Partial<Record<string, Numbers>>>;

/** Axes in front of a value's own: `T` and `B`, or `B`, or none. */
type Leading = Readonly<Record<string, number>>;

/** Steps and batch entries. */
interface Rows extends Leading {
  readonly T: number;
  readonly B: number;
}

export class CallCheck {
  readonly #cell: string;
  /** States whose values are numbers: tokens have no cotangents. */
  readonly #floats: readonly BoundValue[];

  constructor(readonly plan: CellPlan) {
    this.#cell = plan.info.name;
    this.#floats = plan.states.filter(
      (state) => state.vocabulary === undefined,
    );
  }

  /** @param last the largest number of a step that the kernels know */
  firstStep(t0 = 0, steps: number, last: number): number {
    if (!Number.isInteger(t0) || t0 < 0)
      throw new RangeError(
        `${this.#cell}: t0 is ${shown(t0)}; it must be a whole number from 0 on`,
      );
    if (t0 > last - steps + 1)
      throw new RangeError(
        `${this.#cell}: t0 is ${t0}; with ${counted(steps, "step")} it must be at most ${last - steps + 1} here${last < lastStep.ts ? ' (the backend "ts" counts further)' : ""}`,
      );
    return t0;
  }

  batch(batch = 1): number {
    return checkCount(`${this.#cell}: batch`, batch);
  }

  /** T: as given, else from the length of the first input. */
  steps(inputs: Given, steps: number | undefined, batch: number): number {
    if (steps !== undefined) return checkCount(`${this.#cell}: steps`, steps);
    const first = this.plan.inputs[0];
    if (first === undefined)
      throw new TypeError(
        `${this.#cell} has no inputs; say how many steps it makes with \`steps\``,
      );
    checkRecord(`${this.#cell}: inputs`, inputs, this.plan.inputs);
    const array = own(inputs, first.name);
    if (array === undefined)
      throw this.#missing("input", first, `T, B=${batch}`);
    if (typeof array?.length !== "number")
      checkNumbers(this.#what("input", first.name), array);
    const row = batch * first.elements;
    const count = array.length / row;
    if (!Number.isInteger(count) || count < 1)
      throw new RangeError(
        `${this.#what("input", first.name)}: ${array.length} numbers are not a whole number of steps of ${spelled({ B: batch }, first.shape)}, which have ${row} each`,
      );
    return count;
  }

  /** @param lengths checked ones: tokens behind the end of a sequence may be anything */
  sequence(
    inputs: Given,
    context: Given,
    states: Given,
    rows: Rows,
    lengths?: Numbers,
  ): void {
    const { plan } = this;
    const entries = { batch: rows.B, lengths };
    this.arrays("input", inputs, plan.inputs, rows, false, entries);
    this.arrays("context", context, plan.context, { B: rows.B });
    this.states(states, rows.B);
  }

  states(states: Given, batch: number): void {
    this.arrays("state", states, this.plan.states, { B: batch }, true);
  }

  cotangents(outputs: Given, states: Given, rows: Rows): void {
    const kind = "cotangent of";
    const { B } = rows;
    this.arrays(`${kind} output`, outputs, this.plan.outputs, rows, true);
    this.arrays(`${kind} state`, states, this.#floats, { B }, true);
  }

  /** All arrays of a kind: names, lengths, and that tokens are tokens. Makes no text unless something is wrong. */
  arrays(
    kind: string,
    given: Given,
    values: readonly BoundValue[],
    leading: Leading,
    optional = false,
    entries?: Entries,
  ): void {
    checkRecord(`${this.#cell}: ${kind}`, given, values);
    for (const name in given)
      if (!values.some((value) => value.name === name))
        checkNames(
          `${this.#cell}: ${kind}`,
          [name],
          values.map((value) => value.name),
        );
    let rows = 1;
    for (const axis in leading) rows *= leading[axis]!;
    for (const value of values) {
      const array = own(given, value.name);
      if (array === undefined) {
        if (optional) continue;
        throw this.#missing(kind, value, axes(leading));
      }
      // The text is made where it is needed: calls with typed arrays of numbers make none.
      if (!isFloats(array)) checkNumbers(this.#what(kind, value.name), array);
      if (array.length !== rows * value.elements)
        checkLength(
          this.#what(kind, value.name),
          array,
          rows * value.elements,
          spelled(leading, value.shape),
        );
      if (value.vocabulary !== undefined)
        checkTokens(
          this.#what(kind, value.name),
          array,
          value.vocabulary,
          entries,
        );
    }
  }

  /** That every buffer was given, now or before. */
  buffers(given: ReadonlyMap<string, Numbers>): void {
    for (const value of this.plan.buffers)
      if (!given.has(value.name)) throw this.#missing("buffer", value, "");
  }

  #what(kind: string, name: string): string {
    return `${this.#cell}: ${kind} ${name}`;
  }

  #missing(kind: string, { name, shape }: BoundValue, leading: string): Error {
    const all = [leading, ...shape].filter((axis) => axis !== "");
    return new TypeError(
      `${this.#what(kind, name)} of shape [${all.join(", ")}] is missing`,
    );
  }
}

const isFloats = (array: unknown): boolean =>
  array instanceof Float32Array || array instanceof Float64Array;

const axes = (leading: Leading): string =>
  Object.entries(leading)
    .map(([axis, extent]) => `${axis}=${extent}`)
    .join(", ");

/** The shape with its leading axes, as messages spell it: `[T=5, B=2, 3]`. */
const spelled = (leading: Leading, shape: readonly number[]): string =>
  `[${[axes(leading), ...shape].filter((axis) => axis !== "").join(", ")}]`;

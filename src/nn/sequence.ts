/** What flows between layers: a batch of sequences as one array, and the scratch memory that layers keep for it. */
import type { Floats } from "../runtime/kernel.js";
import { checkArray, checkLengths, checkNumber, checkParts } from "./given.js";

/** Numbers, or tokens. */
export type Values = Floats | Int32Array;

export interface Sequence<V extends Values = Values> {
  /** `[T, B, width]`, time first. */
  readonly values: V;
  /** T */
  readonly steps: number;
  /** B */
  readonly batch: number;
  /** Numbers per step and batch entry; 1 for tokens. */
  readonly width: number;
  /** Steps of each batch entry; all T where it is missing. What lies behind them is padding. */
  readonly lengths?: Int32Array;
}

/** A batch of sequences over `values`, checked. @param lengths whole numbers from 0 to T, one for each entry */
export function sequence<V extends Values>(
  values: V,
  shape: { readonly batch: number; readonly width?: number },
  lengths?: ArrayLike<number>,
): Sequence<V> {
  checkParts("sequence(values, shape): the shape", shape, ["batch"]);
  const { batch, width = 1 } = shape;
  checkNumber("the batch", batch, { least: 1, whole: true });
  checkNumber("the width", width, { least: 1, whole: true });
  checkArray("the first argument of sequence", values, ", [T, B, width]");
  const steps = values.length / (batch * width);
  if (!Number.isInteger(steps) || steps < 1)
    throw new RangeError(
      `${values.length} numbers are not a whole number of steps of [B=${batch}, ${width}]`,
    );
  if (!lengths) return { values, steps, batch, width };
  checkLengths("the lengths", lengths, steps, batch);
  const counts =
    lengths instanceof Int32Array ? lengths : Int32Array.from(lengths);
  return { values, steps, batch, width, lengths: counts };
}

/** Steps that are not padding, over the whole batch. */
export function countSteps({ steps, batch, lengths }: Sequence): number {
  if (!lengths) return steps * batch;
  let count = 0;
  for (const length of lengths) count += length;
  return count;
}

/** Memory of a layer that grows when it has to and is used again otherwise. */
export class Scratch {
  #memory: Values = new Float32Array(0);
  #view: Values = this.#memory;

  /** `length` numbers of the kind of `like`, whatever was in them. */
  take<V extends Values>(like: V, length: number): V {
    const kind = like.constructor as new (length: number) => V;
    if (this.#memory.length < length || this.#memory.constructor !== kind)
      this.#memory = new kind(length);
    if (
      this.#view.length !== length ||
      this.#view.buffer !== this.#memory.buffer
    )
      this.#view = this.#memory.subarray(0, length);
    return this.#view as V;
  }
}

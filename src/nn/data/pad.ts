/** Sequences of different lengths side by side in one array. */
import { checkArray, checkNumber } from "../given.js";
import { sequence } from "../sequence.js";
import type { Sequence, Values } from "../sequence.js";

/**
 * `[T, B, width]` with T the longest of them, padded with zeros; each sequence is its `[steps, width]`. `lengths`
 * is left away where there is no padding.
 */
export function pad<V extends Values>(
  sequences: readonly V[],
  width = 1,
): Sequence<V> {
  const [first] = sequences;
  if (!first) throw new RangeError("a batch has at least one sequence");
  checkNumber("the width", width, { least: 1, whole: true });
  const kind = first.constructor as new (length: number) => V;
  sequences.forEach((one, i) => {
    checkArray(`sequence ${i}`, one);
    if (one.constructor !== kind)
      throw new TypeError(
        `sequence ${i} is a ${one.constructor.name}, and the first one a ${kind.name}: a batch is of one kind`,
      );
  });
  const lengths = Int32Array.from(sequences, (one) => one.length / width);
  const bad = sequences.findIndex((one) => one.length % width !== 0);
  if (bad >= 0)
    throw new RangeError(
      `sequence ${bad} has ${sequences[bad]!.length} numbers, which are not a whole number of steps of ${width}`,
    );
  const steps = lengths.reduce((most, length) => Math.max(most, length), 0);
  if (steps === 0)
    throw new RangeError("a batch has a sequence with at least one step");
  const batch = sequences.length;
  const values = new kind(steps * batch * width);
  sequences.forEach((one, b) => {
    for (let t = 0; t < lengths[b]!; t++)
      for (let i = 0; i < width; i++)
        values[(t * batch + b) * width + i] = one[t * width + i]!;
  });
  const padded = lengths.some((length) => length < steps);
  return sequence(values, { batch, width }, padded ? lengths : undefined);
}

/** The sequences of a batch, without their padding: what `pad` was given. */
export function unpad<V extends Values>(batch: Sequence<V>): V[] {
  const { values, steps, width, lengths } = batch;
  return Array.from({ length: batch.batch }, (_, b) => {
    const own = new (values.constructor as new (length: number) => V)(
      (lengths?.[b] ?? steps) * width,
    );
    for (let i = 0; i < own.length; i++) {
      const t = Math.floor(i / width);
      own[i] = values[(t * batch.batch + b) * width + (i % width)]!;
    }
    return own;
  });
}

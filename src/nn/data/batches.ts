/** Batches of sequences of like lengths, so that little of the work goes into padding. */
import type { Random } from "../random.js";

/**
 * Groups of at most `size` indices into `lengths`, longest sequences together. With `random` another division at
 * every call: lengths are compared after a disturbance of up to a tenth, and the order of the batches is drawn.
 */
export function batchesByLength(
  lengths: readonly number[],
  size: number,
  random?: Random,
): number[][] {
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`a batch of ${size} sequences cannot be made`);
  const key = lengths.map((length) =>
    random ? length * (1 + 0.1 * random.uniform()) : length,
  );
  const order = lengths.map((_, i) => i).sort((a, b) => key[a]! - key[b]!);
  const batches: number[][] = [];
  for (let from = 0; from < order.length; from += size)
    batches.push(order.slice(from, from + size));
  return random ? random.shuffle(batches) : batches;
}

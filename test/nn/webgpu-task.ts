/** What is trained in a page and on the host: which of five numbers is the largest. */
import { Random, sequence } from "cellc/nn";
import type { Sequence } from "cellc/nn";

const [T, B, width] = [6, 4, 5];
export const seed = 3;
export const rate = 0.02;
export const updates = 12;
export const sizes = {
  rnn: { M: width, N: 11 },
  logits: { M: 11, K: width },
  loss: { K: width },
};

export interface Batch {
  readonly inputs: Sequence<Float32Array>;
  readonly targets: Int32Array;
}

export function batches(count: number): Batch[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const values = new Float32Array(T * B * width);
    random.fillNormal(values, 1);
    const targets = Int32Array.from({ length: T * B }, (_, row) => {
      const step = values.subarray(row * width, (row + 1) * width);
      return step.indexOf(Math.max(...step));
    });
    const lengths = Int32Array.of(6, 3, 5, 1);
    return { inputs: sequence(values, { batch: B, width }, lengths), targets };
  });
}

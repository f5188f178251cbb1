/**
 * A running mean of the parameters (Polyak and Juditsky, 1992; here older ones count less and less). Noise on the weights
 * and small batches make the parameters wander; their mean predicts better than where they happen to stand.
 */
import type { Persistent, Snapshot } from "cellc/nn";

type Floats = Float32Array | Float64Array;

export class ParameterAverage implements Persistent {
  #mean: Floats | undefined;
  #updates = 0;

  /** @param keep what the mean keeps at each update, below 1; less in the beginning, so that the start is soon forgotten */
  constructor(readonly keep: number) {}

  /** After an update. */
  observe(params: Floats): void {
    const keep = Math.min(this.keep, this.#updates / (this.#updates + 10));
    const mean = (this.#mean ??= params.slice());
    for (let i = 0; i < mean.length; i++)
      mean[i] = keep * mean[i]! + (1 - keep) * params[i]!;
    this.#updates++;
  }

  /** Runs `judge` with the mean in `params`, and puts back what was there. */
  within<R>(params: Floats, judge: () => R): R {
    if (!this.#mean) return judge();
    const own = params.slice();
    params.set(this.#mean);
    const result = judge();
    params.set(own);
    return result;
  }

  save(): Snapshot {
    return {
      tensors: this.#mean
        ? {
            mean: { values: this.#mean.slice(), shape: [this.#mean.length] },
          }
        : {},
      numbers: { updates: this.#updates },
    };
  }

  restore({ tensors, numbers }: Snapshot): void {
    const updates = numbers["updates"];
    if (updates === undefined)
      throw new Error("the average: updates is missing");
    this.#mean = tensors["mean"]?.values.slice() as Floats | undefined;
    this.#updates = updates;
  }
}

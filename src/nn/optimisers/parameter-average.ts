import type { Floats } from "../../runtime/kernel.js";
import { optionalVector, vector } from "../snapshot.js";
import type { Persistent, Snapshot } from "../snapshot.js";
import { Averaging } from "./averaging.js";
import { checkItsParameters } from "./slots.js";

/**
 * A running mean of the parameters (Polyak and Juditsky, 1992; here older ones count less and less). Noise on the
 * weights and small batches make the parameters wander; their mean predicts better than where they happen to stand.
 */
export class ParameterAverage implements Persistent {
  readonly #averaging: Averaging;
  #mean: Floats | undefined;

  /** @param keep what the mean keeps at each update, below 1; less in the beginning */
  constructor(readonly keep: number) {
    this.#averaging = new Averaging(keep);
  }

  /** After an update. */
  observe(params: Floats): void {
    checkItsParameters("an average", this.#mean?.length, params.length);
    const mean = (this.#mean ??= params.slice());
    const keep = this.#averaging.next();
    for (let i = 0; i < mean.length; i++)
      mean[i] = keep * mean[i]! + (1 - keep) * params[i]!;
  }

  /** For a pass with `weights`; before the first update the parameters themselves. The next update changes it. */
  mean(params: Floats): Floats {
    return this.#mean ?? params;
  }

  save(): Snapshot {
    return {
      tensors: this.#mean ? { mean: vector(this.#mean) } : {},
      numbers: this.#averaging.save(),
    };
  }

  restore({ tensors, numbers }: Snapshot): void {
    const parameters = this.#mean?.length;
    const mean = optionalVector("an average", tensors, "mean", parameters);
    this.#averaging.restore(numbers, mean !== undefined);
    this.#mean = mean?.slice();
  }
}

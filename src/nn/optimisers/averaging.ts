/** What a running mean of the parameters keeps at each update; where it lies is another's matter. */
import { shown } from "../given.js";
import { expectCount } from "../snapshot.js";
import type { Snapshot } from "../snapshot.js";

export class Averaging {
  #updates = 0;

  constructor(readonly most: number) {
    if (typeof most !== "number" || !(most >= 0 && most < 1))
      throw new RangeError(
        `what an average keeps is ${shown(most)}; it must be in 0 ≤ keep < 1`,
      );
  }

  /** For the next update; less in the beginning, so that the start is soon forgotten. */
  next(): number {
    const keep = Math.min(this.most, this.#updates / (this.#updates + 10));
    this.#updates++;
    return keep;
  }

  save(): Snapshot["numbers"] {
    return { updates: this.#updates };
  }

  /** Throws where there is a mean and no updates, or the other way round. */
  restore(numbers: Snapshot["numbers"], known: boolean): void {
    const updates = expectCount("an average", numbers, "updates");
    if (known !== updates > 0)
      throw new Error(
        `an average: after ${updates} updates there is ${known ? "a" : "no"} mean`,
      );
    this.#updates = updates;
  }
}

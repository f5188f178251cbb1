/** Counts how long there was no better loss (early stopping: Prechelt, 1998); where parameters lie is another's matter. */
import { checkNumber } from "../given.js";
import { expectCount, expectNumber } from "../snapshot.js";
import type { Snapshot } from "../snapshot.js";

export class Patience {
  #best = Infinity;
  #since = 0;

  /** @param most so many values in a row that are no better end the training */
  constructor(readonly most: number) {
    checkNumber("the patience", most, { least: 1 });
  }

  get best(): number {
    return this.#best;
  }

  get stopped(): boolean {
    return this.#since >= this.most;
  }

  /** True where `loss` is the lowest so far; NaN never is. */
  observe(loss: number): boolean {
    const better = loss < this.#best;
    this.#since = better ? 0 : this.#since + 1;
    if (better) this.#best = loss;
    return better;
  }

  /** A snapshot holds finite numbers: the best loss is left out before there is one. */
  save(): Snapshot["numbers"] {
    const numbers = { since: this.#since };
    return this.#best < Infinity ? { ...numbers, best: this.#best } : numbers;
  }

  /** @param known whether there was a best loss */
  restore(numbers: Snapshot["numbers"], known: boolean): void {
    const since = expectCount("early stopping", numbers, "since");
    this.#best = known
      ? expectNumber("early stopping", numbers, "best")
      : Infinity;
    this.#since = since;
  }
}

/** How many steps were made, and the rate of the next one. */
import { checkNumber } from "../given.js";
import { expectNumber } from "../snapshot.js";
import type { Persistent, Snapshot } from "../snapshot.js";
import type { Schedule } from "./schedules.js";

export class Pace implements Persistent {
  readonly #rate: number | Schedule;
  #steps = 0;

  constructor(rate: number | Schedule) {
    if (typeof rate !== "function") checkNumber("the rate", rate);
    this.#rate = rate;
  }

  get steps(): number {
    return this.#steps;
  }

  /** The rate of the next step, which counts from here on. */
  next(): number {
    const rate = this.#rate;
    const now = typeof rate === "number" ? rate : rate(this.#steps);
    checkNumber(`the rate of the schedule at step ${this.#steps}`, now);
    this.#steps++;
    return now;
  }

  save(): Snapshot {
    return { tensors: {}, numbers: { steps: this.#steps } };
  }

  restore({ numbers }: Snapshot): void {
    this.#steps = expectNumber("the trainer", numbers, "steps");
  }
}

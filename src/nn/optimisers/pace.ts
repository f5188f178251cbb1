/** How many steps were made, and the rate of the next one. */
import { checkNumber } from "../given.js";
import { expectCount } from "../snapshot.js";
import type { Persistent, Snapshot } from "../snapshot.js";
import type { Schedule } from "./schedules.js";

export class Pace implements Persistent {
  readonly #rate: number | Schedule;
  #steps = 0;
  #skipped = 0;

  constructor(rate: number | Schedule) {
    if (typeof rate !== "function") checkNumber("the rate", rate);
    this.#rate = rate;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Steps without an update. */
  get skipped(): number {
    return this.#skipped;
  }

  /** The rate of the next step, which counts from here on. */
  next(): number {
    const rate = this.#rate;
    const now = typeof rate === "number" ? rate : rate(this.#steps);
    checkNumber(`the rate of the schedule at step ${this.#steps}`, now);
    this.#steps++;
    return now;
  }

  /** A step that makes no update. */
  skip(): number {
    this.#skipped++;
    return this.next();
  }

  /** So many of the latest steps were none. */
  leaveOut(steps: number): void {
    this.#steps -= steps;
  }

  save(): Snapshot {
    return {
      tensors: {},
      numbers: { steps: this.#steps, skipped: this.#skipped },
    };
  }

  restore({ numbers }: Snapshot): void {
    this.#steps = expectCount("the trainer", numbers, "steps");
    // Files of before have no such number.
    this.#skipped =
      "skipped" in numbers ? expectCount("the trainer", numbers, "skipped") : 0;
  }
}

/** States that go over from one piece of a stream to the next, in arrays of their own. */
import { emptyRecord } from "../runtime/own.js";
import type { States } from "./model.js";
import type { Random } from "./random.js";
import type { Values } from "./sequence.js";
import { vector } from "./snapshot.js";
import type { Persistent, Snapshot } from "./snapshot.js";

export class CarriedStates implements Persistent {
  #states = emptyRecord<Values>();

  /** For the next piece; nothing where a stream begins. */
  get current(): States {
    return this.#states;
  }

  /** Copies what `Model.finalStates` gave, so that other passes may come in between. */
  keep(states: States): void {
    for (const name in states) {
      const from = states[name]!;
      const to = this.#states[name];
      if (to && to.length === from.length) to.set(from);
      else this.#states[name] = from.slice();
    }
  }

  /** A new beginning. */
  clear(): void {
    this.#states = emptyRecord();
  }

  /**
   * Sets all states of some of the `batch` streams to zero, each stream with probability `chance`. A model that only ever
   * goes on comes to need a memory of the whole text; one that begins now and then also learns to begin.
   */
  forget(batch: number, chance: number, random: Random): void {
    for (let b = 0; b < batch; b++) {
      if (random.uniform() >= chance) continue;
      for (const values of Object.values(this.#states)) {
        const width = values.length / batch;
        values.fill(0, b * width, (b + 1) * width);
      }
    }
  }

  save(): Snapshot {
    const tensors = Object.entries(this.#states).map(
      ([name, values]) => [name, vector(values)] as const,
    );
    return { tensors: Object.fromEntries(tensors), numbers: {} };
  }

  restore({ tensors }: Snapshot): void {
    this.#states = emptyRecord();
    for (const [name, { values }] of Object.entries(tensors))
      this.#states[name] = values.slice();
  }
}

/** Updates of one flat vector of parameters from one flat gradient. */
import type { Floats } from "../../runtime/kernel.js";
import { checkNumber } from "../given.js";
import type { Persistent, Snapshot } from "../snapshot.js";
import type { Rule } from "./rules.js";
import { notItsParameters, readSlots, slotsSnapshot } from "./slots.js";

export interface Optimiser extends Persistent {
  /** Changes `params` in place. `grads` is not changed. */
  step(params: Floats, grads: Floats, rate: number): void;
}

/** Vectors as long as the parameters, made at the first step and saved with the number of steps. */
export abstract class SlottedOptimiser<
  N extends Readonly<Record<keyof N, number>>,
> implements Optimiser {
  readonly #rule: Rule<N>;
  #slots: readonly Floats[] = [];
  #steps = 0;

  constructor(rule: Rule<N>) {
    this.#rule = rule;
  }

  step(params: Floats, grads: Floats, rate: number): void {
    checkNumber("the rate of an optimiser", rate);
    const { slots } = this.#rule;
    if (this.#slots.length < slots.length)
      this.#slots = slots.map(() => params.slice().fill(0));
    if (this.#slots.some(({ length }) => length !== params.length))
      throw notItsParameters(this.#slots[0]!.length, params.length);
    this.#steps++;
    const numbers = this.#rule.numbers(rate, this.#steps);
    this.update(params, grads, this.#slots, numbers);
  }

  protected abstract update(
    params: Floats,
    grads: Floats,
    slots: readonly Floats[],
    numbers: N,
  ): void;

  save(): Snapshot {
    return slotsSnapshot(this.#rule.slots, this.#slots, this.#steps);
  }

  restore(snapshot: Snapshot): void {
    const { slots: names } = this.#rule;
    const parameters = this.#slots[0]?.length;
    const { steps, slots } = readSlots(names, snapshot, parameters);
    this.#steps = steps;
    this.#slots = slots.map((values) => values.slice());
  }
}

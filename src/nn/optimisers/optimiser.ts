/** Updates of one flat vector of parameters from one flat gradient. */
import type { Floats } from "../../runtime/kernel.js";
import { expectNumber, expectTensor, vector } from "../snapshot.js";
import type { Persistent, Snapshot } from "../snapshot.js";

export interface Optimiser extends Persistent {
  /** Changes `params` in place. `grads` is not changed. */
  step(params: Floats, grads: Floats, rate: number): void;
}

/** Vectors as long as the parameters, made at the first step and saved with the number of steps. */
export abstract class SlottedOptimiser implements Optimiser {
  readonly #names: readonly string[];
  #slots: readonly Floats[] = [];
  #steps = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  step(params: Floats, grads: Floats, rate: number): void {
    if (this.#slots.length < this.#names.length)
      this.#slots = this.#names.map(() => params.slice().fill(0));
    if (this.#slots.some(({ length }) => length !== params.length))
      throw new RangeError(
        `the optimiser belongs to ${this.#slots[0]!.length} parameters, and there are ${params.length}`,
      );
    this.#steps++;
    this.update(params, grads, rate, this.#slots, this.#steps);
  }

  /** @param step number of the step, from 1 on */
  protected abstract update(
    params: Floats,
    grads: Floats,
    rate: number,
    slots: readonly Floats[],
    step: number,
  ): void;

  save(): Snapshot {
    return {
      tensors: Object.fromEntries(
        this.#slots.map((slot, i) => [this.#names[i]!, vector(slot)]),
      ),
      numbers: { steps: this.#steps },
    };
  }

  restore({ tensors, numbers }: Snapshot): void {
    const steps = expectNumber("the optimiser", numbers, "steps");
    const slots =
      steps === 0
        ? []
        : this.#names.map((name) => {
            const length = tensors[name]?.values.length ?? 0;
            const { values } = expectTensor("the optimiser", tensors, name, [
              length,
            ]);
            return values.slice() as Floats;
          });
    this.#steps = steps;
    this.#slots = slots;
  }
}

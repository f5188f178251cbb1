import type { Floats } from "../../runtime/kernel.js";
import { expectNumber, vector } from "../snapshot.js";
import type { Persistent, Snapshot } from "../snapshot.js";

/** Remembers the parameters with the lowest loss on held-out data, and says when to stop (Prechelt, 1998). */
export class EarlyStopping implements Persistent {
  #best = Infinity;
  #params: Floats | undefined;
  #since = 0;

  /** @param patience so many values in a row that are no better end the training */
  constructor(readonly patience: number) {}

  /** The lowest loss so far. */
  get best(): number {
    return this.#best;
  }

  get stopped(): boolean {
    return this.#since >= this.patience;
  }

  /** True where `loss` is the lowest so far; NaN never is. */
  observe(loss: number, params: Floats): boolean {
    if (loss < this.#best) {
      this.#best = loss;
      this.#since = 0;
      if (this.#params) this.#params.set(params);
      else this.#params = params.slice();
      return true;
    }
    this.#since++;
    return false;
  }

  /** Puts the best parameters back. */
  recall(params: Floats): void {
    if (this.#params) params.set(this.#params);
  }

  save(): Snapshot {
    const numbers = { since: this.#since };
    return this.#params
      ? {
          tensors: { params: vector(this.#params) },
          numbers: { ...numbers, best: this.#best },
        }
      : { tensors: {}, numbers };
  }

  restore({ tensors, numbers }: Snapshot): void {
    const since = expectNumber("early stopping", numbers, "since");
    this.#best = tensors["params"]
      ? expectNumber("early stopping", numbers, "best")
      : Infinity;
    this.#params = tensors["params"]?.values.slice() as Floats | undefined;
    this.#since = since;
  }
}

import type { Floats } from "../../runtime/kernel.js";
import { optionalVector, vector } from "../snapshot.js";
import type { Persistent, Snapshot } from "../snapshot.js";
import { Patience } from "./patience.js";
import { checkItsParameters } from "./slots.js";

/** Remembers the parameters with the lowest loss on held-out data, and says when to stop. */
export class EarlyStopping implements Persistent {
  readonly #patience: Patience;
  #params: Floats | undefined;

  /** @param patience so many values in a row that are no better end the training */
  constructor(readonly patience: number) {
    this.#patience = new Patience(patience);
  }

  /** The lowest loss so far. */
  get best(): number {
    return this.#patience.best;
  }

  get stopped(): boolean {
    return this.#patience.stopped;
  }

  /** True where `loss` is the lowest so far; NaN never is. */
  observe(loss: number, params: Floats): boolean {
    const better = this.#patience.observe(loss);
    if (better) {
      if (this.#params) this.#params.set(params);
      else this.#params = params.slice();
    }
    return better;
  }

  /** Puts the best parameters back. */
  recall(params: Floats): void {
    checkItsParameters("early stopping", this.#params?.length, params.length);
    if (this.#params) params.set(this.#params);
  }

  save(): Snapshot {
    return {
      tensors: this.#params ? { params: vector(this.#params) } : {},
      numbers: this.#patience.save(),
    };
  }

  restore({ tensors, numbers }: Snapshot): void {
    const length = this.#params?.length;
    const params = optionalVector("early stopping", tensors, "params", length);
    this.#patience.restore(numbers, params !== undefined);
    this.#params = params?.slice();
  }
}

import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import { Patience } from "../../optimisers/patience.js";
import { checkItsParameters } from "../../optimisers/slots.js";
import { optionalVector, vector } from "../../snapshot.js";
import type { AsyncPersistent, Snapshot } from "../../snapshot.js";
import { Recording } from "../device/recording.js";
import { Kept } from "../kept.js";

/** Remembers, on the device, the parameters with the lowest loss on held-out data, and says when to stop. */
export class EarlyStopping implements AsyncPersistent {
  readonly #patience: Patience;
  readonly #params = new Kept("best parameters");

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
  observe(loss: number, params: GpuTensor): boolean {
    const better = this.#patience.observe(loss);
    if (better) {
      const work = new Recording(params.device);
      this.#params.copy(params, work);
      work.submit();
    }
    return better;
  }

  /** Puts the best parameters back. */
  recall(params: GpuTensor): void {
    if (this.#params.length === undefined) return;
    checkItsParameters("early stopping", this.#params.length, params.length);
    const work = new Recording(params.device);
    work.copy(this.#params.on(params.device, params.length), params);
    work.submit();
  }

  async save(): Promise<Snapshot> {
    const known = this.#params.length !== undefined;
    return {
      tensors: known ? { params: vector(await this.#params.read()) } : {},
      numbers: this.#patience.save(),
    };
  }

  restore({ tensors, numbers }: Snapshot): void {
    const { length } = this.#params;
    const params = optionalVector("early stopping", tensors, "params", length);
    this.#patience.restore(numbers, params !== undefined);
    if (params) this.#params.set(params);
    else this.#params.forget();
  }

  dispose(): void {
    this.#params.dispose();
  }
}

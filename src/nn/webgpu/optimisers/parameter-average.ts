import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import { Averaging } from "../../optimisers/averaging.js";
import { checkItsParameters } from "../../optimisers/slots.js";
import { optionalVector, vector } from "../../snapshot.js";
import type { AsyncPersistent, Snapshot } from "../../snapshot.js";
import { Operation } from "../device/operation.js";
import { Recording } from "../device/recording.js";
import { Kept } from "../kept.js";

/** A running mean of the parameters, on the device, as in `cellc/nn`. */
export class ParameterAverage implements AsyncPersistent {
  readonly #averaging: Averaging;
  readonly #mean = new Kept("mean of the parameters");
  readonly #operation = new Operation("average");

  /** @param keep what the mean keeps at each update, below 1; less in the beginning */
  constructor(readonly keep: number) {
    this.#averaging = new Averaging(keep);
  }

  /** After an update. */
  observe(params: GpuTensor): void {
    const { device, length } = params;
    checkItsParameters("an average", this.#mean.length, length);
    const work = new Recording(device);
    const keep = this.#averaging.next();
    // The first time, when nothing of the mean is kept, zeros stand there.
    const result = this.#mean.on(device, length);
    this.#operation.record(work, {
      count: length,
      arrays: { a: params, result },
      numbers: { keep, add: 1 - keep },
    });
    work.submit();
  }

  /** For a pass with `weights`; before the first update the parameters themselves. The next update changes it. */
  mean(params: GpuTensor): GpuTensor {
    if (this.#mean.length === undefined) return params;
    return this.#mean.on(params.device, params.length);
  }

  async save(): Promise<Snapshot> {
    const known = this.#mean.length !== undefined;
    return {
      tensors: known ? { mean: vector(await this.#mean.read()) } : {},
      numbers: this.#averaging.save(),
    };
  }

  restore({ tensors, numbers }: Snapshot): void {
    const parameters = this.#mean.length;
    const mean = optionalVector("an average", tensors, "mean", parameters);
    this.#averaging.restore(numbers, mean !== undefined);
    if (mean) this.#mean.set(mean);
    else this.#mean.forget();
  }

  dispose(): void {
    this.#mean.dispose();
    this.#operation.dispose();
  }
}

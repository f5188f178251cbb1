/** Bounds on a gradient that lies on a device; nothing is read. */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import { checkLimit } from "../../optimisers/clip.js";
import { found } from "../device/norm-kernels.js";
import { Norm } from "../device/norm.js";
import { Operation } from "../device/operation.js";
import { Recording } from "../device/recording.js";
import { part } from "../part.js";

/** Keeps the memory of its sums from call to call: one for each gradient that is clipped. */
export class Clipping {
  readonly #norm = new Norm();
  readonly #scale = new Operation("scale");
  readonly #clamp = new Operation("clamp");

  /**
   * Scales a gradient whose norm is above `limit` down to it (Pascanu, Mikolov, Bengio, 2013); gives the norm before,
   * `[1]`, valid until the next call. With `Infinity` only the norm is found. A gradient with something in it that is
   * no number, or infinite, stays as it is.
   */
  byNorm(grads: GpuTensor, limit: number): GpuTensor {
    return part(this.measure(grads, limit), found.norm, found.norm + 1);
  }

  /** The same, with all that is known of the norm, as `found` says. */
  measure(grads: GpuTensor, limit: number): GpuTensor {
    checkLimit("the largest norm", limit);
    const work = new Recording(grads.device);
    const factor = this.#norm.record(work, grads, limit);
    if (limit < Infinity)
      this.#scale.record(work, {
        count: grads.length,
        arrays: { factor, result: grads },
        numbers: {},
      });
    work.submit();
    return factor;
  }

  /** Cuts every number to −limit … limit; what is no number stays none. */
  byValue(grads: GpuTensor, limit: number): void {
    checkLimit("the largest value", limit);
    if (limit === Infinity) return;
    const work = new Recording(grads.device);
    this.#clamp.record(work, {
      count: grads.length,
      arrays: { result: grads },
      numbers: { limit },
    });
    work.submit();
  }

  dispose(): void {
    this.#norm.dispose();
    this.#scale.dispose();
    this.#clamp.dispose();
  }
}

/** Bounds on a gradient that lies on a device; nothing is read. */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import { Operation } from "../device/operation.js";
import { Recording } from "../device/recording.js";
import { Sum } from "../device/sum.js";
import { part } from "../part.js";

const largestFloat = 3.4e38;

/** Keeps the memory of its sums from call to call: one for each gradient that is clipped. */
export class Clipping {
  readonly #squares = new Sum("clip_scale", "norm of a gradient");
  readonly #scale = new Operation("scale");
  readonly #clamp = new Operation("clamp");

  /**
   * Scales a gradient whose norm is above `limit` down to it (Pascanu, Mikolov, Bengio, 2013); gives the norm before,
   * `[1]`, valid until the next call. With `Infinity` only the norm is found.
   */
  byNorm(grads: GpuTensor, limit: number): GpuTensor {
    const work = new Recording(grads.device);
    const found = this.#squares.record(work, grads, grads, {
      // WGSL need not know infinity.
      limit: Math.min(limit, largestFloat),
    });
    if (limit < Infinity)
      this.#scale.record(work, {
        count: grads.length,
        arrays: { factor: found, result: grads },
        numbers: {},
      });
    work.submit();
    return part(found, 0, 1);
  }

  /** Cuts every number to −limit … limit. */
  byValue(grads: GpuTensor, limit: number): void {
    const work = new Recording(grads.device);
    this.#clamp.record(work, {
      count: grads.length,
      arrays: { result: grads },
      numbers: { limit },
    });
    work.submit();
  }

  dispose(): void {
    this.#squares.dispose();
    this.#scale.dispose();
    this.#clamp.dispose();
  }
}

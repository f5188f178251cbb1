import { checkNumber } from "../../given.js";
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import type { Random } from "../../random.js";
import { Scratch } from "../../sequence.js";
import { Computed } from "../device/computed.js";
import { GpuMemory } from "../device/memory.js";
import { Recording } from "../device/recording.js";

const likeFloats = new Float32Array(0);

/** Normal noise on the weights of one pass (Graves, 2011); the host draws it, as in `cellc/nn`. */
export class WeightNoise {
  readonly #drawn = new Scratch();
  readonly #memory = new GpuMemory("noise");
  readonly #noisy = new Computed("add", "weights with noise");

  /** @param sd standard deviation of the noise */
  constructor(readonly sd: number) {
    checkNumber("the standard deviation of weight noise", sd);
  }

  /** The weights for one pass, for `Model.forward`. */
  around(params: GpuTensor, random: Random): GpuTensor {
    const { device, shape, length } = params;
    const drawn = this.#drawn.take(likeFloats, length);
    random.fillNormal(drawn, this.sd);
    const b = this.#memory.fill(device, shape, drawn);
    const work = new Recording(device);
    const noisy = this.#noisy.record(work, shape, { a: params, b }, {});
    work.submit();
    return noisy;
  }

  dispose(): void {
    this.#memory.dispose();
    this.#noisy.dispose();
  }
}

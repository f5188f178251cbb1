import { checkNumber } from "../given.js";
import type { Floats } from "../../runtime/kernel.js";
import type { Random } from "../random.js";
import { Scratch } from "../sequence.js";

/**
 * Practical Variational Inference for Neural Networks. Graves, 2011, section 5; as used in Chung et al., 2014: a
 * pass runs with weights to which fresh normal noise was added, its gradient moves the weights without the noise.
 */
export class WeightNoise {
  readonly #scratch = new Scratch();

  /** @param sd standard deviation of the noise */
  constructor(readonly sd: number) {
    checkNumber("the standard deviation of weight noise", sd);
  }

  /** The weights for one pass, for `Model.forward`. */
  around(params: Floats, random: Random): Floats {
    const noisy = this.#scratch.take(params, params.length);
    random.fillNormal(noisy, this.sd);
    for (let i = 0; i < params.length; i++) noisy[i]! += params[i]!;
    return noisy;
  }
}

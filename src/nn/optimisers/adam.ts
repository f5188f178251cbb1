import type { Floats } from "../../runtime/kernel.js";
import { SlottedOptimiser } from "./optimiser.js";

export interface AdamOptions {
  /** Default [0.9, 0.999]. */
  readonly betas?: readonly [mean: number, square: number];
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Adds this times the parameters to the gradient. Default 0. */
  readonly decay?: number;
}

/** Adam (Kingma and Ba, 2015), algorithm 1. */
export class Adam extends SlottedOptimiser {
  readonly #options: Required<AdamOptions>;

  constructor(options: AdamOptions = {}) {
    const { betas = [0.9, 0.999], epsilon = 1e-8, decay = 0 } = options;
    super(["mean", "square"]);
    this.#options = { betas, epsilon, decay };
  }

  protected update(
    params: Floats,
    grads: Floats,
    rate: number,
    [mean, square]: readonly Floats[],
    step: number,
  ): void {
    const { betas, epsilon, decay } = this.#options;
    const [keepMean, keepSquare] = betas;
    const size = rate / (1 - keepMean ** step);
    const unbias = 1 / Math.sqrt(1 - keepSquare ** step);
    for (let i = 0; i < params.length; i++) {
      const gradient = grads[i]! + decay * params[i]!;
      mean![i] = keepMean * mean![i]! + (1 - keepMean) * gradient;
      square![i] =
        keepSquare * square![i]! + (1 - keepSquare) * gradient * gradient;
      params[i]! -=
        (size * mean![i]!) / (Math.sqrt(square![i]!) * unbias + epsilon);
    }
  }
}

/** Adam with decoupled weight decay (Loshchilov and Hutter, 2019): θ ← θ − rate · decay · θ before the step. */
export class AdamW extends Adam {
  readonly #decoupled: number;

  /** @param options `decay` defaults to 0.01 */
  constructor(options: AdamOptions = {}) {
    const { decay = 0.01, ...rest } = options;
    super(rest);
    this.#decoupled = decay;
  }

  protected override update(
    params: Floats,
    grads: Floats,
    rate: number,
    slots: readonly Floats[],
    step: number,
  ): void {
    const keep = 1 - rate * this.#decoupled;
    for (let i = 0; i < params.length; i++) params[i]! *= keep;
    super.update(params, grads, rate, slots, step);
  }
}

import type { Floats } from "../../runtime/kernel.js";
import { SlottedOptimiser } from "./optimiser.js";
import { adamRule, adamWRule } from "./rules.js";
import type { AdamNumbers, AdamOptions } from "./rules.js";

abstract class AdamUpdate extends SlottedOptimiser<AdamNumbers> {
  protected update(
    params: Floats,
    grads: Floats,
    [mean, square]: readonly Floats[],
    numbers: AdamNumbers,
  ): void {
    const { keep, decay, size, unbias, epsilon } = numbers;
    const { keepMean, addMean, keepSquare, addSquare } = numbers;
    for (let i = 0; i < params.length; i++) {
      params[i]! *= keep;
      const gradient = grads[i]! + decay * params[i]!;
      mean![i] = keepMean * mean![i]! + addMean * gradient;
      square![i] = keepSquare * square![i]! + addSquare * gradient * gradient;
      params[i]! -=
        (size * mean![i]!) / (Math.sqrt(square![i]!) * unbias + epsilon);
    }
  }
}

/** Adam (Kingma and Ba, 2015), algorithm 1. */
export class Adam extends AdamUpdate {
  constructor(options: AdamOptions = {}) {
    super(adamRule(options));
  }
}

/** Adam with decoupled weight decay (Loshchilov and Hutter, 2019): θ ← θ − rate · decay · θ before the step. */
export class AdamW extends AdamUpdate {
  /** @param options `decay` defaults to 0.01 */
  constructor(options: AdamOptions = {}) {
    super(adamWRule(options));
  }
}

import type { Floats } from "../../runtime/kernel.js";
import { SlottedOptimiser } from "./optimiser.js";
import { rmsPropRule } from "./rules.js";
import type { RmsPropNumbers, RmsPropOptions } from "./rules.js";

/**
 * RMSProp (Tieleman and Hinton, 2012); centered with momentum it is that of Graves, Generating Sequences With
 * Recurrent Neural Networks, 2013, equations 38 to 41.
 */
export class RmsProp extends SlottedOptimiser<RmsPropNumbers> {
  constructor(options: RmsPropOptions = {}) {
    super(rmsPropRule(options));
  }

  protected update(
    params: Floats,
    grads: Floats,
    [square, velocity, mean]: readonly Floats[],
    { rate, keep, add, inside, outside, momentum }: RmsPropNumbers,
  ): void {
    for (let i = 0; i < params.length; i++) {
      const gradient = grads[i]!;
      const next = keep * square![i]! + add * gradient * gradient;
      square![i] = next;
      let variance = next;
      if (mean) {
        mean[i] = keep * mean[i]! + add * gradient;
        // Rounding may leave less than nothing.
        variance = Math.max(0, next - mean[i]! * mean[i]!);
      }
      const scaled = gradient / (Math.sqrt(variance + inside) + outside);
      velocity![i] = momentum * velocity![i]! + scaled;
      params[i]! -= rate * velocity![i]!;
    }
  }
}

import type { Floats } from "../../runtime/kernel.js";
import { SlottedOptimiser } from "./optimiser.js";

export interface RmsPropOptions {
  /** What the running means keep. Default 0.99; Graves (2013) has 0.95, Keras 0.9. */
  readonly decay?: number;
  /** Default 1e-8; Graves (2013) has 1e-4. */
  readonly epsilon?: number;
  /** Where epsilon is added: to the root (PyTorch), or under it (Graves, Keras). Default `outside`. */
  readonly place?: "inside" | "outside";
  /** Divide by the standard deviation in place of the root mean square (Graves, 2013). Default false. */
  readonly centered?: boolean;
  /** Default 0; Graves (2013) has 0.9. */
  readonly momentum?: number;
}

/**
 * RMSProp (Tieleman and Hinton, 2012); centered with momentum it is that of Graves, Generating Sequences With
 * Recurrent Neural Networks, 2013, equations 38 to 41.
 */
export class RmsProp extends SlottedOptimiser {
  readonly #options: Required<RmsPropOptions>;

  constructor(options: RmsPropOptions = {}) {
    const {
      decay = 0.99,
      epsilon = 1e-8,
      place = "outside",
      centered = false,
      momentum = 0,
    } = options;
    super(["square", "velocity", ...(centered ? ["mean"] : [])]);
    this.#options = { decay, epsilon, place, centered, momentum };
  }

  protected update(
    params: Floats,
    grads: Floats,
    rate: number,
    [square, velocity, mean]: readonly Floats[],
  ): void {
    const { decay, epsilon, place, momentum } = this.#options;
    const inside = place === "inside" ? epsilon : 0;
    const outside = epsilon - inside;
    for (let i = 0; i < params.length; i++) {
      const gradient = grads[i]!;
      const next = decay * square![i]! + (1 - decay) * gradient * gradient;
      square![i] = next;
      let variance = next;
      if (mean) {
        mean[i] = decay * mean[i]! + (1 - decay) * gradient;
        // Rounding may leave less than nothing.
        variance = Math.max(0, next - mean[i]! * mean[i]!);
      }
      const scaled = gradient / (Math.sqrt(variance + inside) + outside);
      velocity![i] = momentum * velocity![i]! + scaled;
      params[i]! -= rate * velocity![i]!;
    }
  }
}

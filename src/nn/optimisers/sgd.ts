import type { Floats } from "../../runtime/kernel.js";
import { SlottedOptimiser } from "./optimiser.js";

export interface SgdOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** Look ahead along the velocity. Default false. */
  readonly nesterov?: boolean;
  /** Adds this times the parameters to the gradient. Default 0. */
  readonly decay?: number;
}

/**
 * Gradient descent. With momentum, as PyTorch and Sutskever, Martens, Dahl, Hinton (2013) up to the place of the
 * rate: v ← momentum · v + g, θ ← θ − rate · v; with Nesterov's θ ← θ − rate · (g + momentum · v).
 */
export class Sgd extends SlottedOptimiser {
  readonly #options: Required<SgdOptions>;

  constructor(options: SgdOptions = {}) {
    const { momentum = 0, nesterov = false, decay = 0 } = options;
    super(momentum === 0 ? [] : ["velocity"]);
    this.#options = { momentum, nesterov, decay };
  }

  protected update(
    params: Floats,
    grads: Floats,
    rate: number,
    [velocity]: readonly Floats[],
  ): void {
    const { momentum, nesterov, decay } = this.#options;
    for (let i = 0; i < params.length; i++) {
      const gradient = grads[i]! + decay * params[i]!;
      let move = gradient;
      if (velocity) {
        const next = momentum * velocity[i]! + gradient;
        velocity[i] = next;
        move = nesterov ? gradient + momentum * next : next;
      }
      params[i]! -= rate * move;
    }
  }
}

import type { Floats } from "../../runtime/kernel.js";
import { SlottedOptimiser } from "./optimiser.js";
import { sgdRule } from "./rules.js";
import type { SgdNumbers, SgdOptions } from "./rules.js";

/**
 * Gradient descent. With momentum, as PyTorch and Sutskever, Martens, Dahl, Hinton (2013) up to the place of the
 * rate: v ← momentum · v + g, θ ← θ − rate · v; with Nesterov's θ ← θ − rate · (g + momentum · v).
 */
export class Sgd extends SlottedOptimiser<SgdNumbers> {
  constructor(options: SgdOptions = {}) {
    super(sgdRule(options));
  }

  protected update(
    params: Floats,
    grads: Floats,
    [velocity]: readonly Floats[],
    { rate, decay, momentum, nesterov }: SgdNumbers,
  ): void {
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

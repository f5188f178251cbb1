import { sgdRule } from "../../optimisers/rules.js";
import type { SgdNumbers, SgdOptions } from "../../optimisers/rules.js";
import { SlottedOptimiser } from "./optimiser.js";

/** Gradient descent, with momentum and Nesterov's as in `cellc/nn`. */
export class Sgd extends SlottedOptimiser<SgdNumbers> {
  constructor(options: SgdOptions = {}) {
    const rule = sgdRule(options);
    super(rule, rule.slots.length > 0 ? "sgd_velocity" : "sgd");
  }
}

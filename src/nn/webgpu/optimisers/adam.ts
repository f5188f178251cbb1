import { adamRule, adamWRule } from "../../optimisers/rules.js";
import type { AdamNumbers, AdamOptions } from "../../optimisers/rules.js";
import { SlottedOptimiser } from "./optimiser.js";

/** Adam (Kingma and Ba, 2015), algorithm 1. */
export class Adam extends SlottedOptimiser<AdamNumbers> {
  constructor(options: AdamOptions = {}) {
    super(adamRule(options), "adam");
  }
}

/** Adam with decoupled weight decay (Loshchilov and Hutter, 2019): θ ← θ − rate · decay · θ before the step. */
export class AdamW extends SlottedOptimiser<AdamNumbers> {
  /** @param options `decay` defaults to 0.01 */
  constructor(options: AdamOptions = {}) {
    super(adamWRule(options), "adam");
  }
}

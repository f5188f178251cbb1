import { rmsPropRule } from "../../optimisers/rules.js";
import type { RmsPropNumbers, RmsPropOptions } from "../../optimisers/rules.js";
import { SlottedOptimiser } from "./optimiser.js";

/** RMSProp (Tieleman and Hinton, 2012), or that of Graves (2013), as in `cellc/nn`. */
export class RmsProp extends SlottedOptimiser<RmsPropNumbers> {
  constructor(options: RmsPropOptions = {}) {
    const rule = rmsPropRule(options);
    const centered = rule.slots.includes("mean");
    super(rule, centered ? "rms_prop_centered" : "rms_prop");
  }
}

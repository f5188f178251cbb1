/**
 * The library of functions that kernels bring along. WGSL's own exp, tanh and so on have error bounds that
 * depend on the argument and may be NaN for large ones; these have the bounds of `ir/ops/elementwise/`.
 */
import { bits } from "./math/bits.js";
import { exponential } from "./math/exponential.js";
import { logarithm } from "./math/logarithm.js";
import { power } from "./math/power.js";
import type { WgslFunction } from "./math/text.js";
import { trigonometric } from "./math/trigonometric.js";

export const mathFunctions: Readonly<Record<string, WgslFunction>> = {
  ...bits,
  ...exponential,
  ...logarithm,
  ...power,
  ...trigonometric,
};

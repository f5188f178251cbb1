/** Elementary functions on four float32 lanes, as WAT, with their error bounds. */
import { exponential } from "./math/exponential.js";
import type { MathFunction } from "./math/lanes.js";
import { logarithm } from "./math/logarithm.js";
import { power } from "./math/power.js";
import { trigonometric } from "./math/trigonometric.js";

export type { MathFunction } from "./math/lanes.js";

/**
 * Each `wat` defines `$name`, from v128 to v128 (`pow` takes two), and what `uses` names must be defined
 * beside it.
 */
export const mathFunctions: Readonly<Record<string, MathFunction>> = {
  ...exponential,
  ...logarithm,
  ...trigonometric,
  ...power,
};

/**
 * Largest distance from the exact value in units of the last place of the result (denormal results: of the
 * smallest normal number's), over all float32 arguments: measured on a dense sample, rounded up. sin and cos
 * hold it up to |x| = 10⁸.
 */
export const mathUlp: Readonly<Record<string, number>> = {
  exp: 1,
  expm1: 2,
  tanh: 2,
  sigmoid: 2,
  erf: 1.5,
  log: 1,
  log1p: 1.75,
  softplus: 2,
  sin: 1.75,
  cos: 1.75,
  pow: 0.75,
};

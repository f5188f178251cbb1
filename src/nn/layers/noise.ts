/** Noise that a cell takes as a context or an input: masks while training, their expectation in use. */
import type { Floats } from "../../runtime/kernel.js";
import type { Random } from "../random.js";

/** `value` with probability `chance`, else 0; `rest` when the model is used. */
export interface Noise {
  readonly value: number;
  readonly chance: number;
  readonly rest: number;
}

export function checkRate(what: string, rate: number): number {
  if (!(rate >= 0 && rate < 1))
    throw new RangeError(`${what} is ${rate}; it must be in 0 ≤ rate < 1`);
  return rate;
}

/** Zero with probability `rate`, else 1 / (1 − rate), so that the mean is 1 (Srivastava et al., 2014, inverted). */
export const dropoutNoise = (rate: number): Noise => ({
  value: 1 / (1 - checkRate("the rate of dropout", rate)),
  chance: 1 - rate,
  rest: 1,
});

/** One with probability `rate`: keep what was; in use the rate itself (Krueger et al., 2017, section 3.2). */
export const zoneoutNoise = (rate: number): Noise => ({
  value: 1,
  chance: checkRate("the rate of zoneout", rate),
  rest: rate,
});

export function fillNoise(
  array: Floats,
  { value, chance, rest }: Noise,
  random: Random | undefined,
): void {
  if (!random) array.fill(rest);
  else
    for (let i = 0; i < array.length; i++)
      array[i] = random.uniform() < chance ? value : 0;
}

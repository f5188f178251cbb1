/** Noise that a cell takes as a context or an input: masks while training, their expectation in use. */
import { checkNumber, checkParts } from "../given.js";
import type { Floats } from "../../runtime/kernel.js";
import type { Random } from "../random.js";

/** `value` with probability `chance`, else 0; `rest` when the model is used. */
export interface Noise {
  readonly value: number;
  readonly chance: number;
  readonly rest: number;
}

export interface DropoutOptions {
  /** One mask for all steps of a sequence (Gal and Ghahramani, 2016). Default false. */
  readonly variational?: boolean;
}

function checkRate(what: string, rate: number): number {
  checkNumber(what, rate, { least: 0, below: 1 });
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

/** Where a token times a mask would be another token. */
export const noDropoutOfTokens = (): TypeError =>
  new TypeError(
    "Dropout gets tokens, which are no numbers to be scaled: put it behind the Embedding that reads them",
  );

/** That noise which somebody wrote down is one. */
export function checkNoise(what: string, noise: unknown): void {
  checkParts(what, noise, ["value", "chance", "rest"]);
  const { value, chance, rest } = noise as Noise;
  const any = { least: -Number.MAX_VALUE };
  checkNumber(`${what}: value`, value, any);
  checkNumber(`${what}: chance`, chance, { least: 0, most: 1 });
  checkNumber(`${what}: rest`, rest, any);
}

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

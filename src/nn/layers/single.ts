import { checkNumber } from "../given.js";

/** That there is one step only, which can be repeated. */
export function checkSingle(steps: number): void {
  if (steps !== 1)
    throw new RangeError(
      `only a single step can be repeated, and ${steps} come in`,
    );
}

/** That a step can be repeated so often. */
export const checkRepeats = (steps: number): void =>
  checkNumber("the steps of Repeat", steps, { least: 1, whole: true });

import { expect } from "vitest";

/** Every number within `tolerance` of the other, relative to numbers above 1, absolute below. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  let at = 0;
  for (let i = 0; i < actual.length; i++) {
    const gap = Object.is(actual[i], expected[i])
      ? 0
      : Math.abs(actual[i]! - expected[i]!) /
        Math.max(1, Math.abs(expected[i]!));
    // What is not a number is as far away as can be, whatever comes behind it.
    if (!(gap <= worst)) {
      worst = Number.isNaN(gap) ? Infinity : gap;
      at = i;
    }
  }
  expect(
    worst,
    `number ${at} is ${actual[at]}, not ${expected[at]}`,
  ).toBeLessThanOrEqual(tolerance);
}

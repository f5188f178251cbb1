import { describe, expect, it } from "vitest";
import { initialize, randomNumbers } from "../../src/runtime/initialize.js";
import type { InitializerInfo } from "../../src/runtime/index.js";

function draw(
  kind: InitializerInfo,
  shape: readonly number[],
  seed = "1",
): Float64Array {
  const array = new Float64Array(shape.reduce((a, b) => a * b, 1));
  initialize(array, shape, kind, randomNumbers(seed));
  return array;
}

const mean = (array: Float64Array): number =>
  array.reduce((sum, x) => sum + x, 0) / array.length;
const deviation = (array: Float64Array): number => {
  const middle = mean(array);
  return Math.sqrt(mean(array.map((x) => (x - middle) ** 2)));
};

describe("random numbers", () => {
  it("are even, and as independent as a small sample shows", () => {
    const next = randomNumbers("seed");
    const sample = Float64Array.from({ length: 20_000 }, next);
    expect(Math.min(...sample)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...sample)).toBeLessThan(1);
    // Standard errors: 0.289 / √20000 = 0.002 of the mean, 0.007 of the correlation; four of each.
    expect(mean(sample)).toBeCloseTo(0.5, 1);
    expect(Math.abs(mean(sample) - 0.5)).toBeLessThan(0.0082);
    const lagged = mean(
      sample.subarray(1).map((x, i) => (x - 0.5) * (sample[i]! - 0.5) * 12),
    );
    expect(Math.abs(lagged)).toBeLessThan(0.0283);
  });

  it("follow from the seed alone", () => {
    const glorot = { kind: "glorot" } as const;
    expect(draw(glorot, [3, 4], "a")).toEqual(draw(glorot, [3, 4], "a"));
    expect(draw(glorot, [3, 4], "a")).not.toEqual(draw(glorot, [3, 4], "b"));
  });

  it("stay what they are from version to version", () => {
    const next = randomNumbers("0/W");
    expect([next(), next(), next()]).toMatchInlineSnapshot(`
      [
        0.776034286711365,
        0.9186931073199958,
        0.9104021049570292,
      ]
    `);
  });
});

describe("starting values", () => {
  it("glorot: uniform within the square root of 6 over in plus out", () => {
    const limit = Math.sqrt(6 / 300);
    const array = draw({ kind: "glorot" }, [100, 200]);
    const largest = array.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(largest).toBeLessThanOrEqual(limit);
    expect(largest).toBeGreaterThan(0.999 * limit);
    // 1 / √3 of the limit; standard error of a deviation from 20000 numbers is below 0.5 %.
    expect(deviation(array) / (limit / Math.sqrt(3))).toBeCloseTo(1, 1);
  });

  it("he and normal: the deviation asked for", () => {
    expect(
      deviation(draw({ kind: "he" }, [200, 50])) / Math.sqrt(2 / 50),
    ).toBeCloseTo(1, 1);
    const normal = draw({ kind: "normal", mean: 3, sd: 0.5 }, [10_000]);
    expect(mean(normal)).toBeCloseTo(3, 1);
    expect(deviation(normal)).toBeCloseTo(0.5, 1);
    expect(normal.every(Number.isFinite)).toBe(true);
  });

  it("uniform and constant: as they say", () => {
    const uniform = draw({ kind: "uniform", from: -2, to: 5 }, [5000]);
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...uniform)).toBeLessThan(5);
    expect(mean(uniform)).toBeCloseTo(1.5, 0);
    expect(new Set(draw({ kind: "constant", value: 0.25 }, [7]))).toEqual(
      new Set([0.25]),
    );
  });

  it.each([
    [5, 5],
    [3, 7],
    [7, 3],
    [1, 4],
    [6, 1],
    [1, 1],
  ])("orthogonal: %i rows of %i", (rows, columns) => {
    const array = draw({ kind: "orthogonal" }, [rows, columns]);
    const short = Math.min(rows, columns);
    const at = (vector: number, i: number): number =>
      rows <= columns
        ? array[vector * columns + i]!
        : array[i * columns + vector]!;
    for (let a = 0; a < short; a++)
      for (let b = 0; b < short; b++) {
        let dot = 0;
        for (let i = 0; i < Math.max(rows, columns); i++)
          dot += at(a, i) * at(b, i);
        // Sums of at most 7 products of numbers below 1: a few units of rounding.
        expect(Math.abs(dot - (a === b ? 1 : 0))).toBeLessThan(1e-14);
      }
  });
});

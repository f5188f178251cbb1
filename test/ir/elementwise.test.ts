/** Walks the table of elementwise operations: edges, ranges, slopes, derivatives. */
import { describe, expect, it } from "vitest";
import { checkGradients } from "../../src/gradcheck/index.js";
import { elementwiseOps } from "../../src/ir/ops/elementwise/index.js";
import type { ElementwiseName } from "../../src/ir/ops/index.js";
import { erf } from "../../src/ir/ops/special.js";
import { differentiate } from "../../src/passes/differentiate.js";
import { M, N, ofParams } from "./cells.js";

const [inf, nan] = [Infinity, NaN];
const tiny = 5e-324;

/** Operands, then the result. An operation without a row does not compile. */
const pinned: Record<ElementwiseName, readonly (readonly number[])[]> = {
  neg: [
    [0, -0],
    [-0, 0],
    [inf, -inf],
    [nan, nan],
  ],
  add: [
    [-0, -0, -0],
    [0, -0, 0],
    [inf, -inf, nan],
    [1e308, 1e308, inf],
  ],
  sub: [
    [0, 0, 0],
    [-0, 0, -0],
    [inf, inf, nan],
    [1, tiny, 1],
  ],
  gap: [
    [0, -0, 0],
    [inf, inf, 0],
    [-inf, -inf, 0],
    [1, inf, -inf],
    [3, 1, 2],
    [nan, nan, nan],
  ],
  mul: [
    [0, -1, -0],
    [0, inf, nan],
    [1e200, 1e200, inf],
    [tiny, 0.5, 0],
  ],
  div: [
    [1, 0, inf],
    [1, -0, -inf],
    [0, 0, nan],
    [inf, inf, nan],
    [-1, inf, -0],
  ],
  pow: [
    [0, 0, 1],
    [nan, 0, 1],
    [-2, 3, -8],
    [-8, 1 / 3, nan],
    [0, -1, inf],
    [2, -inf, 0],
  ],
  min: [
    [0, -0, -0],
    [-inf, 3, -inf],
    [nan, 1, nan],
    [2, 2, 2],
  ],
  max: [
    [0, -0, 0],
    [inf, 3, inf],
    [1, nan, nan],
    [-2, -2, -2],
  ],
  lt: [
    [1, 2, 1],
    [2, 2, 0],
    [nan, 1, 0],
    [-0, 0, 0],
  ],
  le: [
    [2, 2, 1],
    [3, 2, 0],
    [nan, nan, 0],
    [0, -0, 1],
  ],
  gt: [
    [2, 1, 1],
    [2, 2, 0],
    [1, nan, 0],
    [inf, 1e308, 1],
  ],
  ge: [
    [2, 2, 1],
    [1, 2, 0],
    [nan, nan, 0],
    [-inf, -inf, 1],
  ],
  eq: [
    [0, -0, 1],
    [nan, nan, 0],
    [inf, inf, 1],
    [1, 2, 0],
  ],
  ne: [
    [0, -0, 0],
    [nan, nan, 1],
    [1, 2, 1],
  ],
  and: [
    [1, 1, 1],
    [1, 0, 0],
    [0, 0, 0],
    [-2, 0.5, 1],
    [1, -0, 0],
  ],
  or: [
    [0, 0, 0],
    [0, 1, 1],
    [-2, 0, 1],
    [-0, -0, 0],
  ],
  not: [
    [0, 1],
    [-0, 1],
    [1, 0],
    [0.5, 0],
  ],
  select: [
    [1, 2, nan, 2],
    [0, nan, 3, 3],
    [-0, 2, 3, 3],
    [0.1, inf, 3, inf],
  ],
  exp: [
    [0, 1],
    [-inf, 0],
    [inf, inf],
    [710, inf],
    [-746, 0],
    [nan, nan],
  ],
  expm1: [
    [0, 0],
    [-0, -0],
    [-inf, -1],
    [1e-20, 1e-20],
    [nan, nan],
  ],
  log: [
    [1, 0],
    [0, -inf],
    [-0, -inf],
    [-1, nan],
    [inf, inf],
  ],
  log1p: [
    [0, 0],
    [-0, -0],
    [-1, -inf],
    [-2, nan],
    [1e-20, 1e-20],
  ],
  tanh: [
    [0, 0],
    [-0, -0],
    [inf, 1],
    [-inf, -1],
    [1000, 1],
    [1e-20, 1e-20],
    [nan, nan],
  ],
  sigmoid: [
    [0, 0.5],
    [-0, 0.5],
    [inf, 1],
    [-inf, 0],
    [-1000, 0],
    [40, 1],
    [-745, tiny],
    [nan, nan],
  ],
  softplus: [
    [0, Math.LN2],
    [inf, inf],
    [-inf, 0],
    [1000, 1000],
    [-745, tiny],
    [nan, nan],
  ],
  sqrt: [
    [4, 2],
    [0, 0],
    [-0, -0],
    [-1, nan],
    [inf, inf],
  ],
  rsqrt: [
    [4, 0.5],
    [0, inf],
    [inf, 0],
    [-1, nan],
  ],
  abs: [
    [-0, 0],
    [-3, 3],
    [-inf, inf],
    [nan, nan],
  ],
  sign: [
    [3, 1],
    [-tiny, -1],
    [0, 0],
    [-0, -0],
    [nan, nan],
  ],
  floor: [
    [1.5, 1],
    [-0.5, -1],
    [-0, -0],
    [inf, inf],
    [nan, nan],
  ],
  sin: [
    [0, 0],
    [-0, -0],
    [inf, nan],
    [nan, nan],
  ],
  cos: [
    [0, 1],
    [-0, 1],
    [-inf, nan],
    [nan, nan],
  ],
  erf: [
    [0, 0],
    [-0, -0],
    [inf, 1],
    [-inf, -1],
    [7, 1],
    [-30, -1],
    [nan, nan],
  ],
};

/** Where operands must be positive; the others are taken between −2 and 2. */
const positive: Partial<Record<ElementwiseName, readonly number[]>> = {
  pow: [0],
  log: [0],
  log1p: [0],
  sqrt: [0],
  rsqrt: [0],
};

const names = Object.keys(elementwiseOps) as ElementwiseName[];

/** Points that no operation has a kink at. */
const grid = [-1.83, -1.21, -0.77, -0.31, 0.17, 0.62, 1.09, 1.94];

describe.each(names)("%s", (name) => {
  const record = elementwiseOps[name];

  it("has the pinned edges", () => {
    for (const row of pinned[name])
      expect(record.scalar(...row.slice(0, -1)), row.join(", ")).toBe(
        row.at(-1),
      );
  });

  it("stays in its range on its samples", () => {
    const [least, most] = record.range;
    expect(record.samples.length).toBeGreaterThan(20);
    for (const args of record.samples) {
      expect(args.length).toBe(record.arity);
      const result = record.scalar(...args);
      if (!Number.isNaN(result)) {
        expect(result).toBeGreaterThanOrEqual(least);
        expect(result).toBeLessThanOrEqual(most);
      }
    }
  });

  it("has slopes that agree with differences to 1e-9", () => {
    for (let shift = 0; shift < grid.length; shift++) {
      const args = Array.from({ length: record.arity }, (_, k) => {
        const value = grid[(shift + 3 * k) % grid.length]!;
        return positive[name]?.includes(k) ? Math.abs(value) : value;
      });
      const slopes = record.partials(args, record.scalar(...args));
      for (let k = 0; k < args.length; k++) {
        const at = (offset: number): number =>
          record.scalar(
            ...args.map((value, i) => (i === k ? value + offset : value)),
          );
        const h = 2e-4;
        const numeric =
          (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        expect(
          Math.abs(slopes[k]! - numeric) / Math.max(1, Math.abs(numeric)),
          `by operand ${k} at ${args.join(", ")}`,
        ).toBeLessThan(1e-9);
      }
    }
  });

  it.each([
    ["scalars", []],
    ["vectors", [N]],
    ["matrices", [N, M]],
  ])("sends back what forward mode finds: %s", (_, shape) => {
    const cell = ofParams(
      Array.from({ length: record.arity }, () => shape),
      [M, N],
      (b, ...params) =>
        b.make(
          name,
          params.map((param, k) =>
            positive[name]?.includes(k) ? b.exp(param) : param,
          ),
        ),
    );
    const report = checkGradients(cell, differentiate(cell), {
      sizes: { M: 3, N: 4 },
      steps: 2,
      batch: 2,
      exhaustive: true,
    });
    expect(report.ok, report.summary).toBe(true);
  });
});

it("erf has its published values to two units in the last place", () => {
  // NIST Digital Library of Mathematical Functions, table 7.1, and Wolfram's values to 16 digits.
  for (const [x, value] of [
    [1e-10, 1.1283791670955126e-10],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [3.5, 0.9999992569016276],
    [5, 0.9999999999984626],
  ] as const) {
    expect(Math.abs(erf(x) / value - 1)).toBeLessThanOrEqual(4.5e-16);
    expect(erf(-x)).toBe(-erf(x));
  }
});

it("shares the gradient where min and max meet, and has slope 0 at the kink of abs", () => {
  expect(elementwiseOps.max.partials([2, 2], 2)).toEqual([0.5, 0.5]);
  expect(elementwiseOps.min.partials([2, 2], 2)).toEqual([0.5, 0.5]);
  expect(elementwiseOps.abs.partials([0], 0)).toEqual([0]);
});

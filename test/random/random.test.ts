/**
 * Random valid cells: the kernels do what the interpreter does, and reverse mode agrees with forward mode. A failure prints
 * the smallest cell that shows it.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, makeExecutor } from "../../src/compile.js";
import { randomCell, randomSetting } from "./cells.js";
import { compareAll } from "./compare.js";
import type { Options } from "./compare.js";
import { differencesOf, singleCase } from "./single.js";

/** `RANDOM_CELLS=5000 RANDOM_SEED=7 npx vitest run test/random` for more than the suite has time for. */
const runs = Number(process.env["RANDOM_CELLS"] ?? 250);
const seed = Number(process.env["RANDOM_SEED"] ?? 2026);

const known = (source: string, options: Options): string => {
  const { sizes, steps, batch, lengths, empty } = options;
  return `${source}\n// ${JSON.stringify({ sizes, steps, batch, lengths, empty })}`;
};

test("kernels equal the interpreter, reverse mode equals forward mode", () => {
  fc.assert(
    fc.property(randomCell, randomSetting, (source, options) => {
      try {
        compareAll(source, options);
      } catch (error) {
        // fast-check shows the error of the smallest counterexample: the cell as text one can paste into a file.
        throw new Error(known(source, options), { cause: error });
      }
    }),
    { seed, numRuns: runs },
  );
}, 1_200_000);

test("kernels in float32 do as well as float32 can", async () => {
  await fc.assert(
    fc.asyncProperty(randomCell, randomSetting, async (source, options) => {
      const cell = compile(source).cells[0]!;
      const found = await differencesOf(
        makeExecutor(cell, "f32"),
        singleCase(cell, options),
      );
      expect(found, known(source, options)).toEqual([]);
    }),
    { seed, numRuns: runs },
  );
}, 1_200_000);

describe("cells that once went wrong", () => {
  test.each([
    ["a scalar parameter in a loop", "param p: []  h = tanh(p * h[t-1])"],
    [
      "a value named as a function of the kernels",
      "param g: [N]  rsqrt = rms_norm(h[t-1], g)  h = tanh(rsqrt)",
    ],
    [
      "a cotangent that is sent back and read at the same step",
      "state m: []  param w: [N]  m = dot(w, h[t-1]) + m[t-1]  h = tanh(m * h[t-1])",
    ],
    [
      "the least of what is computed again",
      "param p: [N]  h = tanh(min_of(p * h[t-1]) * p + h[t-1])",
    ],
    [
      "a condition that compares with the largest",
      "param p: [N]  q = p * h[t-1]  h = tanh(where(q == max_of(q), q, p))",
    ],
    ["the direction of what may be zero", "h = normalize(h[t-1])"],
  ])("%s", async (_, items) => {
    for (const lengths of [false, true]) {
      const source = `cell Found { state h: [N]  ${items}  output h }`;
      const options = { sizes: { N: 3 }, steps: 4, batch: 3, lengths };
      compareAll(source, options);
      const cell = compile(source).cells[0]!;
      expect(
        await differencesOf(
          makeExecutor(cell, "f32"),
          singleCase(cell, options),
        ),
      ).toEqual([]);
    }
  });
});

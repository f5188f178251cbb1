/**
 * Random valid cells: the kernels do what the interpreter does, and reverse mode agrees with forward mode. A failure prints
 * the smallest cell that shows it.
 */
import fc from "fast-check";
import { describe, test } from "vitest";
import { randomCell } from "./cells.js";
import { compareAll } from "./compare.js";

/** `RANDOM_CELLS=5000 RANDOM_SEED=7 npx vitest run test/random` for more than the suite has time for. */
const runs = Number(process.env["RANDOM_CELLS"] ?? 250);
const seed = Number(process.env["RANDOM_SEED"] ?? 2026);

const size = fc.constantFrom(1, 2, 3, 5);
const setting = fc.record({
  sizes: fc.record({ M: size, N: size, S: size }),
  steps: fc.integer({ min: 1, max: 4 }),
  batch: fc.integer({ min: 1, max: 3 }),
  lengths: fc.boolean(),
});

test("kernels equal the interpreter, reverse mode equals forward mode", () => {
  fc.assert(
    fc.property(randomCell, setting, (source, options) => {
      try {
        compareAll(source, options);
      } catch (error) {
        // fast-check shows the error of the smallest counterexample: the cell as text one can paste into a file.
        const { sizes, steps, batch } = options;
        throw new Error(
          `${source}\n// sizes ${JSON.stringify(sizes)}, ${steps} steps, batch ${batch}`,
          { cause: error },
        );
      }
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
  ])("%s", (_, items) => {
    for (const lengths of [false, true])
      compareAll(`cell Found { state h: [N]  ${items}  output h }`, {
        sizes: { N: 3 },
        steps: 4,
        batch: 3,
        lengths,
      });
  });
});

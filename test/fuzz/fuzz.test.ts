/** A fixed part of what `npm run fuzz` does at length: whatever comes in, diagnostics or kernels come out. */
import { expect, test } from "vitest";
import { fuzzInput } from "../../bench/src/fuzz/inputs.js";
import { compile } from "../../src/compile.js";
import { specFiles, specText } from "../specs/library.js";

const seed = 1;
const inputs = 400;
/** Far above what the slowest takes, far below what a hang is. */
const limit = 5000;

const specs = specFiles.map(specText);

test(`${inputs} inputs of seed ${seed} end in diagnostics or kernels`, () => {
  for (let index = 0; index < inputs; index++) {
    const text = fuzzInput(seed, index, specs);
    const start = performance.now();
    const { cells, diagnostics } = compile(text);
    const ms = performance.now() - start;
    expect(ms, `input ${index}`).toBeLessThan(limit);
    const code = text.replaceAll(/\/\/.*/g, "");
    expect(
      cells.length > 0 || diagnostics.length > 0 || !/\bcell\b/.test(code),
      `input ${index} gives nothing`,
    ).toBe(true);
  }
}, 120_000);

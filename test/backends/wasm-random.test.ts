/** Random valid cells: WebAssembly kernels do as well as float32 can. A failure prints the smallest cell. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadAssembler } from "../../src/backends/wasm/index.js";
import { compile, makeWasmExecutor } from "../../src/compile.js";
import { randomCell, randomSetting } from "../random/cells.js";
import { differencesOf, singleCase } from "../random/single.js";

/** Each run assembles a module: fewer than of the cells that run in process alone. */
const runs = Number(process.env["RANDOM_CELLS"] ?? 60);
const seed = Number(process.env["RANDOM_SEED"] ?? 2026);

test("kernels equal the interpreter", async () => {
  const assembler = await loadAssembler();
  await fc.assert(
    fc.asyncProperty(randomCell, randomSetting, async (source, options) => {
      const cell = compile(source).cells[0]!;
      const found = await differencesOf(
        makeWasmExecutor(cell, assembler),
        singleCase(cell, options),
      );
      expect(found, `${source} with ${JSON.stringify(options)}`).toEqual([]);
    }),
    { seed, numRuns: runs },
  );
}, 600_000);

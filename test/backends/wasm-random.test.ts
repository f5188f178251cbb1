/** Random valid cells: WebAssembly kernels do what the interpreter does. A failure prints the smallest cell. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadAssembler } from "../../src/backends/wasm/index.js";
import { compile, makeWasmExecutor } from "../../src/compile.js";
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import type { Executor, NamedArrays } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { randomCell } from "../random/cells.js";
import { relativeDifference } from "../specs/settings.js";

/** Each run assembles a module: fewer than of the cells that run in process alone. */
const runs = Number(process.env["RANDOM_CELLS"] ?? 60);
const seed = Number(process.env["RANDOM_SEED"] ?? 2026);

/** Float32, which a random cell may enlarge a thousand times. */
const tolerance = 1e-3;
const floor = 1e-2;

const size = fc.constantFrom(1, 2, 3, 5, 8);
const setting = fc.record({
  sizes: fc.record({ M: size, N: size, S: size }),
  steps: fc.integer({ min: 1, max: 4 }),
  batch: fc.integer({ min: 1, max: 3 }),
  lengths: fc.boolean(),
});

test("kernels equal the interpreter", async () => {
  const assembler = await loadAssembler();
  fc.assert(
    fc.property(randomCell, setting, (source, options) => {
      const cell = compile(source).cells[0]!;
      const { program, adjoint } = cell;
      const data = randomData(program, options.sizes, {
        ...options,
        seed: 3,
        withoutStates: options.lengths ? ["h"] : [],
      });
      const cotangents = randomCotangents(program, data, 4);
      const run = (executor: Executor): NamedArrays[] => {
        const { outputs, states } = executor.forward(data);
        const gradients = executor.backward(cotangents);
        const { params, inputs, context } = gradients;
        return [outputs, states, params, inputs, context, gradients.states];
      };
      const expected = run(new Interpreter(program, { adjoint }));
      const actual = run(makeWasmExecutor(cell, assembler));
      expected.forEach((arrays, i) => {
        for (const [name, values] of Object.entries(arrays))
          expect(
            relativeDifference(actual[i]![name]!, values, floor),
            `${name} of ${source} with ${JSON.stringify(options)}`,
          ).toBeLessThanOrEqual(tolerance);
      });
    }),
    { seed, numRuns: runs },
  );
}, 600_000);

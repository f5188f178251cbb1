/** Random valid cells: WGSL kernels do what the interpreter does. A failure prints the smallest cell. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AsyncExecutor } from "../../src/backends/gpu-executor.js";
import { compile, makeGpuExecutor } from "../../src/compile.js";
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import type { Executor, NamedArrays } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { randomCell } from "../random/cells.js";
import { relativeDifference } from "../specs/settings.js";
import { describeWebgpu } from "../webgpu/support.js";
import { openTestDevice } from "./gpu.js";
import type { TestDevice } from "./gpu.js";

/** Each run makes a dozen pipelines: few, unless asked for. */
const runs = Number(process.env["RANDOM_CELLS"] ?? 8);
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
  regime: fc.constantFrom("steps", "loop"),
});

describeWebgpu("random cells in WGSL", () => {
  let gpu: TestDevice;
  beforeAll(async () => {
    gpu = await openTestDevice();
  });
  afterAll(() => gpu.device.destroy());

  test("kernels equal the interpreter", async () => {
    await fc.assert(
      fc.asyncProperty(randomCell, setting, async (source, options) => {
        const cell = compile(source).cells[0]!;
        const { program, adjoint } = cell;
        const data = randomData(program, options.sizes, {
          ...options,
          seed: 3,
          withoutStates: options.lengths ? ["h"] : [],
        });
        const cotangents = randomCotangents(program, data, 4);
        const run = async (
          executor: Executor | AsyncExecutor,
        ): Promise<NamedArrays[]> => {
          const { outputs, states } = await executor.forward(data);
          const gradients = await executor.backward(cotangents);
          const { params, inputs, context } = gradients;
          return [outputs, states, params, inputs, context, gradients.states];
        };
        const expected = await run(new Interpreter(program, { adjoint }));
        const kernels = makeGpuExecutor(cell, gpu.device, options.regime);
        const actual = await run(kernels);
        kernels.dispose();
        expect(gpu.problems).toEqual([]);
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
});

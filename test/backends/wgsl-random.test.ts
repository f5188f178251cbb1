/** Random valid cells: WGSL kernels do what the interpreter does. A failure prints the smallest cell. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compile, makeGpuExecutor } from "../../src/compile.js";
import { randomCell, randomSetting } from "../random/cells.js";
import { differencesOf, singleCase } from "../random/single.js";
import { describeWebgpu } from "../webgpu/support.js";
import { openTestDevice } from "./gpu.js";
import type { TestDevice } from "./gpu.js";

/** Each run makes a dozen pipelines: few, unless asked for. */
const runs = Number(process.env["RANDOM_CELLS"] ?? 8);
const seed = Number(process.env["RANDOM_SEED"] ?? 2026);

describeWebgpu("random cells in WGSL", () => {
  let gpu: TestDevice;
  beforeAll(async () => {
    gpu = await openTestDevice();
  });
  afterAll(() => gpu.device.destroy());

  test("kernels equal the interpreter", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomCell,
        randomSetting,
        fc.constantFrom("steps", "loop"),
        async (source, options, regime) => {
          const cell = compile(source).cells[0]!;
          const kernels = makeGpuExecutor(cell, gpu.device, regime);
          const found = await differencesOf(kernels, singleCase(cell, options));
          kernels.dispose();
          expect(gpu.problems).toEqual([]);
          expect(
            found,
            `${regime} ${source} with ${JSON.stringify(options)}`,
          ).toEqual([]);
        },
      ),
      { seed, numRuns: runs },
    );
  }, 600_000);
});

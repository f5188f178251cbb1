/** WebGPU kernels of every cell of the library against the interpreter, values and gradients, in each regime. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeGpuExecutor } from "../../src/compile.js";
import type { GpuExecutor } from "../../src/backends/gpu-executor.js";
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import type { CellGradients, CellResult } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { findDevice } from "../../src/runtime/webgpu/device.js";
import { library } from "../specs/library.js";
import { relativeDifference, settings } from "../specs/settings.js";

/** Float32 has 6e-8; sequences and sums make it more, a wrong formula far more. */
const tolerance = 1e-4;

/** Numbers that are smaller than this are compared absolutely. */
const floor = 1e-2;

/**
 * A row of one or two numbers is constant once it is normalised: what is left is the rounding of its numbers,
 * enlarged by 1 / √1e-5.
 */
const normalises = /LayerNorm|FastWeights/;

let device: GPUDevice;
const problems: string[] = [];
beforeAll(async () => {
  ({ device } = await findDevice());
  device.addEventListener("uncapturederror", (event) =>
    problems.push((event as GPUUncapturedErrorEvent).error.message),
  );
});
afterAll(() => device?.destroy());

const flat = (
  result: CellResult | CellGradients,
  prefix = "",
): [string, Float64Array][] =>
  Object.entries(result).flatMap(([kind, arrays]) =>
    Object.entries(arrays as Readonly<Record<string, Float64Array>>).map(
      ([name, values]): [string, Float64Array] => [
        `${prefix}${kind} ${name}`,
        values.slice(),
      ],
    ),
  );

describe.each([...library().values()])("$name", (cell) => {
  const { program, adjoint } = cell;
  const interpreter = new Interpreter(program, { adjoint });

  describe.each(["steps", "loop"] as const)("regime %s", (regime) => {
    let kernels: GpuExecutor;
    beforeAll(() => {
      kernels = makeGpuExecutor(cell, device, regime);
    });
    afterAll(() => kernels.dispose());

    test.each(settings)("$title", async (setting) => {
      const sizes = setting.sizes(program);
      const few = Object.values(sizes).some((size) => size <= 2);
      const own = normalises.test(program.name) && few ? 300 : floor;
      for (const withoutStates of [
        [],
        program.states.map(({ name }) => name),
      ]) {
        const data = {
          ...randomData(program, sizes, {
            ...setting,
            seed: 11,
            withoutStates,
          }),
          t0: 2,
        };
        const cotangents = randomCotangents(program, data, 12);
        const actual = new Map([
          ...flat(await kernels.forward(data)),
          ...flat(await kernels.backward(cotangents), "gradients of "),
        ]);
        const expected = [
          ...flat(interpreter.forward(data)),
          ...flat(interpreter.backward(cotangents), "gradients of "),
        ];
        expect(problems).toEqual([]);
        expect([...actual.keys()].sort()).toEqual(
          expected.map(([name]) => name).sort(),
        );
        for (const [name, values] of expected)
          expect(
            relativeDifference(actual.get(name)!, values, own),
            name,
          ).toBeLessThanOrEqual(tolerance);
      }
    });
  });
});

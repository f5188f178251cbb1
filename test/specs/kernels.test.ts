/** Generated kernels against the interpreter, and float32 against float64, values and gradients. */
import { describe, expect, test } from "vitest";
import { makeExecutor } from "../../src/compile.js";
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import type { CellGradients, CellResult } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { library } from "./library.js";
import { relativeDifference, settings } from "./settings.js";

/** Same formulas in float64, added up in another order. */
const exact = 1e-11;
/** Float32 has 6e-8; sequences and sums make it more, a wrong formula far more. */
const single = 1e-4;

/**
 * Float32 numbers that are smaller than this are compared absolutely. The normalisation of a single number
 * is constant: what is left is the rounding of that number, enlarged by 1 / √1e-5.
 */
const singleFloor = (
  cell: string,
  sizes: Readonly<Record<string, number>>,
): number =>
  /LayerNorm|FastWeights/.test(cell) &&
  Object.values(sizes).every((size) => size === 1)
    ? 300
    : 1e-2;

const copied = (result: CellResult | CellGradients): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(result).flatMap(([kind, arrays]) =>
      Object.entries(arrays as Readonly<Record<string, Float64Array>>).map(
        ([name, values]) => [`${kind} ${name}`, [...values]] as const,
      ),
    ),
  );

function expectAgreement(
  actual: Readonly<Record<string, number[]>>,
  expected: Readonly<Record<string, number[]>>,
  tolerance: number,
  floor?: number,
): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected))
    expect(
      relativeDifference(actual[name]!, values, floor),
      name,
    ).toBeLessThanOrEqual(tolerance);
}

describe.each(Array.from(library().values()))("$name", (cell) => {
  const { program, adjoint } = cell;
  const interpreter = new Interpreter(program, { adjoint });
  const kernels = makeExecutor(cell);
  const singleKernels = makeExecutor(cell, "f32");

  test.each(settings)("$title", (setting) => {
    const sizes = setting.sizes(program);
    for (const withoutStates of [[], program.states.map(({ name }) => name)]) {
      const data = {
        ...randomData(program, sizes, { ...setting, seed: 11, withoutStates }),
        t0: 2,
      };
      const cotangents = randomCotangents(program, data, 12);
      const run = (executor: Interpreter | typeof kernels) => {
        const values = copied(executor.forward(data));
        return [values, copied(executor.backward(cotangents))] as const;
      };
      const [values, gradients] = run(interpreter);
      const [ownValues, ownGradients] = run(kernels);
      expectAgreement(ownValues, values, exact);
      expectAgreement(ownGradients, gradients, exact);
      const [singleValues, singleGradients] = run(singleKernels);
      const floor = singleFloor(program.name, sizes);
      expectAgreement(singleValues, values, single, floor);
      expectAgreement(singleGradients, gradients, single, floor);
    }
  });
});

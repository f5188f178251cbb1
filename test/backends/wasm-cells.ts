/** WebAssembly kernels of every cell of the library against the interpreter, values and gradients. */
import { beforeAll, describe, expect, test } from "vitest";
import { loadAssembler } from "../../src/backends/wasm/index.js";
import type { Assembler } from "../../src/backends/wasm/index.js";
import { makeWasmExecutor } from "../../src/compile.js";
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import type { CellGradients, CellResult, Executor } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { library } from "../specs/library.js";
import { relativeDifference, settings } from "../specs/settings.js";
import type { Setting } from "../specs/settings.js";

/** Float32 has 6e-8; sequences and sums make it more, a wrong formula far more. */
const tolerance = 1e-4;

/** Numbers that are smaller than this are compared absolutely. */
const floor = 1e-2;

/**
 * A row of one or two numbers is constant once it is normalised: what is left is the rounding of its numbers,
 * enlarged by 1 / √1e-5.
 */
const normalises = /LayerNorm|FastWeights/;

const blocks: Setting = {
  title: "whole blocks",
  sizes: ({ sizes }) =>
    Object.fromEntries(sizes.map((name, i) => [name, [8, 16, 12, 4][i % 4]!])),
  steps: 3,
  batch: 8,
  lengths: false,
};

/** Rows of a whole number of KiB, which the host sets apart. */
const crowded: Setting = {
  title: "rows of a KiB",
  sizes: ({ sizes }) =>
    Object.fromEntries(sizes.map((name, i) => [name, [64, 256, 2, 3][i % 4]!])),
  steps: 2,
  batch: 2,
  lengths: false,
};

/** Of cells whose vectors are multiplied with matrices of that size; large tensors would take long. */
const large = /^(LSTM|GRUResetAfter)$/;

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

/** The tests, for whatever the engine runs when they are called. */
export function compareCells(): void {
  let assembler: Assembler;
  beforeAll(async () => {
    assembler = await loadAssembler();
  });

  describe.each(Array.from(library().values()))("$name", (cell) => {
    const { program, adjoint } = cell;
    const interpreter = new Interpreter(program, { adjoint });
    let kernels: Executor;
    beforeAll(() => {
      kernels = makeWasmExecutor(cell, assembler);
    });

    test.each([
      ...settings,
      blocks,
      ...(large.test(program.name) ? [crowded] : []),
    ])("$title", (setting) => {
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
        const run = (executor: Executor) => [
          ...flat(executor.forward(data)),
          ...flat(executor.backward(cotangents), "gradients of "),
        ];
        const actual = new Map(run(kernels));
        const expected = run(interpreter);
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
}

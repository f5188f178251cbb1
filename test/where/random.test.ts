/**
 * Whatever a branch that is not taken computes, gradients are those of the cell that has something harmless
 * there: on the interpreter, and on the kernels of two backends.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeExecutor, makeWasmExecutor } from "../../src/compile.js";
import type { CompiledCell } from "../../src/compile.js";
import { loadAssembler } from "../../src/backends/wasm/index.js";
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import type { Executor, NamedArrays } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { relativeDifference } from "../specs/settings.js";
import { harmless, poisonedItems, poisons } from "./poison.js";
import { cellFrom } from "./run.js";

const runs = Number(process.env["RANDOM_CELLS"] ?? 60);
const seed = Number(process.env["RANDOM_SEED"] ?? 2026);
const sizes = { N: 3 };

function resultsOf(
  { program }: CompiledCell,
  executor: Executor,
): readonly NamedArrays[] {
  const data = randomData(program, sizes, { steps: 3, batch: 2, seed: 3 });
  const { outputs, states } = structuredClone(executor.forward(data));
  const {
    params,
    inputs,
    states: initial,
  } = executor.backward(randomCotangents(program, data, 4));
  return [outputs, states, params, inputs, initial];
}

function expectSame(
  actual: readonly NamedArrays[],
  expected: readonly NamedArrays[],
  tolerance: number,
  text: string,
): void {
  expected.forEach((arrays, i) => {
    for (const [name, values] of Object.entries(arrays))
      // Where a random cell itself is at its ends there is nothing to compare.
      if (values.every(Number.isFinite))
        expect(
          relativeDifference(actual[i]![name]!, values, 1e-2),
          `${name} of ${text}`,
        ).toBeLessThanOrEqual(tolerance);
  });
}

test("a branch that is not taken could be anything", async () => {
  const assembler = await loadAssembler();
  fc.assert(
    fc.property(poisonedItems, fc.constantFrom(...poisons), (items, poison) => {
      const text = (bad: string): string =>
        `fn bad(v) = ${bad}\ncell Poisoned { ${items} }`;
      const [good, bad] = [cellFrom(text(harmless)), cellFrom(text(poison))];
      const interpreted = (cell: CompiledCell): Executor =>
        new Interpreter(cell.program, { adjoint: cell.adjoint });
      const expected = structuredClone(resultsOf(good, interpreted(good)));
      const check = (executor: Executor, tolerance: number): void =>
        expectSame(
          resultsOf(bad, executor),
          expected,
          tolerance,
          `${text(poison)} on ${executor.name}`,
        );
      check(interpreted(bad), 1e-10);
      check(makeExecutor(bad), 1e-10);
      check(makeWasmExecutor(bad, assembler), 1e-3);
    }),
    { seed, numRuns: runs },
  );
}, 600_000);

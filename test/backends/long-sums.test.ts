/**
 * Sums of a million numbers keep float32's error, however they come about: over rows of steps and entries, into the
 * row of a token, along a vector. The numbers are all the same, so that roundings do not cancel by chance.
 */
import { afterAll, describe, expect, test } from "vitest";
import { GpuExecutor } from "../../src/backends/gpu-executor.js";
import type { AsyncExecutor } from "../../src/backends/gpu-executor.js";
import { loadAssembler } from "../../src/backends/wasm/index.js";
import {
  compile,
  makeExecutor,
  makeGpuExecutor,
  makeWasmExecutor,
} from "../../src/compile.js";
import type { CompiledCell } from "../../src/compile.js";
import type { CellData, Executor } from "../../src/ir/data.js";
import { library } from "../specs/library.js";
import { openTestDevice } from "./gpu.js";

const cells = library();
const assembler = await loadAssembler();
const gpu = await openTestDevice();
afterAll(() => expect(gpu.problems).toEqual([]));

type Runner = Executor | AsyncExecutor;

const runners: Readonly<Record<string, (cell: CompiledCell) => Runner>> = {
  "ts f64": (cell) => makeExecutor(cell, "f64"),
  "ts f32": (cell) => makeExecutor(cell, "f32"),
  wasm: (cell) => makeWasmExecutor(cell, assembler),
  webgpu: (cell) => makeGpuExecutor(cell, gpu.device),
};

const million = 1_000_000;
/** A tenth, as float32 has it. */
const tenth = Math.fround(0.1);
const filled = (length: number, value: number): Float64Array =>
  new Float64Array(length).fill(value);

/**
 * Relative: a part of 64 equal numbers is off by up to 32 halves of the last bit, 64 parts of parts by as many
 * again; sums in the order in which they come are off by a hundredth.
 */
const bound = 4e-6;

function expectNear(found: number, wanted: number, name: string): void {
  const relative = Math.abs(found / wanted - 1);
  expect(relative).toBeLessThanOrEqual(name === "ts f64" ? 1e-10 : bound);
}

const data = (some: Partial<CellData>): CellData => ({
  sizes: {},
  steps: 1,
  batch: 1,
  t0: 0,
  params: {},
  buffers: {},
  inputs: {},
  context: {},
  states: {},
  ...some,
});

const cellOf = (source: string): CompiledCell => {
  const { cells: found, diagnostics } = compile(source);
  expect(diagnostics).toEqual([]);
  return found[0]!;
};

async function using<T>(
  runner: Runner,
  run: (runner: Runner) => Promise<T>,
): Promise<T> {
  try {
    return await run(runner);
  } finally {
    if (runner instanceof GpuExecutor) runner.dispose();
  }
}

describe.each(Object.keys(runners))("%s", (name) => {
  const runnerOf = (cell: CompiledCell): Runner => runners[name]!(cell);

  // Software takes its time, and a device has no room for so many entries.
  const isDevice = name === "webgpu";
  const rows = isDevice ? 100_000 : million;

  test.each(
    isDevice
      ? [[1000, 1000]]
      : [
          [million, 1],
          [1, million],
          [1000, 1000],
        ],
  )(
    "a gradient over %i steps of %i entries",
    async (steps, batch) => {
      await using(runnerOf(cells.get("Affine")!), async (runner) => {
        await runner.forward(
          data({
            sizes: { M: 1, K: 1 },
            steps,
            batch,
            params: { W_y: filled(1, 1), b_y: filled(1, 0) },
            inputs: { x: filled(million, 1) },
          }),
        );
        const { params } = await runner.backward({
          outputs: { y: filled(million, tenth) },
          states: {},
        });
        expectNear(params["b_y"]![0]!, million * tenth, name);
        expectNear(params["W_y"]![0]!, million * tenth, name);
      });
    },
    120_000,
  );

  test("the gradient of a token's row and column", async () => {
    const cell = cellOf(`cell Both {
      input k: token[V]
      param E: [V, D]
      param W: [D, V]
      y = embed(E, k) + W @ onehot(k)
      output y
    }`);
    await using(runnerOf(cell), async (runner) => {
      await runner.forward(
        data({
          sizes: { V: 3, D: 1 },
          steps: 1000,
          batch: rows / 1000,
          params: { E: filled(3, 1), W: filled(3, 1) },
          inputs: { k: filled(rows, 2) },
        }),
      );
      const { params } = await runner.backward({
        outputs: { y: filled(rows, tenth) },
        states: {},
      });
      for (const matrix of ["E", "W"]) {
        const [first, second, third] = params[matrix]!;
        expect([first, second]).toEqual([0, 0]);
        expectNear(third!, rows * tenth, name);
      }
    });
  }, 120_000);

  test("sums along a vector", async () => {
    const cell = cellOf(`cell Along {
      input x: [M]
      input u: [M]
      y = mean(x)
      z = dot(x, u)
      output y, z
    }`);
    await using(runnerOf(cell), async (runner) => {
      const { outputs } = await runner.forward(
        data({
          sizes: { M: million },
          inputs: { x: filled(million, tenth), u: filled(million, 1) },
        }),
      );
      expectNear(outputs["y"]![0]!, tenth, name);
      expectNear(outputs["z"]![0]!, million * tenth, name);
    });
  }, 120_000);

  test("a product with a vector", async () => {
    const cell = cellOf(`cell Product {
      input x: [M]
      param W: [N, M]
      y = W @ x
      output y
    }`);
    const M = 100_001;
    await using(runnerOf(cell), async (runner) => {
      const { outputs } = await runner.forward(
        data({
          sizes: { M, N: 9 },
          batch: 5,
          params: { W: filled(9 * M, 1) },
          inputs: { x: filled(5 * M, tenth) },
        }),
      );
      for (const sum of outputs["y"]!) expectNear(sum, M * tenth, name);
    });
  }, 120_000);

  test("the gradient of what an entry has for all steps", async () => {
    const cell = cellOf(`cell Of {
      input x: []
      context m: [D]
      y = x * m
      output y
    }`);
    await using(runnerOf(cell), async (runner) => {
      await runner.forward(
        data({
          sizes: { D: 1 },
          steps: rows / 2,
          batch: 2,
          inputs: { x: filled(rows, 1) },
          context: { m: filled(2, 1) },
        }),
      );
      const { context } = await runner.backward({
        outputs: { y: filled(rows, tenth) },
        states: {},
      });
      for (const sum of context["m"]!)
        expectNear(sum, (rows / 2) * tenth, name);
    });
  }, 120_000);
});

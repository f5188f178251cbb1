/** Runs one cell on the interpreter and on all backends, for tests of what happens at the ends of the range of numbers. */
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { AsyncExecutor } from "../../src/backends/gpu-executor.js";
import { loadAssembler } from "../../src/backends/wasm/index.js";
import {
  compile,
  makeExecutor,
  makeGpuExecutor,
  makeWasmExecutor,
} from "../../src/compile.js";
import type { CompiledCell } from "../../src/compile.js";
import type {
  CellCotangents,
  CellData,
  CellGradients,
  CellResult,
  Executor,
} from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { openTestDevice } from "../backends/gpu.js";
import type { TestDevice } from "../backends/gpu.js";
import { describeWebgpu } from "../webgpu/support.js";

export type Backend = "interpreter" | "ts f64" | "ts f32" | "wasm" | "webgpu";

/** Numbers by name, as one writes them down. */
export type Numbers = Readonly<Record<string, readonly number[]>>;

export interface Given {
  readonly sizes?: Readonly<Record<string, number>>;
  readonly steps?: number;
  readonly batch?: number;
  readonly params?: Numbers;
  readonly inputs?: Numbers;
  readonly context?: Numbers;
  readonly states?: Numbers;
  /** Of outputs; those that are missing are 1 everywhere. */
  readonly cotangents?: Numbers;
}

export interface Found {
  readonly outputs: CellResult["outputs"];
  readonly states: CellResult["states"];
  readonly gradients: CellGradients;
}

export type Run = (cell: CompiledCell, given: Given) => Promise<Found>;

export function cellOf(source: string, name?: string): CompiledCell {
  const { cells, diagnostics } = compile(source);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual(
    [],
  );
  return name ? cells.find((cell) => cell.name === name)! : cells[0]!;
}

const arrays = (numbers: Numbers = {}): Record<string, Float64Array> =>
  Object.fromEntries(
    Object.entries(numbers).map(([name, values]) => [
      name,
      Float64Array.from(values, (value) =>
        Number.isFinite(Math.fround(value)) ? Math.fround(value) : value,
      ),
    ]),
  );

async function runOn(
  executor: Executor | AsyncExecutor,
  given: Given,
): Promise<Found> {
  const data: CellData = {
    sizes: given.sizes ?? {},
    steps: given.steps ?? 1,
    batch: given.batch ?? 1,
    t0: 0,
    params: arrays(given.params),
    buffers: {},
    inputs: arrays(given.inputs),
    context: arrays(given.context),
    states: arrays(given.states),
  };
  const { outputs, states } = await executor.forward(data);
  const copied = {
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, values]) => [name, values.slice()]),
    ),
    states: Object.fromEntries(
      Object.entries(states).map(([name, values]) => [name, values.slice()]),
    ),
  };
  const chosen = arrays(given.cotangents);
  const cotangents: CellCotangents = {
    outputs: Object.fromEntries(
      Object.entries(copied.outputs).map(([name, values]) => [
        name,
        chosen[name] ?? values.map(() => 1),
      ]),
    ),
    states: {},
  };
  return { ...copied, gradients: await executor.backward(cotangents) };
}

/** The same tests for each backend. */
export function everywhere(
  title: string,
  tests: (backend: Backend, run: Run) => void,
): void {
  const near: Record<
    Exclude<Backend, "webgpu">,
    (cell: CompiledCell) => Executor | Promise<Executor>
  > = {
    interpreter: ({ program, adjoint }) =>
      new Interpreter(program, { adjoint }),
    "ts f64": (cell) => makeExecutor(cell),
    "ts f32": (cell) => makeExecutor(cell, "f32"),
    wasm: async (cell) => makeWasmExecutor(cell, await loadAssembler()),
  };
  for (const [backend, make] of Object.entries(near))
    describe(`${title}: ${backend}`, () =>
      tests(backend as Backend, async (cell, given) =>
        runOn(await make(cell), given),
      ));
  describeWebgpu(`${title}: webgpu`, () => {
    let gpu: TestDevice;
    beforeAll(async () => {
      gpu = await openTestDevice();
    });
    afterAll(() => gpu.device.destroy());
    tests("webgpu", async (cell, given) => {
      const kernels = makeGpuExecutor(cell, gpu.device);
      try {
        return await runOn(kernels, given);
      } finally {
        kernels.dispose();
        expect(gpu.problems).toEqual([]);
      }
    });
  });
}

/** Numbers that are as they should be, to `tolerance` relative to each. NaN and infinities are themselves. */
export function expectNumbers(
  actual: ArrayLike<number>,
  wanted: readonly number[],
  tolerance: number,
  what = "",
): void {
  const text = `${what}: ${Array.from(actual).join(", ")}, not ${wanted.join(", ")}`;
  expect(actual.length, text).toBe(wanted.length);
  wanted.forEach((value, i) => {
    const own = actual[i]!;
    if (!Number.isFinite(value) || value === 0)
      // Zeros of either sign are zero.
      expect(own === 0 ? 0 : own, text).toBe(value === 0 ? 0 : value);
    else
      expect(Math.abs(own - value) / Math.abs(value), text).toBeLessThanOrEqual(
        tolerance,
      );
  });
}

/**
 * Rows behind the end of a sequence are not there: whatever stands in them, results and gradients are the same to
 * the last bit, and zero in those rows.
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
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import type {
  CellCotangents,
  CellData,
  CellGradients,
  CellResult,
  Executor,
  NamedArrays,
} from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { leavesOutEmpty } from "../../src/ir/program.js";
import { library } from "../specs/library.js";
import { openTestDevice } from "./gpu.js";

const cells = library();
const assembler = await loadAssembler();
const gpu = await openTestDevice();

type Runner = Executor | AsyncExecutor;

const runners: Readonly<Record<string, (cell: CompiledCell) => Runner>> = {
  interpreter: ({ program, adjoint }) => new Interpreter(program, { adjoint }),
  "ts f64": (cell) => makeExecutor(cell, "f64"),
  "ts f32": (cell) => makeExecutor(cell, "f32"),
  wasm: (cell) => makeWasmExecutor(cell, assembler),
  "webgpu loop": (cell) => makeGpuExecutor(cell, gpu.device, "loop"),
  "webgpu steps": (cell) => makeGpuExecutor(cell, gpu.device, "steps"),
};

afterAll(() => expect(gpu.problems).toEqual([]));

interface Ran {
  readonly result: CellResult;
  readonly gradients: CellGradients;
}

const copied = (arrays: NamedArrays): NamedArrays =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [name, values.slice()]),
  );

async function run(
  runner: Runner,
  data: CellData,
  cotangents: CellCotangents,
): Promise<Ran> {
  const { outputs, states } = await runner.forward(data);
  const result = { outputs: copied(outputs), states: copied(states) };
  const gradients = await runner.backward(cotangents);
  return { result, gradients };
}

/** Calls `at` with the range of each row that does not belong to its sequence. */
function eachAbsent(
  values: Float64Array,
  { steps, batch, lengths }: CellData,
  at: (from: number, to: number) => void,
): void {
  const width = values.length / (steps * batch);
  for (let t = 0; t < steps; t++)
    for (let b = 0; b < batch; b++)
      if (t >= lengths![b]!) {
        const from = (t * batch + b) * width;
        at(from, from + width);
      }
}

/** The same data with other numbers where nothing counts. */
function poisoned(
  { program }: CompiledCell,
  data: CellData,
  poison: number,
): CellData {
  const filled = (values: Float64Array): Float64Array => {
    const copy = values.slice();
    eachAbsent(copy, data, (from, to) => copy.fill(poison, from, to));
    return copy;
  };
  const { lengths, batch } = data;
  const ofEmpty = (values: Float64Array): Float64Array => {
    const copy = values.slice();
    const width = copy.length / batch;
    for (let b = 0; b < batch; b++)
      if (lengths![b] === 0) copy.fill(poison, b * width, (b + 1) * width);
    return copy;
  };
  const tokens = new Set(
    program.inputs.filter(({ vocabulary }) => vocabulary).map((x) => x.name),
  );
  const each = (
    arrays: NamedArrays,
    change: (values: Float64Array, name: string) => Float64Array,
  ): NamedArrays =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, values]) => [
        name,
        change(values, name),
      ]),
    );
  return {
    ...data,
    inputs: each(data.inputs, (values, name) =>
      // Executors take tokens as they are: calls on loaded cells clear those that nobody reads.
      tokens.has(name) ? values : filled(values),
    ),
    context: leavesOutEmpty(program)
      ? each(data.context, ofEmpty)
      : data.context,
  };
}

const sizes = (cell: CompiledCell): Record<string, number> =>
  Object.fromEntries(
    cell.program.sizes.map((name, i) => [name, [3, 5, 4, 2][i % 4]!]),
  );

async function compareFilled(name: string, cell: CompiledCell): Promise<void> {
  const lengths = Int32Array.of(3, 0, 5, 1);
  const made = randomData(cell.program, sizes(cell), {
    steps: 5,
    batch: 4,
    seed: 7,
    positive: true,
  });
  const data = { ...made, lengths };
  const cotangents = randomCotangents(cell.program, data, 8);
  const runner = runners[name]!(cell);
  const wanted = await run(runner, data, cotangents);
  for (const poison of [NaN, Infinity, 0]) {
    const spoiled = {
      outputs: Object.fromEntries(
        Object.entries(cotangents.outputs).map(([key, values]) => {
          const copy = values.slice();
          eachAbsent(copy, data, (from, to) => copy.fill(poison, from, to));
          return [key, copy];
        }),
      ),
      states: cotangents.states,
    };
    const found = await run(runner, poisoned(cell, data, poison), spoiled);
    expect(found, `rows of ${poison}`).toEqual(wanted);
  }
  for (const values of [
    ...Object.values(wanted.result.outputs),
    ...Object.values(wanted.gradients.inputs),
  ])
    eachAbsent(values, data, (from, to) => {
      expect(values.slice(from, to).every((value) => value === 0)).toBe(true);
    });
  const all = [wanted.result.outputs, wanted.gradients.params];
  for (const arrays of all)
    for (const [key, values] of Object.entries(arrays))
      expect(values.every(Number.isFinite), key).toBe(true);
  if (runner instanceof GpuExecutor) runner.dispose();
}

/** One for each kind of kernel: those of WebGPU take seconds to compile in software. */
const onDevice = new Set([
  "ElmanTanh",
  "VanillaLSTM",
  "HigherOrderRNN",
  "CharLSTM",
  "BahdanauDecoder",
  "DeltaNet",
  "LayerNormGRU",
  "MinGRU",
  "HandwritingNLL",
]);

describe.each(Object.keys(runners))("%s", (name) => {
  const own = [...cells].filter(
    ([cell]) => !name.startsWith("webgpu") || onDevice.has(cell),
  );
  test.each(own)("%s", (_, cell) => compareFilled(name, cell), 240_000);
});

const cellOf = (source: string): CompiledCell => {
  const { cells: found, diagnostics } = compile(source);
  expect(diagnostics).toEqual([]);
  return found[0]!;
};

describe.each(Object.keys(runners))("values by hand, %s", (name) => {
  test("a recurrence with padding that is no number", async () => {
    const runner = runners[name]!(cells.get("ElmanTanh")!);
    const data = {
      sizes: { M: 1, N: 1 },
      steps: 3,
      batch: 2,
      t0: 0,
      params: {
        W_h: Float64Array.of(0.5),
        R_h: Float64Array.of(-0.3),
        b_h: Float64Array.of(0.1),
      },
      buffers: {},
      inputs: { x: Float64Array.of(0.2, 1, -0.4, NaN, 0.7, NaN) },
      context: {},
      states: {},
      lengths: Int32Array.of(3, 1),
    };
    const { gradients } = await run(runner, data, {
      outputs: { h: new Float64Array(6).fill(1) },
      states: {},
    });
    expect(gradients.params["W_h"]![0]).toBeCloseTo(1.114928, 6);
    expect([...gradients.inputs["x"]!].filter(Number.isNaN)).toEqual([]);
  });

  test("work outside of the loop that divides by what padding holds", async () => {
    const cell = cellOf(`cell Pad {
      input x: []  param a: [] = 0.5  state s: [] = 1
      s = exp(a * x) + 0.5 * s[t-1]
      y = x / s
      output y
    }`);
    const x = [0.3, -0.2, 0.5, 0.1, 0.7, -0.6, 0.4, 0.9];
    const lengths = [4, 1];
    /** Σ y, as plain numbers. */
    const loss = (a: number): number =>
      lengths.reduce((sum, length, b) => {
        let s = 1;
        let all = sum;
        for (let t = 0; t < length; t++) {
          s = Math.exp(a * x[2 * t + b]!) + 0.5 * s;
          all += x[2 * t + b]! / s;
        }
        return all;
      }, 0);
    const { gradients } = await run(
      runners[name]!(cell),
      {
        sizes: {},
        steps: 4,
        batch: 2,
        t0: 0,
        params: { a: Float64Array.of(0.5) },
        buffers: {},
        inputs: { x: Float64Array.from(x) },
        context: {},
        states: {},
        lengths: Int32Array.from(lengths),
      },
      { outputs: { y: new Float64Array(8).fill(1) }, states: {} },
    );
    const h = 1e-5;
    const wanted = (loss(0.5 + h) - loss(0.5 - h)) / (2 * h);
    // Differences are good for 1e-9 here, float32 for 1e-6.
    expect(gradients.params["a"]![0]).toBeCloseTo(wanted, 6);
  });

  test("an entry without steps keeps a state that is no number to itself", async () => {
    const runner = runners[name]!(cells.get("ElmanTanh")!);
    const { result, gradients } = await run(
      runner,
      {
        sizes: { M: 1, N: 1 },
        steps: 1,
        batch: 2,
        t0: 0,
        params: {
          W_h: Float64Array.of(0.5),
          R_h: Float64Array.of(-0.3),
          b_h: Float64Array.of(0.1),
        },
        buffers: {},
        inputs: { x: Float64Array.of(0.2, 1) },
        context: {},
        states: { h: Float64Array.of(0.4, NaN) },
        lengths: Int32Array.of(1, 0),
      },
      { outputs: { h: Float64Array.of(1, 1) }, states: {} },
    );
    const h = Math.tanh(0.5 * 0.2 - 0.3 * 0.4 + 0.1);
    expect(result.outputs["h"]![0]).toBeCloseTo(h, 6);
    expect(gradients.params["R_h"]![0]).toBeCloseTo((1 - h * h) * 0.4, 6);
  });
});

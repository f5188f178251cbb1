/** One cell on one of the things that can run it, from numbers to numbers. */
import { compile, makeExecutor, makeWasmExecutor } from "../../src/compile.js";
import type { CompiledCell } from "../../src/compile.js";
import { loadAssembler } from "../../src/backends/wasm/index.js";
import type { AsyncExecutor } from "../../src/backends/gpu-executor.js";
import type {
  CellCotangents,
  CellData,
  Executor,
  NamedArrays,
} from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { renderAll } from "../../src/diagnostics/render.js";

export type Numbers = Readonly<Record<string, readonly number[]>>;

/** What is given; one batch entry unless said otherwise. */
export interface Given {
  readonly sizes?: Readonly<Record<string, number>>;
  readonly steps: number;
  readonly batch?: number;
  readonly params?: Numbers;
  readonly inputs?: Numbers;
  readonly context?: Numbers;
  readonly states?: Numbers;
  /** Cotangents of outputs; 1 everywhere where missing. */
  readonly seeds?: Numbers;
}

export interface Found {
  readonly outputs: NamedArrays;
  readonly params: NamedArrays;
  readonly inputs: NamedArrays;
  readonly context: NamedArrays;
  readonly states: NamedArrays;
}

export function cellFrom(source: string): CompiledCell {
  const { cells, diagnostics, sources } = compile(source);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(renderAll(errors, sources));
  return cells[0]!;
}

const floats = (arrays: Numbers = {}): NamedArrays =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [
      name,
      Float64Array.from(values),
    ]),
  );

export const dataOf = (given: Given): CellData => ({
  sizes: given.sizes ?? {},
  steps: given.steps,
  batch: given.batch ?? 1,
  t0: 0,
  buffers: {},
  params: floats(given.params),
  inputs: floats(given.inputs),
  context: floats(given.context),
  states: floats(given.states),
});

const copied = (arrays: NamedArrays): NamedArrays =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [name, values.slice()]),
  );

export async function runOn(
  executor: Executor | AsyncExecutor,
  given: Given,
): Promise<Found> {
  const { outputs } = await executor.forward(dataOf(given));
  const values = copied(outputs);
  const cotangents: CellCotangents = {
    outputs: {
      ...Object.fromEntries(
        Object.entries(values).map(([name, { length }]) => [
          name,
          new Float64Array(length).fill(1),
        ]),
      ),
      ...floats(given.seeds),
    },
    states: {},
  };
  const { params, inputs, context, states } =
    await executor.backward(cotangents);
  return {
    outputs: values,
    params: copied(params),
    inputs: copied(inputs),
    context: copied(context),
    states: copied(states),
  };
}

/** Everything but WebGPU, which needs a device. */
export const engines: Readonly<
  Record<string, (cell: CompiledCell) => Executor | Promise<Executor>>
> = {
  interpreter: ({ program, adjoint }) => new Interpreter(program, { adjoint }),
  "TypeScript, f64": (cell) => makeExecutor(cell, "f64"),
  "TypeScript, f32": (cell) => makeExecutor(cell, "f32"),
  WebAssembly: async (cell) => makeWasmExecutor(cell, await loadAssembler()),
};

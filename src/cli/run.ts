/** `cellc run`: one cell forward, and backward where there are cotangents, on data from JSON to JSON. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { Option } from "commander";
import { loadAssembler } from "../backends/wasm/index.js";
import { makeExecutor, makeGpuExecutor, makeWasmExecutor } from "../compile.js";
import type { AsyncExecutor } from "../backends/gpu-executor.js";
import type { CompiledCell } from "../compile.js";
import type { CellGradients, Executor, NamedArrays } from "../ir/data.js";
import { Interpreter } from "../ir/interpret.js";
import { stateKey } from "../ir/program.js";
import { evaluateSize } from "../ir/size.js";
import type { Shape } from "../ir/size.js";
import type { Precision } from "../runtime/kernel.js";
import { withGpu } from "./gpu.js";
import { CallError, exit } from "./io.js";
import { inMemory } from "./memory.js";
import type { ExitCode, Io } from "./io.js";
import { addCommonOptions, addDefineOption, readBackends } from "./options.js";
import type { CommonOptions } from "./options.js";
import { reportFailure } from "./problems.js";
import { nest } from "./run-arrays.js";
import { checkSingle, checkSteps, readRunData } from "./run-data.js";
import type { RunData } from "./run-data.js";
import { absolute, compileSpecs, hasErrors, onlyCell } from "./specs.js";

interface RunOptions extends CommonOptions {
  readonly cell?: string;
  readonly data: string;
  readonly backend: string;
  readonly precision?: Precision;
  readonly define: Readonly<Record<string, number>>;
}

export function addRun(
  program: Command,
  io: Io,
  done: (code: ExitCode) => void,
): void {
  const command = program
    .command("run")
    .description(
      "run a cell forward, and backward where the data has cotangents; prints JSON",
    )
    .argument("<spec>", "the file of the cell")
    .option("--cell <name>", "which cell of the file, where it has several")
    .requiredOption("--data <file>", "JSON file with the data; - is stdin")
    .option("--backend <name>", "ts, wasm, wgsl, or interpreter", "ts")
    .addOption(
      new Option(
        "--precision <name>",
        "of the arrays (default: f64; of wasm and wgsl f32)",
      ).choices(["f64", "f32"]),
    );
  addDefineOption(addCommonOptions(command)).action(
    async (spec: string, options: RunOptions) => {
      done(await run(spec, options, io));
    },
  );
}

async function run(
  spec: string,
  options: RunOptions,
  io: Io,
): Promise<ExitCode> {
  const [backend, ...more] = readBackends(options.backend, [
    "ts",
    "wasm",
    "wgsl",
    "interpreter",
  ]);
  if (backend === undefined || more.length > 0)
    throw new CallError("run takes one backend at a time");
  if (backend === "interpreter" && options.precision === "f32")
    throw new CallError("the interpreter calculates in f64 alone");
  if ((backend === "wasm" || backend === "wgsl") && options.precision === "f64")
    throw new CallError(
      `the backend ${backend} calculates in f32 alone; f64 is for ts and interpreter`,
    );
  const result = compileSpecs([spec], io.cwd, {
    defines: options.define,
    ...(options.cell === undefined ? {} : { cells: [options.cell] }),
  });
  if (hasErrors(result)) {
    reportFailure(result, io, options);
    return exit.spec;
  }
  const cell = onlyCell(result.cells, spec);
  const data = readRunData(cell.program, await readJson(options.data, io));
  if (options.precision === "f32" || backend === "wasm" || backend === "wgsl")
    checkSingle(data);
  checkSteps(data, backend);
  const onHost = async (executor: Executor | Promise<Executor>) =>
    runOn(cell, await executor, data);
  const runs: Record<typeof backend, () => Promise<string>> = {
    ts: () => onHost(makeExecutor(cell, options.precision)),
    wasm: () =>
      onHost(
        loadAssembler().then((assembler) => makeWasmExecutor(cell, assembler)),
      ),
    wgsl: () =>
      withGpu(io, async (device) => {
        const executor = makeGpuExecutor(cell, device);
        try {
          return await runOn(cell, executor, data);
        } finally {
          executor.dispose();
        }
      }),
    interpreter: () =>
      onHost(new Interpreter(cell.program, { adjoint: cell.adjoint })),
  };
  const text = await runs[backend]();
  io.out(text);
  const lost = text.match(/(?<!")\bnull\b(?!")/g)?.length ?? 0;
  if (lost > 0)
    io.err(
      `note: ${lost === 1 ? "1 number is" : `${lost} numbers are`} not finite; JSON has no such numbers, null stands for them\n`,
    );
  return exit.fine;
}

async function readJson(path: string, io: Io): Promise<unknown> {
  const name = path === "-" ? "stdin" : path;
  let bytes: Uint8Array;
  try {
    bytes =
      path === "-"
        ? await io.readStdin()
        : readFileSync(absolute(path, io.cwd));
  } catch (error) {
    throw new CallError(
      `cannot read ${name}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  try {
    return JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    ) as unknown;
  } catch (error) {
    throw new CallError(
      `${name} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** The answer as JSON text. */
export async function runOn(
  { program }: CompiledCell,
  executor: Executor | AsyncExecutor,
  { data, cotangents }: RunData,
): Promise<string> {
  const { sizes, steps, batch } = data;
  interface Printed {
    readonly name: string;
    readonly axes: readonly number[];
    readonly shape: Shape;
  }
  const sequence = [steps, batch];
  const entries = [batch];
  const record = (arrays: NamedArrays, printed: readonly Printed[]): string =>
    `{${printed
      .filter(({ name }) => Object.hasOwn(arrays, name))
      .map(({ name, axes, shape }) => {
        const extents = shape.map((size) => evaluateSize(size, sizes));
        return `\n    ${JSON.stringify(name)}: ${nest(arrays[name]!, [...axes, ...extents])}`;
      })
      .join(",")}}`;
  const withAxes = (
    declared: readonly { readonly name: string; readonly shape: Shape }[],
    axes: readonly number[],
  ): Printed[] => declared.map(({ name, shape }) => ({ name, axes, shape }));
  const states = program.states.flatMap(({ name, lag, shape }) =>
    Array.from({ length: lag }, (_, i) => ({
      name: stateKey(name, i + 1),
      axes: entries,
      shape,
    })),
  );

  const forward = await inMemory(() => executor.forward(data));
  const parts = [
    `  "outputs": ${record(forward.outputs, withAxes(program.outputs, sequence))}`,
    `  "states": ${record(forward.states, states)}`,
  ];
  if (cotangents) {
    const gradients: CellGradients = await inMemory(() =>
      executor.backward(cotangents),
    );
    const grads = [
      ["params", record(gradients.params, withAxes(program.params, []))],
      ["inputs", record(gradients.inputs, withAxes(program.inputs, sequence))],
      [
        "context",
        record(gradients.context, withAxes(program.contexts, entries)),
      ],
      ["states", record(gradients.states, states)],
    ];
    parts.push(
      `  "grads": {\n${grads.map(([name, text]) => `   "${name}": ${text}`).join(",\n")}}`,
    );
  }
  return `{\n${parts.join(",\n")}\n}\n`;
}

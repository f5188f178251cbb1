/**
 * The whole pipeline, from the text of a spec to the text of its kernels.
 *
 *   read, resolve, infer, lower   dsl        text → cell
 *   simplify                      passes     cell → cell without what does not matter
 *   differentiate, simplify       passes     cell → adjoint step
 *   schedule                      passes     adjoint step → loops, products, arrays
 *   print                         backends   schedule → files
 *
 * Nothing here knows of a file system: specs come through a host, files go out as text.
 */
import { emitEntry, emitEntryTypes } from "./backends/entry.js";
import type { EntryOptions } from "./backends/entry.js";
import { KernelExecutor } from "./backends/executor.js";
import { banner, fileStem } from "./backends/names.js";
import { emitTs, instantiate } from "./backends/ts/index.js";
import { emitWasm, instantiateWasm } from "./backends/wasm/index.js";
import type { Assembler } from "./backends/wasm/index.js";
import { GpuExecutor } from "./backends/gpu-executor.js";
import { describeGpu, emitWgsl } from "./backends/wgsl/index.js";
import type { Diagnostic } from "./diagnostics/diagnostic.js";
import { frontEnd } from "./dsl/index.js";
import type { SourceHost } from "./dsl/index.js";
import { requirements } from "./gradcheck/index.js";
import type { AdjointProgram, CellProgram } from "./ir/program.js";
import { differentiate } from "./passes/differentiate.js";
import type { Schedule } from "./passes/kernels.js";
import { scheduleAdjoint } from "./passes/schedule.js";
import { simplify, simplifyAdjoint } from "./passes/simplify.js";
import type { Precision } from "./runtime/kernel.js";
import type { RegimeName } from "./runtime/webgpu/regime.js";
import type { Backend } from "./ir/ops/record.js";

/** Which kernels are printed. */
export interface PrintOptions {
  /** Default `["ts"]`. */
  readonly backends?: readonly Backend[];
  /** What `loadAssembler` gives; `wasm` needs it. */
  readonly assembler?: Assembler;
  /** WebAssembly in files of its own, see `CompiledCell.binaries`, not in the text. */
  readonly wasmFile?: boolean;
}

export interface CompileOptions extends PrintOptions {
  /** The name of the spec in messages and generated files. Default `cell.cell`. */
  readonly file?: string;
  /** Gives the files that the spec imports; without it imports are errors. */
  readonly host?: SourceHost;
  /** Values of the spec's `const`s. */
  readonly defines?: Readonly<Record<string, number>>;
  /** Only these cells. */
  readonly cells?: readonly string[];
}

export interface CompiledCell {
  readonly name: string;
  /** What `cellc compile` would write, by path below its `--out`. */
  readonly files: Readonly<Record<string, string>>;
  /** The same for files that are no text; only with `wasmFile`. */
  readonly binaries: Readonly<Record<string, Uint8Array>>;
  /** The cell, simplified. */
  readonly program: CellProgram;
  readonly adjoint: AdjointProgram;
  readonly schedule: Schedule;
}

export interface Compilation {
  /** Empty where there are errors. */
  readonly cells: readonly CompiledCell[];
  readonly diagnostics: readonly Diagnostic[];
  /** The text of every file that was read, for frames. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Compiles the text of one spec. Bad specs are diagnostics; only a fault of the compiler throws. */
export function compile(
  source: string,
  options: CompileOptions = {},
): Compilation {
  const file = options.file ?? "cell.cell";
  const text = new TextEncoder().encode(source);
  const { host } = options;
  return compileFiles(
    [file],
    {
      resolve: (from, path) => host?.resolve(from, path) ?? path,
      read: (path) => (path === file ? text : host?.read(path)),
    },
    options,
  );
}

/** Compiles files and what they import. */
export function compileFiles(
  files: readonly string[],
  host: SourceHost,
  options: Omit<CompileOptions, "file" | "host"> = {},
): Compilation {
  const { cells, diagnostics, sources } = frontEnd(files, host, {
    defines: options.defines ?? {},
  });
  const wanted = options.cells;
  const wrong = diagnostics.some(({ severity }) => severity === "error");
  return {
    cells: (wrong ? [] : cells)
      .filter(({ name }) => wanted === undefined || wanted.includes(name))
      .map((program) => compileCell(program, options)),
    diagnostics,
    sources,
  };
}

/** The middle of the pipeline; each stage runs when it is asked for, so that `check` pays for none. */
function compileCell(
  program: CellProgram,
  options: PrintOptions,
): CompiledCell {
  const simple = lazy(() => simplify(program));
  const adjoint = lazy(() => simplifyAdjoint(differentiate(simple())));
  const schedule = lazy(() => scheduleAdjoint(adjoint()));
  const files = lazy(() => printFiles(schedule(), program.file, options));
  return {
    name: program.name,
    get program() {
      return simple();
    },
    get adjoint() {
      return adjoint();
    },
    get schedule() {
      return schedule();
    },
    get files() {
      return files().texts;
    },
    get binaries() {
      return files().binaries;
    },
  };
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

export interface PrintedFiles {
  readonly texts: Readonly<Record<string, string>>;
  readonly binaries: Readonly<Record<string, Uint8Array>>;
}

/** The generated files of a cell: entry module, its types, and the kernels of each backend. */
export function printFiles(
  schedule: Schedule,
  spec: string,
  { backends = ["ts"], assembler, wasmFile = false }: PrintOptions = {},
): PrintedFiles {
  const { cell } = schedule;
  const stem = fileStem(cell.name);
  const head = banner(spec, cell.name);
  const entry: EntryOptions = {
    banner: head,
    stem,
    backends,
    parameterOrder: schedule.params.map(({ name }) => name),
    requirements: requirements(cell),
  };
  const inFolder = <T>(files: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(files).map(([name, file]) => [`${stem}/${name}`, file]),
    );
  const kernels: Record<Backend, () => PrintedFiles> = {
    ts: () => ({
      texts: inFolder({
        "ts.ts": emitTs(schedule, { types: true, banner: head }),
        "ts.js": emitTs(schedule, { types: false, banner: head }),
      }),
      binaries: {},
    }),
    wasm: () => {
      const { binaries, ...texts } = emitWasm(
        schedule,
        head,
        needAssembler(assembler),
        wasmFile,
      );
      return { texts: inFolder(texts), binaries: inFolder(binaries) };
    },
    wgsl: () => {
      const { kernels: separate, ...texts } = emitWgsl(schedule, head);
      return { texts: inFolder({ ...texts, ...separate }), binaries: {} };
    },
  };
  const printed = backends.map((backend) => kernels[backend]());
  return {
    texts: Object.assign(
      {
        [`${stem}.js`]: emitEntry(cell, entry),
        [`${stem}.d.ts`]: emitEntryTypes(cell, entry),
      },
      ...printed.map(({ texts }) => texts),
    ) as PrintedFiles["texts"],
    binaries: Object.assign(
      {},
      ...printed.map(({ binaries }) => binaries),
    ) as PrintedFiles["binaries"],
  };
}

function needAssembler(assembler: Assembler | undefined): Assembler {
  if (!assembler)
    throw new TypeError(
      "the backend wasm needs an assembler: pass `assembler: await loadAssembler()`",
    );
  return assembler;
}

/** A cell's kernels, ready to run. */
export const makeExecutor = (
  cell: CompiledCell,
  precision: Precision = "f64",
): KernelExecutor =>
  new KernelExecutor(
    "ts",
    cell.schedule,
    instantiate(cell.schedule),
    precision,
  );

/** The same of the WebAssembly backend, which calculates in f32. */
export const makeWasmExecutor = (
  cell: CompiledCell,
  assembler: Assembler | undefined,
): KernelExecutor =>
  new KernelExecutor(
    "wasm",
    cell.schedule,
    instantiateWasm(cell.schedule, needAssembler(assembler)),
    "f32",
  );

/** The same of the WebGPU backend, on a device of the caller's. */
export const makeGpuExecutor = (
  cell: CompiledCell,
  device: GPUDevice,
  regime: RegimeName = "auto",
): GpuExecutor =>
  new GpuExecutor(device, cell.schedule, describeGpu(cell.schedule), regime);

/** `cellc bench`: how long kernels take, one backend beside the other. */
import Table from "cli-table3";
import type { Command } from "commander";
import { loadAssembler } from "../backends/wasm/index.js";
import { makeExecutor, makeGpuExecutor, makeWasmExecutor } from "../compile.js";
import type { CompiledCell } from "../compile.js";
import { chooseSizes } from "../gradcheck/index.js";
import { benchCell, Disagreement } from "./bench-cell.js";
import type {
  CellTimes,
  Contender,
  Shape,
  TimedBackend,
} from "./bench-cell.js";
import { withGpu } from "./gpu.js";
import { chosenCells } from "./chosen-cells.js";
import type { ChoiceOptions } from "./chosen-cells.js";
import { own } from "../runtime/own.js";
import { CallError, exit } from "./io.js";
import { inMemory } from "./memory.js";
import type { ExitCode, Io } from "./io.js";
import {
  addCommonOptions,
  addDefineOption,
  readBackends,
  readCount,
  cellOption,
  sizeOption,
} from "./options.js";
import { problemsAsJson } from "./problems.js";

interface BenchOptions extends ChoiceOptions {
  readonly steps: number;
  readonly batch: number;
  readonly backend: string;
  readonly rounds: number;
}

/** Of a size that is not given: that of a small layer. */
const usualSize = 64;

export function addBench(
  program: Command,
  io: Io,
  done: (code: ExitCode) => void,
): void {
  const command = program
    .command("bench")
    .description("time the kernels of cells, one backend beside the other")
    .argument("<specs...>", "files, or folders of .cell files")
    .addOption(cellOption())
    .addOption(sizeOption(`; others are ${usualSize} where that fits`))
    .option("--steps <T>", "steps of the sequence", readCount, 64)
    .option("--batch <B>", "batch entries", readCount, 16)
    .option("--backend <names>", "of ts, wasm and wgsl", "ts,wasm")
    .option(
      "--rounds <n>",
      "each backend's turns, of which the median counts",
      readCount,
      5,
    );
  addDefineOption(addCommonOptions(command)).action(
    async (specs: string[], options: BenchOptions) => {
      done(await benchCommand(specs, options, io));
    },
  );
}

async function benchCommand(
  specs: readonly string[],
  options: BenchOptions,
  io: Io,
): Promise<ExitCode> {
  const backends = readBackends(options.backend, ["ts", "wasm", "wgsl"]);
  const result = chosenCells(specs, options, io);
  if (!result) return exit.spec;
  const shapes = result.cells.map((cell) => shapeOf(cell, options));
  const assembler = backends.includes("wasm")
    ? await loadAssembler()
    : undefined;
  const report = new Report(io, options.json ?? false, problemsAsJson(result));
  const all = async (device?: GPUDevice): Promise<void> => {
    for (const [i, cell] of result.cells.entries()) {
      if (io.errIsTerminal && !options.json) io.err(`${cell.name}\n`);
      const makers: Readonly<Record<TimedBackend, () => Contender>> = {
        ts: () => ({ backend: "ts", make: () => makeExecutor(cell, "f32") }),
        wasm: () => ({
          backend: "wasm",
          make: () => makeWasmExecutor(cell, assembler),
        }),
        wgsl: () => ({
          backend: "wgsl",
          make: () => makeGpuExecutor(cell, device!),
          done: () => device!.queue.onSubmittedWorkDone(),
        }),
      };
      const contenders = backends.map((backend) => makers[backend]());
      report.add(await benchCell(cell, shapes[i]!, contenders, options.rounds));
    }
  };
  try {
    await inMemory(() =>
      backends.includes("wgsl") ? withGpu(io, all) : all(),
    );
    report.end();
    return exit.fine;
  } catch (error) {
    const disagree = error instanceof Disagreement;
    if (!disagree && (!(error instanceof CallError) || !report.begun))
      throw error;
    io.err(`error: ${error.message}\n`);
    report.end(error.message);
    return disagree ? exit.spec : exit.call;
  }
}

/** Prints each cell as soon as it is measured: a run that is cut off has shown what there was. */
class Report {
  #cells = 0;

  constructor(
    readonly io: Io,
    readonly json: boolean,
    readonly diagnostics: unknown,
  ) {}

  get begun(): boolean {
    return this.#cells > 0;
  }

  add(times: CellTimes): void {
    const first = this.#cells++ === 0;
    this.io.out(
      this.json
        ? `${first ? '{"cells":[' : ","}\n${JSON.stringify(times)}`
        : `${first ? "" : "\n"}${show(times)}\n`,
    );
  }

  /** @param problem why not all were measured */
  end(problem?: string): void {
    if (!this.json) return;
    const rest = JSON.stringify({
      diagnostics: this.diagnostics,
      ok: problem === undefined,
      ...(problem === undefined ? {} : { error: problem }),
    });
    const head = this.begun ? "\n]," : '{"cells":[],';
    this.io.out(`${head}${rest.slice(1)}\n`);
  }
}

/** @throws CallError where a size that is given does not fit */
function shapeOf({ program }: CompiledCell, options: BenchOptions): Shape {
  const { size = {}, steps, batch } = options;
  const usual = Object.fromEntries(
    program.sizes.map((name) => [name, own(size, name) ?? usualSize]),
  );
  const fitting = chooseSizes(program, usual);
  const choice = fitting.ok ? fitting : chooseSizes(program, size);
  if (!choice.ok) throw new CallError(`${program.name}: ${choice.message}`);
  return { sizes: choice.sizes, steps, batch };
}

function show({ cell, sizes, steps, batch, backends }: CellTimes): string {
  const table = new Table({
    head: [
      "backend",
      "forward",
      "forward + backward",
      "steps a second",
      "GFLOP/s",
      `beside ${backends[0]!.backend}`,
    ],
    colAligns: ["left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { backend, forwardMs, bothMs, gflops } of backends)
    table.push([
      backend,
      `${digits(forwardMs)} ms`,
      `${digits(bothMs)} ms`,
      Math.round((1000 * steps * batch) / bothMs).toLocaleString("en"),
      digits(gflops),
      `${digits(backends[0]!.bothMs / bothMs)} ×`,
    ]);
  const of = [["T", steps], ["B", batch], ...Object.entries(sizes)]
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ");
  return `${cell}, ${of}, float32\n${table.toString()}`;
}

/** Three digits that count. */
const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value.toPrecision(3);

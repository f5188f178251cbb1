/** `cellc gradcheck`: analytic gradients against finite differences and forward mode. */
import Table from "cli-table3";
import { SingleBar } from "cli-progress";
import type { Command } from "commander";
import { loadAssembler } from "../backends/wasm/index.js";
import { gradcheckCell, gradcheckCellOnGpu } from "../gradcheck-cell.js";
import type { CompiledCell } from "../compile.js";
import { formatReport } from "../gradcheck/index.js";
import type { GradcheckReport } from "../gradcheck/index.js";
import { withGpu } from "./gpu.js";
import { CallError, colorsFor, exit } from "./io.js";
import { inMemory } from "./memory.js";
import type { ExitCode, Io } from "./io.js";
import {
  addCommonOptions,
  addDefineOption,
  readBackends,
  readCount,
  readNames,
  readSeed,
  readSizes,
} from "./options.js";
import type { CommonOptions } from "./options.js";
import { printProblems, problemsAsJson, reportFailure } from "./problems.js";
import { compileSpecs, hasErrors } from "./specs.js";

interface GradcheckCommandOptions extends CommonOptions {
  readonly cell?: readonly string[];
  readonly size?: Readonly<Record<string, number>>;
  readonly steps?: number;
  readonly batch?: number;
  readonly backend: string;
  readonly seed?: number;
  readonly summary?: boolean;
  readonly define: Readonly<Record<string, number>>;
}

export function addGradcheck(
  program: Command,
  io: Io,
  done: (code: ExitCode) => void,
): void {
  const command = program
    .command("gradcheck")
    .description(
      "compare the gradients of cells with finite differences and forward mode",
    )
    .argument("<specs...>", "files, or folders of .cell files")
    .option(
      "--cell <name...>",
      "only these cells",
      (text: string, before: readonly string[] | undefined) =>
        readNames(text, before),
    )
    .option(
      "--size <N=8,M=5>",
      "numbers for sizes; others are chosen",
      (text: string, before: Readonly<Record<string, number>> | undefined) =>
        readSizes(text, before),
    )
    .option("--steps <T>", "steps of the sequence", readCount)
    .option("--batch <B>", "batch entries", readCount)
    .option("--backend <name>", "ts, wasm, wgsl, or interpreter", "ts")
    .option("--seed <S>", "of the random data", readSeed)
    .option("--summary", "one line per cell");
  addDefineOption(addCommonOptions(command)).action(
    async (specs: string[], options: GradcheckCommandOptions) => {
      done(await gradcheckCommand(specs, options, io));
    },
  );
}

async function gradcheckCommand(
  specs: readonly string[],
  options: GradcheckCommandOptions,
  io: Io,
): Promise<ExitCode> {
  const [backend, ...more] = readBackends(options.backend, [
    "ts",
    "wasm",
    "wgsl",
    "interpreter",
  ]);
  if (backend === undefined || more.length > 0)
    throw new CallError("gradcheck takes one backend at a time");
  const result = compileSpecs(specs, io.cwd, {
    defines: options.define,
    ...(options.cell ? { cells: options.cell } : {}),
  });
  if (hasErrors(result)) {
    reportFailure(result, io, options);
    return exit.spec;
  }
  checkSizeNames(options.size ?? {}, result.cells);
  if (!options.json) printProblems(result, io, "err", options);
  const assembler = backend === "wasm" ? await loadAssembler() : undefined;
  const progress = progressBar(io, result.cells.length, options);
  const given = {
    ...(options.size ? { sizes: options.size } : {}),
    ...(options.steps === undefined ? {} : { steps: options.steps }),
    ...(options.batch === undefined ? {} : { batch: options.batch }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  };
  const all = async (
    check: (cell: CompiledCell) => GradcheckReport | Promise<GradcheckReport>,
  ): Promise<GradcheckReport[]> => {
    const reports: GradcheckReport[] = [];
    for (const cell of result.cells) {
      progress?.update({ cell: cell.name });
      reports.push(await inMemory(() => check(cell)));
      progress?.increment();
    }
    return reports;
  };
  const reports =
    backend === "wgsl"
      ? await withGpu(io, (device) =>
          all((cell) => gradcheckCellOnGpu(cell, device, given)),
        )
      : await all((cell) =>
          gradcheckCell(cell, {
            ...given,
            backend,
            ...(assembler ? { assembler } : {}),
          }),
        );
  progress?.stop();
  const ok = reports.every((report) => report.ok);
  if (options.json)
    io.out(
      `${JSON.stringify({ ok, reports, diagnostics: problemsAsJson(result) })}\n`,
    );
  else if (options.summary) io.out(summaryTable(reports, io, options));
  else io.out(reports.map((report) => `${formatReport(report)}\n`).join("\n"));
  return ok ? exit.fine : exit.spec;
}

export function checkSizeNames(
  sizes: Readonly<Record<string, number>>,
  cells: readonly CompiledCell[],
): void {
  for (const name of Object.keys(sizes))
    if (!cells.some(({ program }) => program.sizes.includes(name)))
      throw new CallError(
        `--size ${name}: no cell here has that size; there are: ${[...new Set(cells.flatMap(({ program }) => program.sizes))].join(", ") || "none"}`,
      );
}

/** Only for people, and only where there is enough to wait for. */
function progressBar(
  io: Io,
  total: number,
  options: GradcheckCommandOptions,
): SingleBar | undefined {
  if (!io.errIsTerminal || options.json || total < 4) return undefined;
  const bar = new SingleBar({
    format: "{bar} {value}/{total} {cell}",
    clearOnComplete: true,
    hideCursor: true,
    stream: process.stderr,
  });
  bar.start(total, 0, { cell: "" });
  return bar;
}

function summaryTable(
  reports: readonly GradcheckReport[],
  io: Io,
  options: CommonOptions,
): string {
  const { red, green } = colorsFor(io, "out", options.color);
  const table = new Table({
    head: ["cell", "parameters", "worst relative error", "time", ""],
    colAligns: ["left", "right", "right", "right", "left"],
    style: { head: [], border: [], compact: true },
  });
  for (const report of reports)
    table.push([
      report.cell,
      String(report.parameters),
      report.worst.toExponential(1),
      `${Math.round(report.milliseconds)} ms`,
      report.ok ? green("ok") : red("FAILED"),
    ]);
  const failed = reports.filter((report) => !report.ok);
  return [
    table.toString(),
    ...failed.map((report) => report.summary),
    failed.length === 0
      ? `${reports.length} cells: all gradients agree`
      : `${failed.length} of ${reports.length} cells have wrong gradients`,
    "",
  ].join("\n");
}

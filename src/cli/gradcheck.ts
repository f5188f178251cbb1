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
import { chosenCells } from "./chosen-cells.js";
import type { ChoiceOptions } from "./chosen-cells.js";
import { CallError, colorsFor, exit } from "./io.js";
import { inMemory } from "./memory.js";
import type { ExitCode, Io } from "./io.js";
import {
  addCommonOptions,
  addDefineOption,
  readBackends,
  readCount,
  readSeed,
  cellOption,
  sizeOption,
} from "./options.js";
import type { CommonOptions } from "./options.js";
import { problemsAsJson } from "./problems.js";
import { counted } from "../text/counted.js";

interface GradcheckCommandOptions extends ChoiceOptions {
  readonly steps?: number;
  readonly batch?: number;
  readonly backend: string;
  readonly seed?: number;
  readonly summary?: boolean;
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
    .addOption(cellOption())
    .addOption(sizeOption("; others are chosen"))
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
  const result = chosenCells(specs, options, io);
  if (!result) return exit.spec;
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
      ? `${counted(reports.length, "cell")}: all gradients agree`
      : `${failed.length} of ${counted(reports.length, "cell")} ${failed.length === 1 ? "has" : "have"} wrong gradients`,
    "",
  ].join("\n");
}

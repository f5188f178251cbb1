/** `cellc explain`: what the compiler did. A report, or any stage of the pipeline. */
import type { Command } from "commander";
import { emitTs } from "../backends/ts/index.js";
import { emitWat } from "../backends/wasm/index.js";
import { showWgsl } from "../backends/wgsl/index.js";
import { banner } from "../backends/names.js";
import type { CompiledCell } from "../compile.js";
import { DiagnosticBag } from "../diagnostics/bag.js";
import { parseSource } from "../dsl/syntax.js";
import { showDot } from "../ir/dot.js";
import { showLatex } from "../ir/latex.js";
import { printAdjoint, printCell } from "../ir/print.js";
import type { CallOptions } from "./explain-gpu.js";
import { explained, makeReport, showReport } from "./explain-report.js";
import { showSchedule } from "./explain-schedule.js";
import { chosenCells } from "./chosen-cells.js";
import { CallError, colorsFor, exit } from "./io.js";
import type { ExitCode, Io } from "./io.js";
import {
  addCommonOptions,
  addDefineOption,
  readBackends,
  readCount,
  readNames,
  cellOption,
  sizeOption,
} from "./options.js";
import type { CommonOptions } from "./options.js";
import { diskHost } from "./specs.js";

interface ExplainOptions extends CommonOptions, CallOptions {
  readonly backend?: string;
  readonly cell?: readonly string[];
  readonly emit?: readonly string[];
  readonly define: Readonly<Record<string, number>>;
}

/** Stages of one cell, in the order of the pipeline. */
const stages: Readonly<Record<string, (cell: CompiledCell) => string>> = {
  graph: ({ program }) => printCell(program),
  adjoint: ({ adjoint }) => printAdjoint(adjoint),
  schedule: ({ schedule }) => showSchedule(schedule),
  ts: ({ schedule, program, name }) =>
    emitTs(schedule, { types: true, banner: banner(program.file, name) }),
  wat: ({ schedule }) => emitWat(schedule),
  wgsl: ({ schedule }) => showWgsl(schedule),
  dot: ({ program }) => showDot(program),
  latex: ({ program }) => showLatex(program),
};
const stageNames = ["ast", ...Object.keys(stages)];

export function addExplain(
  program: Command,
  io: Io,
  done: (code: ExitCode) => void,
): void {
  const command = program
    .command("explain")
    .description(
      "show what the compiler made of a spec: equations, derivatives, what runs when, what is kept",
    )
    .argument("<spec>", "the file")
    .addOption(cellOption())
    .option(
      "--emit <stages>",
      `print stages instead: ${stageNames.join(", ")}`,
      (text: string, before: readonly string[] | undefined) =>
        readNames(text, before),
    )
    .option(
      "--backend <names>",
      `kernels of these backends alone: ${explained.join(", ")}`,
    )
    .addOption(sizeOption(": how a call on WebGPU would run"))
    .option("--steps <T>", "steps of that call (default: 100)", readCount)
    .option(
      "--batch <B>",
      "batch entries of that call (default: 1)",
      readCount,
    );
  addDefineOption(addCommonOptions(command)).action(
    (spec: string, options: ExplainOptions) => {
      done(explain(spec, options, io));
    },
  );
}

function explain(spec: string, options: ExplainOptions, io: Io): ExitCode {
  const wanted = options.emit ?? [];
  for (const name of wanted) {
    if (!stageNames.includes(name))
      throw new CallError(
        `unknown stage ${name}; there are: ${stageNames.join(", ")}`,
      );
  }
  const backends = options.backend
    ? readBackends(options.backend, explained)
    : explained;
  const result = chosenCells([spec], options, io);
  if (!result) return exit.spec;
  if (wanted.length > 0) emit(spec, wanted, result.cells, options, io);
  else {
    const reports = result.cells.map((cell) => makeReport(cell, options));
    const { bold } = colorsFor(io, "out", options.color);
    io.out(
      options.json
        ? `${JSON.stringify({ ok: true, cells: reports })}\n`
        : reports
            .map((report) => showReport(report, backends, bold))
            .join("\n"),
    );
  }
  return exit.fine;
}

function emit(
  spec: string,
  wanted: readonly string[],
  cells: readonly CompiledCell[],
  options: ExplainOptions,
  io: Io,
): void {
  const printed: { stage: string; cell?: string; text: string }[] = [];
  if (wanted.includes("ast"))
    printed.push({ stage: "ast", text: showAst(spec, io.cwd) });
  for (const cell of cells)
    for (const stage of wanted)
      if (stage !== "ast")
        printed.push({ stage, cell: cell.name, text: stages[stage]!(cell) });
  io.out(
    options.json
      ? `${JSON.stringify({ ok: true, stages: printed })}\n`
      : `${printed.map(({ text }) => text.trimEnd()).join("\n\n")}\n`,
  );
}

/** The syntax tree of the file as JSON; the text itself and where things stand in it are left out. */
function showAst(spec: string, cwd: string): string {
  const bytes = diskHost(cwd).read(spec);
  const tree = bytes && parseSource(spec, bytes, new DiagnosticBag());
  return JSON.stringify(
    tree,
    (key, value: unknown) =>
      key === "span" || (key === "text" && value === tree?.text)
        ? undefined
        : value,
    2,
  );
}

/** The library: compile, check and prove cells from a program or a test. */
import { compile } from "./compile.js";
import type { Compilation, CompiledCell, CompileOptions } from "./compile.js";
import type { Diagnostic } from "./diagnostics/diagnostic.js";
import { renderAll } from "./diagnostics/render.js";
import { gradcheckCell } from "./gradcheck-cell.js";
import type { CellGradcheckOptions } from "./gradcheck-cell.js";
import type { GradcheckReport } from "./gradcheck/index.js";

export { compile } from "./compile.js";
export type {
  Compilation,
  CompiledCell,
  CompileOptions,
  PrintOptions,
} from "./compile.js";
export { loadAssembler } from "./backends/wasm/index.js";
export type { Assembler } from "./backends/wasm/index.js";
export type {
  Diagnostic,
  Fix,
  Label,
  Note,
  Severity,
} from "./diagnostics/diagnostic.js";
export type { Span } from "./diagnostics/span.js";
export type { SourceHost } from "./dsl/index.js";
export type { CellGradcheckOptions } from "./gradcheck-cell.js";
export type { GradcheckReport, TensorReport } from "./gradcheck/index.js";
export { version } from "./version.js";

export interface CheckResult {
  /** No errors; there may be warnings. */
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  /** The problems as text, in frames of the source; empty where there are none. */
  readonly text: string;
}

/** The problems of a spec. Never throws on a bad one. */
export function check(
  source: string,
  options: CompileOptions = {},
): CheckResult {
  return resultOf(compile(source, options));
}

function resultOf({ diagnostics, sources }: Compilation): CheckResult {
  return {
    ok: diagnostics.every(({ severity }) => severity !== "error"),
    diagnostics,
    text: renderAll(diagnostics, sources),
  };
}

export interface GradcheckResult {
  /** Every gradient of every cell agrees. */
  readonly ok: boolean;
  readonly reports: readonly GradcheckReport[];
  /** For people, and as the message of an assertion: a line per cell, and what failed. */
  readonly summary: string;
}

/**
 * Compares analytic gradients with central differences and forward mode, for all cells of a spec or for
 * one that is compiled already. In a test: `const { ok, summary } = gradcheck(text)`, then
 * `expect(ok, summary).toBe(true)`.
 */
export function gradcheck(
  subject: string | CompiledCell,
  options: CellGradcheckOptions & CompileOptions = {},
): GradcheckResult {
  if (typeof subject !== "string") return proven([subject], options);
  const compilation = compile(subject, options);
  const { ok, text } = resultOf(compilation);
  return ok
    ? proven(compilation.cells, options)
    : { ok, reports: [], summary: text };
}

function proven(
  cells: readonly CompiledCell[],
  options: CellGradcheckOptions,
): GradcheckResult {
  const reports = cells.map((cell) => gradcheckCell(cell, options));
  return {
    ok: reports.length > 0 && reports.every((report) => report.ok),
    reports,
    summary:
      reports.map((report) => report.summary).join("\n") ||
      "there is no cell to check",
  };
}

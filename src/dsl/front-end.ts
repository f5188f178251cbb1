/** Resolved cells to programs: elaborate, infer, lower, each cell for itself. */
import type { DiagnosticBag } from "../diagnostics/bag.js";
import type { CellProgram } from "../ir/program.js";
import { elaborateCell } from "./elaborate/cell.js";
import type { Run } from "./elaborate/cell.js";
import { checkFunctions } from "./elaborate/check-functions.js";
import { inferCell } from "./infer/index.js";
import type { InferredCell } from "./infer/index.js";
import { stepBudget } from "./limits.js";
import { lowerCell } from "./lower/index.js";
import { prelude } from "./prelude.js";
import type { FileScope, ResolvedCell } from "./resolved.js";

/** The programs of the cells that have no errors of their own. */
export function compileCells(
  cells: readonly ResolvedCell[],
  files: Iterable<FileScope>,
  bag: DiagnosticBag,
  defines: Readonly<Record<string, number>>,
): CellProgram[] {
  const run: Run = {
    bag,
    prelude,
    defines,
    constants: new Map(),
    budget: { remaining: stepBudget },
  };
  checkFunctions(files, run);
  return cells.flatMap((resolved) => {
    // Reported where it ran out.
    if (run.budget.remaining <= 0) return [];
    const before = bag.errorReports;
    const hadErrors = () => bag.errorReports > before;
    const inferred = inferCell(elaborateCell(resolved, run), bag, hadErrors);
    return hadErrors() || !isComplete(inferred) ? [] : [lowerCell(inferred)];
  });
}

/** Parts that could not be read were reported before the cell was looked at. */
const isComplete = ({ cell, needed, shapes }: InferredCell): boolean =>
  !cell.resolved.declaration.broken &&
  [...needed.terms].every((term) => shapes.ofTerm(term)) &&
  [...needed.values].every((value) => shapes.ofValue(value));

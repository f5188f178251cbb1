/** The cells that a command is about, or what is wrong with their specs. */
import type { Compilation, CompiledCell } from "../compile.js";
import { CallError } from "./io.js";
import type { Io } from "./io.js";
import type { CommonOptions } from "./options.js";
import { printProblems, reportFailure } from "./problems.js";
import { compileSpecs, hasErrors } from "./specs.js";

export interface ChoiceOptions extends CommonOptions {
  readonly cell?: readonly string[];
  readonly size?: Readonly<Record<string, number>>;
  readonly define: Readonly<Record<string, number>>;
}

/**
 * Compiles specs. Errors are reported, and nothing is given then; warnings go to stderr.
 * @throws CallError for a cell, a constant or a size that there is not
 */
export function chosenCells(
  specs: readonly string[],
  options: ChoiceOptions,
  io: Io,
): Compilation | undefined {
  const result = compileSpecs(specs, io.cwd, {
    defines: options.define,
    ...(options.cell ? { cells: options.cell } : {}),
  });
  if (hasErrors(result)) {
    reportFailure(result, io, options);
    return undefined;
  }
  checkSizeNames(options.size ?? {}, result.cells);
  if (!options.json) printProblems(result, io, "err", options);
  return result;
}

function checkSizeNames(
  sizes: Readonly<Record<string, number>>,
  cells: readonly CompiledCell[],
): void {
  for (const name of Object.keys(sizes))
    if (!cells.some(({ program }) => program.sizes.includes(name)))
      throw new CallError(
        `--size ${name}: no cell here has that size; there are: ${[...new Set(cells.flatMap(({ program }) => program.sizes))].join(", ") || "none"}`,
      );
}

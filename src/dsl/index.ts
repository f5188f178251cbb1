/** The front end: from the text of `.cell` files to checked programs. */
import { DiagnosticBag } from "../diagnostics/bag.js";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import type { CellProgram } from "../ir/program.js";
import { compileCells } from "./front-end.js";
import { resolveFiles } from "./resolve.js";
import type { ResolvedFiles, SourceHost } from "./resolve.js";

export { fileSizeLimit } from "./limits.js";
export type { SourceHost } from "./resolve.js";

export interface FrontEndOptions {
  /** Numbers that take the place of constants of these names. */
  readonly defines?: Readonly<Record<string, number>>;
}

export interface FrontEndResult {
  /** The cells of the entry files that have no errors, in order. */
  readonly cells: CellProgram[];
  readonly diagnostics: Diagnostic[];
  /** Texts by file, for the frames of diagnostics. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Never throws on a bad spec: what is wrong stands in the diagnostics. */
export function frontEnd(
  entries: readonly string[],
  host: SourceHost,
  { defines = {} }: FrontEndOptions = {},
): FrontEndResult {
  const bag = new DiagnosticBag();
  const resolved = resolveFiles(entries, host, bag);
  const cells = compileCells(resolved.cells, resolved.scopes, bag, defines);
  reportUnknownDefines(entries, resolved, defines, bag);
  return { cells, diagnostics: bag.diagnostics, sources: bag.sources };
}

function reportUnknownDefines(
  [file = ""]: readonly string[],
  { cells, scopes }: ResolvedFiles,
  defines: Readonly<Record<string, number>>,
  bag: DiagnosticBag,
): void {
  const names = Object.keys(defines);
  if (names.length === 0) return;
  const known = new Set([
    ...scopes.flatMap(({ constants }) => [...constants.keys()]),
    ...cells.flatMap((cell) =>
      [
        ...cell.constants,
        ...cell.definitions,
        ...cell.declarations,
        ...cell.fixes,
      ].flatMap(({ item, scope }) => [
        ...(item.kind === "const" ? [item.name.name] : []),
        ...scope.constants.keys(),
      ]),
    ),
  ]);
  for (const name of names)
    if (!known.has(name))
      bag.report("unknownDefine", {
        span: { file, start: 0, end: 0 },
        name,
        nearest: bag.nearest(name, () => known),
      });
}

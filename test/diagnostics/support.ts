import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { renderAll } from "../../src/diagnostics/render.js";
import { frontEnd } from "../../src/dsl/index.js";
import type { SourceHost } from "../../src/dsl/files.js";

const encoder = new TextEncoder();

export const resolvePath = (from: string, specifier: string): string =>
  posix.join(posix.dirname(from), specifier);

/** Files that exist only in the test. */
export const memoryHost = (
  files: Readonly<Record<string, string | Uint8Array>>,
): SourceHost => ({
  read: (path) => {
    const content = Object.hasOwn(files, path) ? files[path] : undefined;
    return typeof content === "string" ? encoder.encode(content) : content;
  },
  resolve: resolvePath,
});

/** The files of a folder; paths stay as short as they are written. */
export const folderHost = (folder: string): SourceHost => ({
  read: (path) => {
    const full = posix.join(folder, path);
    return existsSync(full) ? readFileSync(full) : undefined;
  },
  resolve: resolvePath,
});

export function diagnose(
  host: SourceHost,
  entries: readonly string[] = ["a.cell"],
  defines: Readonly<Record<string, number>> = {},
) {
  const { cells, diagnostics, sources } = frontEnd(entries, host, { defines });
  return {
    cells: cells.map(({ name }) => name),
    diagnostics,
    codes: diagnostics.map(({ code }) => code),
    text: renderAll(diagnostics, sources),
  };
}

/** Codes of the problems of one file. */
export const codesOf = (text: string): string[] =>
  diagnose(memoryHost({ "a.cell": text })).codes;

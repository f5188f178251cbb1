/** The library of cells, compiled once per test file. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compileFiles } from "../../src/compile.js";
import type { CompiledCell } from "../../src/compile.js";

const folder = new URL("../../specs/", import.meta.url);

export const specFiles = readdirSync(folder)
  .filter((name) => name.endsWith(".cell"))
  .sort()
  .map((name) => `specs/${name}`);

export const specText = (file: string): string =>
  readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

/** All cells by name; throws when the library has a problem. */
export function library(): ReadonlyMap<string, CompiledCell> {
  const { cells, diagnostics } = compileFiles(specFiles, {
    resolve: (from, path) => join(dirname(from), path),
    read: (file) => readFileSync(new URL(`../../${file}`, import.meta.url)),
  });
  if (diagnostics.length > 0)
    throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return new Map(cells.map((cell) => [cell.name, cell]));
}

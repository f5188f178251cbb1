/** Specs on disk: which files a command means, and how the front end reads them. */
import {
  closeSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname, isAbsolute, join, posix, relative, sep } from "node:path";
import { compileFiles } from "../compile.js";
import type { Compilation, CompiledCell, CompileOptions } from "../compile.js";
import type { SourceHost } from "../dsl/index.js";
import { fileSizeLimit } from "../dsl/index.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { nearest } from "../diagnostics/nearest.js";
import { CallError } from "./io.js";

/** Files as given; of a folder all `.cell` files in it. Throws a `CallError` for what cannot be read. */
export function findSpecs(given: readonly string[], cwd: string): string[] {
  const found = given.flatMap((path) => {
    const full = absolute(path, cwd);
    const status = statOf(full);
    if (status === undefined)
      throw new CallError(`cannot read ${path}: no such file`);
    if (status.isFile()) return [path];
    if (!status.isDirectory())
      throw new CallError(
        `cannot read ${path}: it is neither a file nor a folder`,
      );
    const inside = readdirSync(full)
      .filter(
        (name) =>
          name.endsWith(".cell") && statOf(join(full, name))?.isFile() === true,
      )
      .sort();
    if (inside.length === 0)
      throw new CallError(`there is no .cell file in ${path}`);
    return inside.map((name) => join(path, name));
  });
  return [...new Set(found.map((path) => posix.normalize(posixPath(path))))];
}

/** The file system as the front end sees it; paths stay as the user gave them, with `/`. */
export const diskHost = (cwd: string): SourceHost => ({
  resolve: (from, path) =>
    isAbsolute(path) ? path : posix.join(posix.dirname(from), path),
  read: (path) => readStart(absolute(path, cwd)),
  identity: (path) => {
    try {
      return realpathSync(absolute(path, cwd));
    } catch {
      return path;
    }
  },
});

/** A file as far as the compiler wants it; devices and pipes, which may have no end, are no files. */
function readStart(path: string): Uint8Array | undefined {
  try {
    if (!statSync(path).isFile()) return undefined;
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(fileSizeLimit + 1);
      let length = 0;
      for (;;) {
        const more = readSync(file, bytes, length, bytes.length - length, null);
        length += more;
        if (more === 0 || length === bytes.length)
          return bytes.subarray(0, length);
      }
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/**
 * Compiles specs from disk; with names, only those cells.
 * Throws a `CallError` for a cell or a constant of the call that specs without errors do not have.
 */
export function compileSpecs(
  given: readonly string[],
  cwd: string,
  options: Pick<CompileOptions, "defines" | "cells"> = {},
): Compilation {
  const result = compileFiles(findSpecs(given, cwd), diskHost(cwd), options);
  rejectDefines(result);
  if (!hasErrors(result))
    for (const name of options.cells ?? [])
      if (!result.cells.some((cell) => cell.name === name))
        throw unknownCell(name, given, cwd, options);
  return result;
}

/** Unknown constants are the call's mistake, unless a spec has errors: then they may stand where it is broken. */
function rejectDefines({ diagnostics }: Compilation): void {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const { code } = catalogue.unknownDefine;
  if (errors.length > 0 && errors.every((error) => error.code === code))
    throw new CallError(
      errors
        .map(({ message, help }) => [message, help ?? []].flat().join("; "))
        .join("\n"),
    );
}

function unknownCell(
  name: string,
  given: readonly string[],
  cwd: string,
  options: Pick<CompileOptions, "defines">,
): CallError {
  const all = compileFiles(findSpecs(given, cwd), diskHost(cwd), {
    defines: options.defines ?? {},
  }).cells.map((cell) => cell.name);
  const close = nearest(name, all);
  return new CallError(
    `there is no cell ${name} in ${given.join(", ")}${close === undefined ? `; there are: ${all.join(", ") || "none"}` : `; did you mean ${close}?`}`,
  );
}

/** The one cell that a command is about. */
export function onlyCell(
  cells: readonly CompiledCell[],
  spec: string,
): CompiledCell {
  const [first, ...others] = cells;
  if (first === undefined) throw new CallError(`there is no cell in ${spec}`);
  if (others.length > 0)
    throw new CallError(
      `${spec} has several cells; say which with --cell: ${cells.map((cell) => cell.name).join(", ")}`,
    );
  return first;
}

export const hasErrors = ({ diagnostics }: Compilation): boolean =>
  diagnostics.some(({ severity }) => severity === "error");

export const absolute = (path: string, cwd: string): string =>
  isAbsolute(path) ? path : join(cwd, path);

export const posixPath = (path: string): string =>
  sep === "/" ? path : path.replaceAll(sep, "/");

/** How generated files name a spec: relative to the folder that holds the output, so that it does not matter from where the command ran. */
export const specName = (spec: string, out: string, cwd: string): string =>
  posixPath(relative(dirname(absolute(out, cwd)), absolute(spec, cwd)));

function statOf(path: string): ReturnType<typeof statSync> | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

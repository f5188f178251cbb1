/**
 * What `cellc compile` does to its output folder, worked out before a byte is written: files that are
 * new or changed, and files of cells that are gone. Each file is replaced in one step.
 */
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "./folders.js";
import writeFileAtomic from "write-file-atomic";
import { fileStem, readBanner } from "../backends/names.js";
import type { Origin } from "../backends/names.js";
import { CallError } from "./io.js";
import { posixPath } from "./specs.js";

/** Path below the output folder → text or bytes. */
export type GeneratedFiles = ReadonlyMap<string, string | Uint8Array>;

export interface OutputChanges {
  readonly write: GeneratedFiles;
  /** Files that were generated from the same specs and are not generated any more. */
  readonly remove: readonly LeftOver[];
}

export interface LeftOver {
  /** Below the folder. */
  readonly path: string;
  readonly origin: Origin;
}

/** @param isOurs whether files of a spec are left over when nothing wrote them now */
export function planOutput(
  folder: string,
  files: GeneratedFiles,
  isOurs: (spec: string) => boolean,
): OutputChanges {
  const write = new Map(
    [...files].filter(
      ([path, content]) => !isThere(join(folder, path), content),
    ),
  );
  const remove = generatedFiles(folder).flatMap((path): LeftOver[] => {
    if (files.has(path)) return [];
    const origin = readBanner(firstLine(join(folder, spokenFor(path))));
    return origin && isPlaceOf(origin.cell, path) && isOurs(origin.spec)
      ? [{ path, origin }]
      : [];
  });
  return { write, remove };
}

/**
 * Writes and removes as planned. A failure leaves every file either as it was or as it should be.
 * @param shown the folder as the user calls it
 */
export async function applyOutput(
  folder: string,
  { write, remove }: OutputChanges,
  shown: string,
): Promise<void> {
  for (const [path, content] of write) {
    const full = join(folder, path);
    try {
      makeFolder(dirname(full));
      await writeFileAtomic(
        full,
        typeof content === "string" ? content : Buffer.from(content),
      );
    } catch (error) {
      throw new CallError(
        `cannot write ${posixPath(join(shown, path))}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  for (const { path } of remove) {
    const full = join(folder, path);
    rmSync(full, { force: true });
    for (
      let parent = dirname(full);
      parent !== folder && readdirSync(parent).length === 0;
      parent = dirname(parent)
    )
      rmdirSync(parent);
  }
}

/** Files where the compiler puts them: entries in the folder, kernels one level below it, WGSL one more. */
function generatedFiles(folder: string): string[] {
  const filesIn = (below: string, levels: number): string[] =>
    readdirSync(join(folder, below), { withFileTypes: true }).flatMap(
      (entry) => {
        const path = posixPath(join(below, entry.name));
        if (entry.isFile()) return [path];
        const deeper = levels === 2 || (levels === 1 && entry.name === "wgsl");
        return entry.isDirectory() && deeper ? filesIn(path, levels - 1) : [];
      },
    );
  return existsSync(folder)
    ? filesIn("", 2)
        .filter((path) => /\.(js|ts|wasm|wgsl)$/.test(path))
        .sort()
    : [];
}

/** Whether the compiler would put a file of the cell there: a copy under another name is its owner's. */
function isPlaceOf(cell: string, path: string): boolean {
  const stem = fileStem(cell);
  return (
    path === `${stem}.js` ||
    path === `${stem}.d.ts` ||
    path.startsWith(`${stem}/`)
  );
}

/** Bytes have no first line: the text that reads them says what they are from. */
const spokenFor = (path: string): string =>
  path.endsWith(".wasm") ? posixPath(join(dirname(path), "wasm.js")) : path;

function isThere(path: string, content: string | Uint8Array): boolean {
  try {
    return readFileSync(path).equals(Buffer.from(content));
  } catch {
    return false;
  }
}

/** As much of a file as a banner may have; nothing where it cannot be read. */
function firstLine(path: string): string {
  try {
    const file = openSync(path, "r");
    try {
      const start = Buffer.alloc(8192);
      return start
        .toString("utf8", 0, readSync(file, start))
        .split("\n", 1)[0]!;
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}

/**
 * What `cellc compile` does to its output folder, worked out before a byte is written: files that are
 * new or changed, and files of cells that are gone. Each file is replaced in one step.
 */
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "./folders.js";
import writeFileAtomic from "write-file-atomic";
import { readBanner } from "../backends/names.js";
import { CallError } from "./io.js";
import { posixPath } from "./specs.js";

/** Path below the output folder → text or bytes. */
export type GeneratedFiles = ReadonlyMap<string, string | Uint8Array>;

export interface OutputChanges {
  readonly write: GeneratedFiles;
  /** Paths below the folder of files that were generated from cells that are gone. */
  readonly remove: readonly string[];
}

/** @param isGone whether a file with this origin is left over when nothing wrote it now */
export function planOutput(
  folder: string,
  files: GeneratedFiles,
  isGone: (spec: string, cell: string) => boolean,
): OutputChanges {
  const write = new Map(
    [...files].filter(
      ([path, content]) => !isThere(join(folder, path), content),
    ),
  );
  const remove = generatedFiles(folder).filter((path) => {
    if (files.has(path)) return false;
    const origin = readBanner(readText(join(folder, spokenFor(path))) ?? "");
    return origin !== undefined && isGone(origin.spec, origin.cell);
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
  for (const path of remove) {
    const full = join(folder, path);
    rmSync(full, { force: true });
    const parent = dirname(full);
    if (parent !== folder && readdirSync(parent).length === 0)
      rmdirSync(parent);
  }
}

/** Entry files in the folder and kernels one level below it. */
function generatedFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory()
        ? readdirSync(join(folder, entry.name)).map((name) =>
            posixPath(join(entry.name, name)),
          )
        : [entry.name],
    )
    .filter((path) => /\.(js|ts|wasm)$/.test(path))
    .sort();
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

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Unpacks what an installed package holds compressed, once, into a cache folder. Any number of processes may
 * do so at the same time: each unpacks beside the place, and one rename decides whose folder it becomes.
 */
import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { parseTar } from "nanotar";

export interface Unpacking {
  /** Name of the folder; says what is in it and of which version. */
  readonly name: string;
  /** `.tar.br` archives, and single files packed as `.br`, which become executable. */
  readonly archives: readonly string[];
  /** Which files of the archives are wanted; all by default. */
  readonly wanted?: (path: string) => boolean;
}

/**
 * Folders for what can be made again: that of the installed packages, which goes away with them, and the
 * user's, for packages that were installed by somebody else.
 * @param packageFolder folder of the package that holds the archives
 */
export function cacheFolders(packageFolder: string): string[] {
  const at = packageFolder.lastIndexOf("node_modules");
  const user = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return [
    ...(at < 0
      ? []
      : [
          join(
            packageFolder.slice(0, at + "node_modules".length),
            ".cache",
            "cellc",
          ),
        ]),
    join(user, "cellc"),
  ];
}

/**
 * The folder with the unpacked files, made in the first of `parents` that can be written.
 * @throws where none can be, with the reason of each
 */
export function unpack(
  { name, archives, wanted = () => true }: Unpacking,
  parents: readonly string[],
): string {
  const there = parents.map((parent) => join(parent, name)).find(existsSync);
  if (there !== undefined) return there;
  const problems: string[] = [];
  for (const parent of parents) {
    const own = join(parent, `${name}.${randomUUID()}`);
    try {
      mkdirSync(own, { recursive: true });
    } catch (error) {
      problems.push(messageOf(error));
      continue;
    }
    try {
      for (const archive of archives) unpackOne(archive, own, wanted);
      return takePlace(own, join(parent, name));
    } catch (error) {
      problems.push(messageOf(error));
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  }
  throw new Error(problems.join("; "));
}

/** Whoever comes second finds the same files there already. */
function takePlace(own: string, folder: string): string {
  try {
    renameSync(own, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

function unpackOne(
  archive: string,
  into: string,
  wanted: (path: string) => boolean,
): void {
  const bytes = brotliDecompressSync(readFileSync(archive));
  if (!archive.endsWith(".tar.br")) {
    writeFileSync(join(into, basename(archive, ".br")), bytes, { mode: 0o755 });
    return;
  }
  // The parser reads the whole buffer behind a view: it gets one that holds the archive alone.
  for (const { name, type, data } of parseTar(new Uint8Array(bytes))) {
    if (type !== "file" || !wanted(name)) continue;
    const path = resolve(into, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, data ?? new Uint8Array());
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

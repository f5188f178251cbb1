/** Where an optional package lies, without loading it. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * The folder of a package that this package or the project in the current folder can import;
 * `undefined` where neither can.
 */
export function packageFolder(
  name: string,
  cwd: string = process.cwd(),
): string | undefined {
  const starts = [import.meta.url, pathToFileURL(join(cwd, "index.js"))];
  return starts
    .flatMap((start) => createRequire(start).resolve.paths(name) ?? [])
    .map((modules) => join(modules, name))
    .find((folder) => existsSync(join(folder, "package.json")));
}

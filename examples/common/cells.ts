/** Cells of `specs/` by name, compiled when an example asks for them. */
import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";
import type { CellModule } from "cellc/runtime";

/** From `build/common/` as from `examples/common/`, two levels up. */
export const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, "build", "cells");

export type Backend = "ts" | "wasm";

/** A cell's module; names in `names` are those of the specs, such as `LSTM`. */
export async function importCells(
  ...names: readonly string[]
): Promise<CellModule[]> {
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      "bin/cellc.js",
      "compile",
      "specs",
      "--cell",
      ...new Set(names),
      "--out",
      folder,
      "--backend",
      "ts,wasm",
    ],
    { cwd: root, encoding: "utf8" },
  );
  if (status !== 0) throw new UserError(stderr.trim());
  return Promise.all(names.map((name) => importCell(name)));
}

async function importCell(name: string): Promise<CellModule> {
  const file = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
  const url = pathToFileURL(join(folder, `${file}.js`)).href;
  const module = (await import(url)) as Record<string, CellModule>;
  return module[name]!;
}

/** What the user can mend; shown without a stack. */
export class UserError extends Error {}

/** Cells of `specs/` by name, compiled when an example asks for them. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { CellModule } from "cellc/runtime";
import { UserError } from "./command.js";

/** Two levels up, from `build/common/` as from `examples/common/`. */
const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, "build", "cells");

/** The modules of these cells, in the order of the names, for all backends. */
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
      "build/cells",
      "--backend",
      "ts,wasm,wgsl",
    ],
    { cwd: root, encoding: "utf8" },
  );
  if (status !== 0) throw new UserError(stderr.trim());
  return Promise.all(names.map(importCell));
}

async function importCell(name: string): Promise<CellModule> {
  const file = name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
  const { href } = pathToFileURL(join(folder, `${file}.js`));
  const module = (await import(href)) as Record<string, CellModule>;
  return module[name]!;
}

/** Layers of vectors can be made of cells with one input `[M]` and one output, over the sizes M and N. */
export function checkVectorCell(cell: CellModule): void {
  const names = (values: readonly { readonly name: string }[]): string =>
    values.map(({ name }) => name).join(", ") || "none";
  const fits =
    cell.sizes.every((size) => size === "M" || size === "N") &&
    cell.inputs.length === 1 &&
    cell.inputs[0]!.vocabulary === undefined &&
    cell.outputs.length === 1 &&
    cell.context.length === 0;
  if (!fits)
    throw new UserError(
      `${cell.name} does not fit: expected a cell with one input [M] and one output, whose sizes are M and N; this one has the sizes ${cell.sizes.join(", ")}, the inputs ${names(cell.inputs)}, the outputs ${names(cell.outputs)} and the context ${names(cell.context)}`,
    );
}

/** The cells of the library, compiled for all backends into a folder of the project, where they find its runtime. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compileFiles } from "../../dist/compile.js";
import { loadAssembler } from "../../dist/index.js";
import type { CellModule } from "../../dist/runtime/index.js";

export type Modules = Readonly<Record<string, CellModule>>;

const root = new URL("../../", import.meta.url);
const out = new URL("build/bench/", root);

export async function compileCells(names: readonly string[]): Promise<Modules> {
  const modules: Record<string, CellModule> = {};
  for (const [name, { href }] of Object.entries(await writeCells(names)))
    modules[name] = ((await import(href)) as Modules)[name]!;
  return modules;
}

/** Writes them and gives the entry module of each. */
export async function writeCells(
  names: readonly string[],
): Promise<Record<string, URL>> {
  const specs = readdirSync(new URL("specs/", root))
    .filter((name) => name.endsWith(".cell"))
    .map((name) => `specs/${name}`);
  const host = {
    resolve: (from: string, path: string): string => join(dirname(from), path),
    read: (file: string): Uint8Array => readFileSync(new URL(file, root)),
  };
  const { cells } = compileFiles(specs, host, {
    cells: names,
    backends: ["ts", "wasm", "wgsl"],
    assembler: await loadAssembler(),
  });
  const entries: Record<string, URL> = {};
  for (const { name, files } of cells) {
    for (const [path, text] of Object.entries(files)) {
      const file = new URL(path, out);
      mkdirSync(new URL(".", file), { recursive: true });
      writeFileSync(file, text);
    }
    const entry = Object.keys(files).find((path) => /^[^/]*\.js$/.test(path))!;
    entries[name] = new URL(entry, out);
  }
  return entries;
}

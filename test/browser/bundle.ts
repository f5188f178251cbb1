/** Compiles cells as `cellc compile` does and bundles them with the program of the page, as an application does. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { loadAssembler } from "../../src/backends/wasm/index.js";
import { compile } from "../../src/compile.js";
import type { CompiledCell } from "../../src/compile.js";
import { specText } from "../specs/library.js";

const path = (url: string): string =>
  fileURLToPath(new URL(url, import.meta.url));

export interface Bundle {
  readonly cells: Readonly<Record<string, CompiledCell>>;
  /** What the server serves: path → text. `/page.js` is the program of the page. */
  readonly files: ReadonlyMap<string, string>;
}

/** @param specs name of a cell → file below `specs/` */
export async function bundleCells(
  specs: Readonly<Record<string, string>>,
): Promise<Bundle> {
  const assembler = await loadAssembler();
  const cells = Object.fromEntries(
    Object.entries(specs).map(([name, file]) => {
      const { cells: found } = compile(specText(`specs/${file}`), {
        file,
        cells: [name],
        backends: ["ts", "wasm", "wgsl"],
        assembler,
      });
      return [name, found[0]!];
    }),
  );
  const folder = mkdtempSync(join(tmpdir(), "cellc-page-"));
  try {
    for (const { files } of Object.values(cells))
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
      }
    return { cells, files: await bundle(folder, cells) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bundle(
  folder: string,
  cells: Readonly<Record<string, CompiledCell>>,
): Promise<Map<string, string>> {
  const entries = Object.entries(cells).map(([name, { files }]) => {
    const entry = Object.keys(files).find((file) => /^[^/]+\.js$/.test(file));
    return { name, entry };
  });
  const main = join(folder, "page.js");
  writeFileSync(
    main,
    [
      ...entries.map(
        ({ name, entry }) => `import { ${name} } from "./${entry}";`,
      ),
      `import { runJob } from ${JSON.stringify(path("page.ts"))};`,
      `const cells = { ${entries.map(({ name }) => name).join(", ")} };`,
      "globalThis.runJob = (job) => runJob(cells[job.cell], job);",
    ].join("\n"),
  );
  const { outputFiles } = await build({
    entryPoints: {
      page: main,
      // The program of the runtime's workers is looked for beside the runtime.
      worker: path("../../src/runtime/threads/worker.ts"),
    },
    alias: { "cellc/runtime": path("../../src/runtime/index.ts") },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    outdir: folder,
    write: false,
    logLevel: "error",
  });
  return new Map(
    outputFiles.map((file) => [file.path.slice(folder.length), file.text]),
  );
}

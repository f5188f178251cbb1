/** Generated WebGPU kernels beside other libraries on the same adapter: in one page of a headless Chromium. */
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { launchChromium, serve } from "../../scripts/browser.js";
import { writeCells } from "./cells.js";
import { nameOf } from "./compare.js";
import type { Comparison } from "./compare.js";
import type { Plan } from "./kernels.js";
import type { GpuCase, PageGlobals } from "./page/main.js";
import { cells } from "./problem.js";
import { main, shapes } from "./shapes.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface GpuComparisons {
  /** Of the page, as WebGPU names it. */
  readonly adapter: string;
  readonly comparisons: readonly Comparison[];
}

/** Where tfjs takes part: at larger shapes one of its runs takes minutes in software. */
const tfjsShape = shapes[2]!;

function casesOf({ wanted, quick, rounds }: Plan): GpuCase[] {
  const found: GpuCase[] = [];
  for (const cell of ["lstm", "gru"] as const)
    for (const shape of quick ? [main] : shapes)
      for (const pass of ["forward", "forward+backward"] as const) {
        const at = { backend: "webgpu", cell, shape, pass } as const;
        const tfjs = shape === tfjsShape;
        // Training has no other peer.
        if (pass === "forward+backward" && !tfjs) continue;
        if (wanted(nameOf(at)))
          found.push({ at, rounds: Math.min(rounds, 3), tfjs });
      }
  return found;
}

export async function compareOnGpu(
  plan: Plan,
): Promise<GpuComparisons | undefined> {
  const cases = casesOf(plan);
  if (cases.length === 0) return undefined;
  const browser = await launchChromium().catch((error: unknown) => {
    plan.progress(`without a browser: ${String(error)}`);
    return undefined;
  });
  if (!browser) return undefined;
  const site = await serve(await bundlePage());
  try {
    const page = await browser.newPage();
    await page.goto(site.address);
    const comparisons: Comparison[] = [];
    for (const given of cases) {
      plan.progress(nameOf(given.at));
      comparisons.push(
        await page.evaluate(
          (each) => (globalThis as unknown as PageGlobals).compare(each),
          given,
        ),
      );
    }
    return { adapter: await adapterOf(page), comparisons };
  } finally {
    await browser.close();
    await site.close();
  }
}

const adapterOf = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const info = (await navigator.gpu.requestAdapter())?.info;
    return `${info?.vendor} ${info?.architecture}`;
  });

/** The program of the page with the generated cells, and the files that onnxruntime fetches. */
async function bundlePage(): Promise<Map<string, string | Uint8Array>> {
  const entries = await writeCells(
    Object.values(cells).map(({ name }) => name),
  );
  const folder = mkdtempSync(join(tmpdir(), "cellc-bench-page-"));
  try {
    const entry = join(folder, "page.js");
    writeFileSync(
      entry,
      [
        ...Object.entries(entries).map(
          ([name, url]) =>
            `import { ${name} } from ${JSON.stringify(fileURLToPath(url))};`,
        ),
        `import { offer } from ${JSON.stringify(join(root, "bench/dist/page/main.js"))};`,
        `offer({ ${Object.keys(entries).join(", ")} });`,
      ].join("\n"),
    );
    const { outputFiles } = await build({
      entryPoints: { page: entry },
      alias: { "cellc/runtime": join(root, "dist/runtime/index.js") },
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      outdir: folder,
      write: false,
      logLevel: "error",
    });
    const runtime = join(root, "bench/node_modules/onnxruntime-web/dist");
    return new Map<string, string | Uint8Array>([
      ...outputFiles.map(({ path, contents }): [string, Uint8Array] => [
        path.slice(folder.length),
        contents,
      ]),
      ...readdirSync(runtime)
        .filter((name) => /^ort-wasm.*\.(mjs|wasm)$/.test(name))
        .map((name): [string, Uint8Array] => [
          `/onnxruntime/${name}`,
          readFileSync(join(runtime, name)),
        ]),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

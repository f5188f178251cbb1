/** Training in a real Chromium, bundled as an application is, against the same training on the host in float64. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import {
  Adam,
  loadCriterion,
  loadLayer,
  Model,
  Random,
  Stack,
  Trainer,
} from "cellc/nn";
import { launchChromium, serve } from "../../scripts/browser.js";
import { compile } from "../../src/compile.js";
import { Affine } from "../../generated/affine.js";
import { GRU } from "../../generated/gru.js";
import { SoftmaxCrossEntropy } from "../../generated/softmax-cross-entropy.js";
import { relativeDifference } from "../specs/settings.js";
import { specText } from "../specs/library.js";
import { loading } from "./check.js";
import type { TrainingPage } from "./webgpu-page.js";
import { batches, rate, seed, sizes, updates } from "./webgpu-task.js";

const browser = await launchChromium().catch((error: unknown) => {
  if (process.env["CELLC_NO_SKIPS"]) throw error;
  console.error(`\nNO BROWSER IS TESTED: ${String(error)}\n`);
  return undefined;
});

const path = (url: string): string =>
  fileURLToPath(new URL(url, import.meta.url));

const specs = {
  GRU: "gru.cell",
  Affine: "layers.cell",
  SoftmaxCrossEntropy: "losses.cell",
};

/** The files of a site whose page has `trainInPage`. */
async function bundlePage(): Promise<Map<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "cellc-training-"));
  try {
    for (const [name, file] of Object.entries(specs)) {
      const { cells } = compile(specText(`specs/${file}`), {
        file,
        cells: [name],
        backends: ["wgsl"],
      });
      for (const [each, text] of Object.entries(cells[0]!.files)) {
        mkdirSync(dirname(join(folder, each)), { recursive: true });
        writeFileSync(join(folder, each), text);
      }
    }
    writeFileSync(
      join(folder, "page.js"),
      [
        'import { GRU } from "./gru.js";',
        'import { Affine } from "./affine.js";',
        'import { SoftmaxCrossEntropy } from "./softmax-cross-entropy.js";',
        `import { trainInPage } from ${JSON.stringify(path("webgpu-page.ts"))};`,
        "const cells = { recurrent: GRU, readOut: Affine, loss: SoftmaxCrossEntropy };",
        "globalThis.trainInPage = () => trainInPage(cells);",
      ].join("\n"),
    );
    const { outputFiles } = await build({
      entryPoints: { page: join(folder, "page.js") },
      alias: {
        "cellc/runtime": path("../../src/runtime/index.ts"),
        "cellc/nn/webgpu": path("../../src/nn/webgpu/index.ts"),
        "cellc/nn": path("../../src/nn/index.ts"),
      },
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
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function trainOnHost(): Promise<number[]> {
  const trainer = new Trainer({
    model: new Model(
      new Stack({
        rnn: await loadLayer(GRU, { ...loading, sizes: sizes.rnn }),
        logits: await loadLayer(Affine, { ...loading, sizes: sizes.logits }),
      }),
      seed,
    ),
    criterion: await loadCriterion(SoftmaxCrossEntropy, {
      ...loading,
      sizes: sizes.loss,
    }),
    optimiser: new Adam(),
    rate,
    random: new Random(seed),
    largestNorm: 1,
  });
  return batches(updates).map(
    ({ inputs, targets }) => trainer.step(inputs, targets).value,
  );
}

describe.skipIf(!browser)(
  `Chromium${browser ? "" : " (skipped: there is none)"}`,
  () => {
    afterAll(async () => {
      await browser?.close();
    });

    it("trains a model on WebGPU with the host's losses", async () => {
      const site = await serve(await bundlePage(), {});
      const page = await browser!.newPage();
      try {
        await page.goto(site.address);
        const losses = await page.evaluate(() =>
          (globalThis as unknown as TrainingPage).trainInPage(),
        );
        // Float32 rounds to 6e-8, and an update hands the error on to the next one.
        expect(
          relativeDifference(losses, await trainOnHost()),
        ).toBeLessThanOrEqual(1e-5);
      } finally {
        await page.close();
        await site.close();
      }
    }, 60_000);
  },
);

/**
 * `npm run bench [-- --quick --filter TEXT --json]`: everything that the project gives a figure for, measured in one run.
 * Results are compared before anything is timed; ratios are between medians of alternating rounds.
 */
import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs";
import { env } from "onnxruntime-web";
import { hasRelaxedSimd } from "../../dist/runtime/wasm/features.js";
import { command } from "./command.js";
import { measureCompiler } from "./compiler.js";
import { gradientAccuracy } from "./gradients.js";
import { compareKernels } from "./kernels.js";
import type { Plan } from "./kernels.js";
import { compareWithProduct } from "./micro-kernel.js";
import { findTorch } from "./peers/pytorch.js";
import { Report } from "./report.js";
import {
  showCompiler,
  showGradients,
  showKernels,
  showProduct,
  showThreads,
  showVariants,
} from "./show.js";
import { compareThreads } from "./threads.js";
import { compareVariants } from "./variants.js";
import { compareOnGpu } from "./webgpu.js";

interface Options {
  readonly quick?: boolean;
  readonly filter?: string;
  readonly json?: boolean;
}

const {
  quick = false,
  filter = "",
  json = false,
} = command(
  "npm run bench --",
  "Generated kernels, hand-written loops and other libraries side by side: results are compared first, then timed in alternating rounds. The ratios are between medians; how long the compiler takes and how exact the gradients are stand behind them.",
)
  .option("--quick", "fewer rounds, and only the main shape")
  .option("--filter <text>", "only what has this text in its name")
  .option("--json", "print JSON for machines")
  .addHelpText(
    "after",
    `
Names, with shapes as in T=50 B=32 M=128 N=256:
  <ts|wasm> <lstm|gru|peephole> <forward|forward+backward> <shape>
  webgpu <lstm|gru> <forward|forward+backward> <shape>
  wasm variants <forward|forward+backward> B=<1|32>
  wasm threads <lstm|gru> <shape>
  wasm product
  compile
  gradients`,
  )
  .parse()
  .opts<Options>();

const progress = (text: string): void => {
  process.stderr.write(`  ${text}\n`);
};
let chosen = false;
const wanted = (name: string): boolean => {
  const matches = name.includes(filter);
  chosen ||= matches;
  return matches;
};

const torch = findTorch();
if (torch.reason !== undefined) progress(`without PyTorch: ${torch.reason}`);

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  relaxedSimd: hasRelaxedSimd(),
  tfjs: tf.version_core,
  onnxruntimeWeb: env.versions.web,
  torch: torch.version,
};
const report = new Report(
  json,
  `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node} ${machine.relaxedSimd ? "with" : "without"} relaxed SIMD; tfjs ${machine.tfjs}, onnxruntime-web ${machine.onnxruntimeWeb}, PyTorch ${machine.torch ?? "not there"}`,
  machine,
);
const plan: Plan = {
  rounds: quick ? 3 : 7,
  quick,
  wanted,
  progress,
  measured: report.measured,
  torch: torch.version !== undefined,
};
const some = <T>(results: readonly T[], show: (all: readonly T[]) => string) =>
  results.length > 0 ? show(results) : "";

report.kernels(some(await compareKernels(plan), showKernels));
const webgpu = await compareOnGpu(plan);
report.section(
  "webgpu",
  webgpu,
  webgpu
    ? `In one page of Chromium, on ${webgpu.adapter}:\n${showKernels(webgpu.comparisons)}`
    : "",
);
const variants = await compareVariants(plan);
report.section("variants", variants, some(variants, showVariants));
const threads = await compareThreads(plan);
report.section("threads", threads, some(threads, showThreads));
const product = await compareWithProduct(plan);
report.section("product", product, some(product, showProduct));
const compiler = wanted("compile") ? await measureCompiler(progress) : [];
report.section("compiler", compiler, some(compiler, showCompiler));
const gradients = wanted("gradients") ? gradientAccuracy(progress) : [];
report.section("gradients", gradients, some(gradients, showGradients));

if (!chosen) {
  process.stderr.write(
    `error: there is no name with "${filter}" in it${quick ? " among what --quick runs" : ""} (--help shows them)\n`,
  );
  process.exit(2);
}
report.end();

// Libraries that were timed may hold the process with timers and workers of theirs.
process.exit(0);

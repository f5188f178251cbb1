/**
 * `npm run bench [-- --quick] [--filter TEXT] [--json]`: everything that the project gives a figure for, measured in one run.
 * Results are compared before anything is timed; ratios are between medians of alternating rounds.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs";
import { env } from "onnxruntime-web";
import { hasRelaxedSimd } from "../../dist/runtime/wasm/features.js";
import { measureCompiler } from "./compiler.js";
import { gradientAccuracy } from "./gradients.js";
import { compareKernels } from "./kernels.js";
import type { Plan } from "./kernels.js";
import { compareWithProduct } from "./micro-kernel.js";
import { findTorch } from "./peers/pytorch.js";
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

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    filter: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});

const progress = (text: string): void => {
  process.stderr.write(`  ${text}\n`);
};
const wanted = (name: string): boolean => name.includes(options.filter);

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
const plan: Plan = {
  rounds: options.quick ? 3 : 7,
  quick: options.quick,
  wanted,
  progress,
  torch: torch.version !== undefined,
};
const kernels = await compareKernels(plan);
const webgpu = await compareOnGpu(plan);
const variants = await compareVariants(plan);
const threads = await compareThreads(plan);
const product = await compareWithProduct(plan);
const compiler = wanted("compile") ? await measureCompiler(progress) : [];
const gradients = wanted("gradients") ? gradientAccuracy(progress) : [];

if (options.json)
  process.stdout.write(
    `${JSON.stringify({ machine, kernels, webgpu, variants, threads, product, compiler, gradients }, undefined, 2)}\n`,
  );
else {
  process.stdout.write(
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node} ${machine.relaxedSimd ? "with" : "without"} relaxed SIMD; tfjs ${machine.tfjs}, onnxruntime-web ${machine.onnxruntimeWeb}, PyTorch ${machine.torch ?? "not there"}\n`,
  );
  for (const text of [
    kernels.length > 0 ? showKernels(kernels) : "",
    webgpu
      ? `In one page of Chromium, on ${webgpu.adapter}:\n${showKernels(webgpu.comparisons)}`
      : "",
    variants.length > 0 ? showVariants(variants) : "",
    threads.length > 0 ? showThreads(threads) : "",
    product.length > 0 ? showProduct(product) : "",
    compiler.length > 0 ? showCompiler(compiler) : "",
    gradients.length > 0 ? showGradients(gradients) : "",
  ])
    if (text !== "") process.stdout.write(`\n${text}\n`);
}

// Libraries that were timed may hold the process with timers and workers of theirs.
process.exit(0);

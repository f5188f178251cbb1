/** What was measured, as tables. */
import type { CompileTiming } from "./compiler.js";
import type { Accuracy } from "./gradients.js";
import { meanTarget } from "./kernels.js";
import type { Comparison } from "./compare.js";
import type { Speed } from "./micro-kernel.js";
import { showShape } from "./shapes.js";
import { table } from "./table.js";
import type { Speedup } from "./threads.js";
import type { Variant } from "./variants.js";

const verdict = (met: boolean): string => (met ? "met" : "MISSED");

export function showKernels(results: readonly Comparison[]): string {
  const rows = results.flatMap((result) =>
    result.peers.map((peer) => [
      result.backend,
      result.cell,
      showShape(result.shape),
      result.pass,
      result.ms.toFixed(3),
      result.gflops.toFixed(1),
      peer.name,
      peer.ms.toFixed(3),
      `${peer.ratio.toFixed(2)}×`,
      peer.target === undefined ? "" : `≥ ${peer.target}×`,
      peer.target === undefined ? "" : verdict(peer.ratio >= peer.target),
    ]),
  );
  const head = ["backend", "cell", "shape", "pass", "cellc ms", "GFLOP/s"];
  return [
    table([...head, "beside", "ms", "ratio", "target", ""], rows),
    ...means(results),
  ].join("\n");
}

/** One case on one line, before the table is there. */
export const showCase = ({
  backend,
  cell,
  shape,
  pass,
  ms,
  peers,
}: Comparison): string =>
  [
    `${backend} ${cell} ${pass} ${showShape(shape)}: ${ms.toFixed(3)} ms`,
    ...peers.map(({ name, ratio }) => `${ratio.toFixed(2)}× beside ${name}`),
  ].join(", ");

/** Geometric mean over the cases beside onnxruntime-web. */
function means(results: readonly Comparison[]): string[] {
  const ratios = results.flatMap(({ peers }) =>
    peers.flatMap(({ name, ratio }) =>
      name === "onnxruntime-web" ? [ratio] : [],
    ),
  );
  if (ratios.length === 0) return [];
  const mean = Math.exp(
    ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length,
  );
  return [
    `geometric mean of ${ratios.length} beside onnxruntime-web: ${mean.toFixed(2)}× (target ≥ ${meanTarget}×, ${verdict(mean >= meanTarget)})`,
  ];
}

export const showVariants = (results: readonly Variant[]): string =>
  table(
    ["cell", "B", "pass", "ms", "ps each", "to LSTM", "target", ""],
    results.map(({ cell, batch, pass, ms, picosecondsEach, ratio, target }) => [
      cell,
      String(batch),
      pass,
      ms.toFixed(3),
      picosecondsEach.toFixed(1),
      `${ratio.toFixed(2)}×`,
      `≤ ${target}×`,
      verdict(ratio <= target),
    ]),
  );

export const showThreads = (results: readonly Speedup[]): string =>
  table(
    ["wasm threads", "shape", "pass", "1: ms", "2: ms", "ratio", "target", ""],
    results.map(({ cell, shape, pass, ms, ratio, target }) => [
      cell,
      showShape(shape),
      pass,
      ms[0].toFixed(3),
      ms[1].toFixed(3),
      `${ratio.toFixed(2)}×`,
      target === undefined ? "" : `≥ ${target}×`,
      target === undefined ? "" : verdict(ratio >= target),
    ]),
  );

export const showProduct = (results: readonly Speed[]): string =>
  table(
    ["wasm", "GFLOP/s", "share"],
    results.map(({ name, gflops, share }) => [
      name,
      gflops.toFixed(1),
      share === undefined ? "" : `${(100 * share).toFixed(0)} %`,
    ]),
  );

export const showCompiler = (results: readonly CompileTiming[]): string =>
  table(
    ["compiler", "ms", "target", ""],
    results.map(({ name, ms, target }) => [
      name,
      ms.toFixed(1),
      target === undefined ? "" : `≤ ${target}`,
      target === undefined ? "" : verdict(ms <= target),
    ]),
  );

export const showGradients = (results: readonly Accuracy[]): string =>
  table(
    ["cell", "gradients", "differences", "forward mode", "f32 kernels", ""],
    results.map((result) => [
      result.cell,
      String(result.tensors),
      result.differences.toExponential(1),
      result.forwardMode.toExponential(1),
      result.single.toExponential(1),
      result.ok ? "ok" : "FAILED",
    ]),
  );

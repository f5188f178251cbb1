/** Every elementwise operation as WGSL spells it, against its meaning. */
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  asNumber,
  functionOf,
  number,
  operate,
} from "../../src/backends/wgsl/expression.js";
import { mathFunctions } from "../../src/backends/wgsl/math.js";
import { elementwiseOps } from "../../src/ir/ops/elementwise/index.js";
import type { ElementwiseName } from "../../src/ir/ops/index.js";
import { Readback } from "../../src/runtime/webgpu/readback.js";
import { bytes, usage } from "../../src/runtime/webgpu/usage.js";
import { describeWebgpu } from "../webgpu/support.js";
import { openTestDevice } from "./gpu.js";
import type { TestDevice } from "./gpu.js";

const names = Object.keys(elementwiseOps) as ElementwiseName[];
const operands = ["a", "b", "c"];

const smallestNormal = 2 ** -126;
const largest = 3.4028234663852886e38;

/** Functions that an operation needs, those that are called first. */
function closure(
  name: string | undefined,
  found = new Set<string>(),
): string[] {
  const own = name === undefined ? undefined : mathFunctions[name];
  if (own && !found.has(name!)) {
    for (const each of own.uses) closure(each, found);
    found.add(name!);
  }
  return [...found];
}

/** y[i] = op(a[i], b[i], c[i]) */
const kernelOf = (name: ElementwiseName): string => {
  const { arity } = elementwiseOps[name];
  const value = asNumber(
    operate(
      name,
      operands.slice(0, arity).map((each) => number(each)),
    ),
  ).text;
  return [
    ...closure(functionOf(name)).map((each) => mathFunctions[each]!.wgsl),
    "@group(0) @binding(0) var<storage, read> x: array<f32>;",
    "@group(0) @binding(1) var<storage, read_write> y: array<f32>;",
    "@compute @workgroup_size(64)",
    "fn main(@builtin(global_invocation_id) id: vec3u) {",
    "  let i = id.x;",
    "  if (i >= arrayLength(&y)) { return; }",
    ...operands
      .slice(0, arity)
      .map((each, k) => `  let ${each} = x[${arity}u * i + ${k}u];`),
    `  y[i] = ${value};`,
    "}",
  ].join("\n");
};

async function evaluate(
  { device }: TestDevice,
  name: ElementwiseName,
  points: readonly (readonly number[])[],
): Promise<Float32Array> {
  const buffer = (length: number): GPUBuffer =>
    device.createBuffer({
      size: length * bytes,
      usage: usage.storage | usage.copySource | usage.copyTarget,
    });
  const x = buffer(points.flat().length);
  const y = buffer(points.length);
  device.queue.writeBuffer(x, 0, Float32Array.from(points.flat()));
  const module = device.createShaderModule({ code: kernelOf(name) });
  const { messages } = await module.getCompilationInfo();
  expect(messages.map(({ message }) => message)).toEqual([]);
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module, entryPoint: "main" },
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [x, y].map((each, binding) => ({
        binding,
        resource: { buffer: each },
      })),
    }),
  );
  pass.dispatchWorkgroups(Math.ceil(points.length / 64));
  pass.end();
  device.queue.submit([encoder.finish()]);
  const result = await new Readback(device).read(y, 0, points.length);
  x.destroy();
  y.destroy();
  return result;
}

/** Error in units of the last place of float32. */
function unitsOff(actual: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (actual === rounded || (Number.isNaN(actual) && Number.isNaN(rounded)))
    return 0;
  if (Number.isNaN(exact) || Number.isNaN(actual)) return Infinity;
  const bounded = Math.max(-largest, Math.min(largest, exact));
  const near = Math.max(-largest, Math.min(largest, actual));
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(bounded))));
  return Math.abs(near - bounded) / 2 ** (exponent - 23);
}

const flushed = (x: number): number =>
  Math.abs(x) < smallestNormal ? (x < 0 ? -0 : 0) : x;

/** WebGPU may take denormals for zero, in operands and in results. */
function unitsOffWithFlushing(
  actual: number,
  scalar: (...args: number[]) => number,
  sample: readonly number[],
): number {
  const exact = [scalar(...sample), scalar(...sample.map(flushed))];
  return Math.min(
    ...exact.map((each) => unitsOff(actual, each)),
    ...exact.map((each) => unitsOff(actual, flushed(each))),
  );
}

/** Positive and negative numbers of all exponents. */
const dense = Array.from({ length: 4000 }, (_, i) =>
  Math.fround((i % 2 ? 1 : -1) * 2 ** (-150 + ((i * 7919) % 27800) / 100)),
);

/** Numbers of the size of activations. */
const usual = Array.from({ length: 4000 }, (_, i) =>
  Math.fround(((i * 7919) % 4001) / 100 - 20),
);

describeWebgpu("operations in WGSL", () => {
  let gpu: TestDevice;
  beforeAll(async () => {
    gpu = await openTestDevice();
  });
  afterAll(() => gpu.device.destroy());

  it.each(names)("%s is within its bound", async (name) => {
    const { arity, scalar, samples, ulp } = elementwiseOps[name];
    const points = [
      ...samples,
      ...[dense, usual].flatMap((line) =>
        line.map((a, i) => {
          const b = line[(i * 31 + 5) % line.length]!;
          if (arity === 3) return [i % 3 ? 1 : 0, a, b];
          return arity === 2 ? [a, b] : [a];
        }),
      ),
    ].map((sample) => sample.map(Math.fround));
    const actual = await evaluate(gpu, name, points);
    const wrong: string[] = [];
    let worst = 0;
    points.forEach((sample, i) => {
      const off = unitsOffWithFlushing(actual[i]!, scalar, sample);
      worst = Math.max(worst, off);
      if (off > ulp.wgsl && wrong.length < 5)
        wrong.push(
          `${name}(${sample.join(", ")}) = ${actual[i]}, not ${scalar(...sample)}: ${off} units`,
        );
    });
    expect(wrong.join("\n"), `worst: ${worst} units`).toBe("");
    expect(gpu.problems).toEqual([]);
  });
});

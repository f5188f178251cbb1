/**
 * Which features of kernels' text serve on a device.
 *
 * Sharing loads among four invocations: on a GPU a load of many invocations from one address costs as much as
 * that of one, so that nothing would be won; a processor that takes the part of a GPU loads for each of them.
 */
import { isSoftware } from "./device.js";
import { Readback } from "./readback.js";
import type { TextFeature } from "./text.js";
import { computeStage, usage } from "./usage.js";

const invocations = 64;

/** For each invocation the number of the first one in its subgroup, and of the first among its four. */
const code = `enable subgroups;
@group(0) @binding(0) var<storage, read_write> first: array<f32, ${2 * invocations}>;
@compute @workgroup_size(${invocations / 8}, 8)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(subgroup_invocation_id) own: u32, @builtin(subgroup_size) size: u32) {
  first[lane] = f32(lane - own) + select(0.5, 0.0, lane % size == own);
  first[lane + ${invocations}u] = quadBroadcast(f32(lane), 0u);
}`;

export async function textFeatures(
  device: GPUDevice,
): Promise<ReadonlySet<TextFeature>> {
  if (!device.features.has("subgroups")) return new Set();
  const found = await order(device);
  const lanes = found.subarray(0, invocations);
  const fours = found.subarray(invocations);
  // WebGPU leaves open which invocations are next to each other; kernels expect those of one number after another.
  const inSubgroups = lanes.every(
    (first, lane) =>
      Number.isInteger(first) && first <= lane && lanes[first] === first,
  );
  const inFours = fours.every((first, lane) => first === lane - (lane % 4));
  return new Set<TextFeature>([
    ...(inSubgroups ? (["subgroups"] as const) : []),
    ...(inSubgroups && inFours && isSoftware(device)
      ? (["quads"] as const)
      : []),
  ]);
}

async function order(device: GPUDevice): Promise<Float32Array> {
  const buffer = device.createBuffer({
    label: "order of invocations",
    size: 8 * invocations,
    usage: usage.storage | usage.copySource,
  });
  const layout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: computeStage, buffer: { type: "storage" } },
    ],
  });
  const pipeline = await device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ code }) },
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout,
      entries: [{ binding: 0, resource: { buffer } }],
    }),
  );
  pass.dispatchWorkgroups(1);
  pass.end();
  device.queue.submit([encoder.finish()]);
  const found = await new Readback(device).read(buffer, 0, 2 * invocations);
  buffer.destroy();
  return found;
}

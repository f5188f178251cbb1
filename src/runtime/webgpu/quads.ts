/**
 * Whether kernels let four invocations share what they load. On a GPU a load of many invocations from one address
 * costs as much as that of one, so that nothing would be won; a processor that takes the part of a GPU loads for
 * each of them.
 */
import { isSoftware } from "./device.js";
import { Readback } from "./readback.js";
import { computeStage, usage } from "./usage.js";

const invocations = 64;

/** Which invocation is the first of the four that are next to each other. */
const code = `enable subgroups;
@group(0) @binding(0) var<storage, read_write> first: array<f32, ${invocations}>;
@compute @workgroup_size(${invocations / 8}, 8)
fn main(@builtin(local_invocation_index) lane: u32) {
  first[lane] = quadBroadcast(f32(lane), 0u);
}`;

export const sharesLoads = async (device: GPUDevice): Promise<boolean> =>
  isSoftware(device) &&
  device.features.has("subgroups") &&
  (await areInOrder(device));

/** WebGPU leaves open which invocations are next to each other; kernels expect those of whole fours, by their index. */
async function areInOrder(device: GPUDevice): Promise<boolean> {
  const buffer = device.createBuffer({
    label: "order of invocations",
    size: 4 * invocations,
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
  const found = await new Readback(device).read(buffer, 0, invocations);
  buffer.destroy();
  return found.every((first, lane) => first === lane - (lane % 4));
}

/** Whether an adapter keeps what it promises: one small kernel, from text to numbers. */
import type { FoundAdapter } from "./find.js";

const count = 64;
const text = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> squares: array<u32>;

@compute @workgroup_size(${count})
fn main(@builtin(global_invocation_id) at: vec3u) {
  squares[at.x] = at.x * at.x;
}
`;

// Numbers of the WebGPU specification: its objects for them are no part of Node.
const usage = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, storage: 0x80 };
const mapRead = 0x1;

/** @returns what went wrong; nothing where the kernel gave the right numbers */
export async function tryWgsl({
  gpu,
  adapter,
}: Pick<FoundAdapter, "gpu" | "adapter">): Promise<string | undefined> {
  let device: GPUDevice | undefined;
  try {
    device = await adapter.requestDevice();
    device.pushErrorScope("validation");
    const numbers = await squares(device);
    const error = await device.popErrorScope();
    if (error) return error.message;
    return numbers.every((number, i) => number === i * i)
      ? undefined
      : "a kernel of one line gave wrong numbers";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    device?.destroy();
    // The last use of the instance, which has to live until here.
    void gpu.wgslLanguageFeatures;
  }
}

async function squares(device: GPUDevice): Promise<Uint32Array> {
  const size = count * Uint32Array.BYTES_PER_ELEMENT;
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module: device.createShaderModule({ code: text }) },
  });
  const result = device.createBuffer({
    size,
    usage: usage.storage | usage.copySource,
  });
  const read = device.createBuffer({
    size,
    usage: usage.copyTarget | usage.mapRead,
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer: result } }],
    }),
  );
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(result, 0, read, 0, size);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(mapRead);
  return new Uint32Array(read.getMappedRange().slice(0));
}

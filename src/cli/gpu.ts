/** The GPU of commands that run WGSL. */
import { findDevice } from "../runtime/webgpu/device.js";
import type { Io } from "./io.js";
import { needWebgpu } from "./webgpu.js";

/** Runs `body` with a device, which is gone afterwards, so that the process can end. */
export async function withGpu<T>(
  io: Io,
  body: (device: GPUDevice) => Promise<T>,
): Promise<T> {
  await needWebgpu(io);
  const { device } = await findDevice();
  try {
    return await body(device);
  } finally {
    device.destroy();
  }
}

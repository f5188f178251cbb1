/** The GPU of commands that run WGSL. */
import { findDevice } from "../runtime/webgpu/device.js";
import { CallError } from "./io.js";

/** Runs `body` with a device, which is gone afterwards, so that the process can end. */
export async function withGpu<T>(
  body: (device: GPUDevice) => Promise<T>,
): Promise<T> {
  let device: GPUDevice;
  try {
    ({ device } = await findDevice());
  } catch (error) {
    throw new CallError(error instanceof Error ? error.message : String(error));
  }
  try {
    return await body(device);
  } finally {
    device.destroy();
  }
}

import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";

/** That a tensor lies where it is to be used: the device itself would complain later, and of something else. */
export function checkDevice(
  what: string,
  tensor: GpuTensor,
  device: GPUDevice,
): void {
  if (tensor.device !== device)
    throw new TypeError(
      `${what} lies on another device: load all cells with the same \`device\``,
    );
}

/** A device for tests, and what it complains of. */
import { findDevice } from "../../src/runtime/webgpu/device.js";

export interface TestDevice {
  readonly device: GPUDevice;
  /** Errors outside of any call; tests expect none. */
  readonly problems: string[];
}

export async function openTestDevice(): Promise<TestDevice> {
  const { device } = await findDevice();
  const problems: string[] = [];
  device.addEventListener("uncapturederror", (event) =>
    problems.push((event as GPUUncapturedErrorEvent).error.message),
  );
  return { device, problems };
}

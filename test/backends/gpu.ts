/** A device for tests, and what it complains of. */
import { findAdapter, findDevice } from "../../src/runtime/webgpu/device.js";

/** In Node a device ends, and may take the process along, when nobody holds its adapter. */
const held: GPUAdapter[] = [];

export interface TestDevice {
  readonly adapter: GPUAdapter;
  readonly device: GPUDevice;
  /** Errors outside of any call; tests expect none. */
  readonly problems: string[];
}

/** @param features with what kernels use where it is there: they take longer to compile then */
export async function openTestDevice(features = false): Promise<TestDevice> {
  const adapter = await findAdapter();
  held.push(adapter);
  const device = features
    ? (await findDevice({ adapter })).device
    : await adapter.requestDevice();
  const problems: string[] = [];
  device.addEventListener("uncapturederror", (event) =>
    problems.push((event as GPUUncapturedErrorEvent).error.message),
  );
  return { adapter, device, problems };
}

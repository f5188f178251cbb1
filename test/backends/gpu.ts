/** The GPU of tests. Where there is none, tests are skipped, loudly: the reason is in the name of the suite. */
import { describe } from "vitest";
import { findDevice } from "../../src/runtime/webgpu/device.js";

/** Why there is no GPU here; undefined where there is one. */
export const withoutGpu: string | undefined = await findDevice().then(
  ({ device }) => {
    device.destroy();
    return undefined;
  },
  (error: unknown) => (error instanceof Error ? error.message : String(error)),
);

if (withoutGpu !== undefined)
  console.warn(`WGSL IS NOT TESTED HERE: ${withoutGpu}`);

/** A suite that needs a GPU. */
export const describeOnGpu: typeof describe.skip =
  withoutGpu === undefined ? (describe as typeof describe.skip) : describe.skip;

export interface TestDevice {
  readonly device: GPUDevice;
  /** What the device complained of, outside of any call. */
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

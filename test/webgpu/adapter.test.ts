/** WGSL runs here at all: on the adapter that the setup of the tests found. */
import { create } from "webgpu";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tryWgsl } from "../../src/adapter/try-wgsl.js";
import { describeWebgpu } from "./support.js";

describeWebgpu("a WebGPU adapter", () => {
  let gpu: GPU;
  let adapter: GPUAdapter | null;

  beforeAll(async () => {
    gpu = create([]);
    adapter = await gpu.requestAdapter();
  });

  afterAll(() => {
    // Dawn frees everything made from an instance with the instance: this is its last use.
    void gpu.wgslLanguageFeatures;
  });

  it("is found by a process that only inherits its environment", () => {
    expect(adapter?.info.vendor).toMatch(/./);
  });

  it("runs a kernel, and the numbers are right", async () => {
    expect(await tryWgsl({ gpu, adapter: adapter! })).toBeUndefined();
  });

  it("has at least the limits that the specification promises", () => {
    const { limits } = adapter!;
    expect(limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8);
    expect(limits.maxComputeWorkgroupStorageSize).toBeGreaterThanOrEqual(16384);
    expect(limits.maxComputeInvocationsPerWorkgroup).toBeGreaterThanOrEqual(
      256,
    );
    expect(limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(2 ** 27);
  });
});

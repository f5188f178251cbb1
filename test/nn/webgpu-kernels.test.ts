/** The kernels between cells: their text, their grids, and where they are bundled. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WgslReflect } from "wgsl_reflect";
import { Clipping } from "cellc/nn/webgpu";
import { gridOver, lanes } from "../../src/nn/webgpu/device/grid.js";
import { kernelNames, kernelOf } from "../../src/nn/webgpu/device/kernels.js";
import { GpuMemory } from "../../src/nn/webgpu/device/memory.js";
import { Operation } from "../../src/nn/webgpu/device/operation.js";
import { textOf, wordsOf } from "../../src/nn/webgpu/device/program.js";
import { Recording } from "../../src/nn/webgpu/device/recording.js";
import { openTestDevice } from "../backends/gpu.js";
import type { TestDevice } from "../backends/gpu.js";
import { describeWebgpu } from "../webgpu/support.js";

describe("a grid", () => {
  it.each([1, 255, 256, 257, 12_345, 256 * 65_535, 256 * 65_535 + 1, 2 ** 31])(
    "covers %i elements within the limit",
    (count) => {
      const most = 65_535;
      const [x, y] = gridOver(count, most);
      expect(x * y * lanes).toBeGreaterThanOrEqual(count);
      expect(Math.max(x, y)).toBeLessThanOrEqual(most);
      // No more than one row too many.
      expect((y - 1) * x * lanes).toBeLessThan(count);
    },
  );
});

describe.each(kernelNames)("the kernel %s", (name) => {
  const kernel = kernelOf(name);
  const reflected = new WgslReflect(textOf(name, kernel));

  it("binds what its row says", () => {
    const [table] = reflected.uniforms;
    expect([table!.binding, table!.size]).toEqual([0, wordsOf(kernel) * 4]);
    const bound = reflected.storage.map(({ name, binding, access }) => [
      binding,
      name,
      access,
    ]);
    expect(bound).toEqual([
      ...kernel.reads.map((array, i) => [i + 1, array, "read"]),
      ...kernel.writes.map((array, i) => [
        i + 1 + kernel.reads.length,
        array,
        "read_write",
      ]),
    ]);
    // What every device has.
    expect(bound.length).toBeLessThanOrEqual(8);
  });
});

describeWebgpu("on a device", () => {
  let test: TestDevice;
  beforeAll(async () => {
    test = await openTestDevice();
  });
  afterAll(() => {
    expect(test.problems).toEqual([]);
    test.device.destroy();
  });

  it.each(kernelNames)("%s compiles without a word", async (name) => {
    const code = textOf(name, kernelOf(name));
    const module = test.device.createShaderModule({ code });
    const { messages } = await module.getCompilationInfo();
    expect(messages.map(({ message }) => message)).toEqual([]);
  });

  it("a kernel reaches elements behind the limit of one dimension", async () => {
    const count = 256 * 65_535 + 1000;
    const memory = new GpuMemory("test");
    const numbers = new Float32Array(count).fill(3);
    const tensor = memory.fill(test.device, [count], numbers);
    new Clipping().byValue(tensor, 0.5);
    const cut = await tensor.read();
    expect(cut.every((value) => value === 0.5)).toBe(true);
    memory.dispose();
  }, 60_000);

  it("an operation does not stand twice in one recording", () => {
    const memory = new GpuMemory("test");
    const result = memory.fill(test.device, [3], [1, 2, 3]);
    const clamp = new Operation("clamp");
    const work = new Recording(test.device);
    const record = (limit: number): void =>
      clamp.record(work, { count: 3, arrays: { result }, numbers: { limit } });
    record(1);
    expect(() => record(2)).toThrow("clamp stands twice in one recording");
  });

  it("memory that no buffer can hold is an error that names the limit", () => {
    const { limits } = test.device;
    const { maxStorageBufferBindingSize: most } = limits;
    expect(() =>
      new GpuMemory("mask of dropout").take(test.device, [most / 4 + 1]),
    ).toThrow(
      `mask of dropout: ${most + 4} bytes are needed in one buffer; the device's maxStorageBufferBindingSize is ${most}`,
    );
  });

  it("tensors of two lengths are not copied", () => {
    const [one, two] = [new GpuMemory("a"), new GpuMemory("b")];
    const work = new Recording(test.device);
    expect(() =>
      work.copy(one.take(test.device, [3]), two.take(test.device, [2])),
    ).toThrow("3 numbers do not fit where there are 2");
  });
});

describe("a bundle", () => {
  const bundled = async (entry: string): Promise<string> => {
    const { outputFiles } = await build({
      entryPoints: [
        fileURLToPath(new URL(`../../src/${entry}`, import.meta.url)),
      ],
      bundle: true,
      write: false,
      format: "esm",
      platform: "browser",
      packages: "external",
    });
    return outputFiles[0]!.text;
  };

  it("of cellc/nn has no WGSL in it", async () => {
    expect(await bundled("nn/index.ts")).not.toContain("@compute");
  });

  it("of cellc/nn/webgpu is made for browsers too", async () => {
    expect(await bundled("nn/webgpu/index.ts")).toContain("@compute");
  });
});

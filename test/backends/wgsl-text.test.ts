/** What the kernels' text declares against what the host binds, for every kernel of the library. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { WgslReflect } from "wgsl_reflect";
import { describeGpu } from "../../src/backends/wgsl/index.js";
import type { GpuKernel } from "../../src/runtime/webgpu/description.js";
import { textFor } from "../../src/runtime/webgpu/text.js";
import type { TextFeature } from "../../src/runtime/webgpu/text.js";
import { library } from "../specs/library.js";
import { describeWebgpu } from "../webgpu/support.js";
import { openTestDevice } from "./gpu.js";
import type { TestDevice } from "./gpu.js";

/** Bindings of group 0 as `runtime/webgpu/pipelines.ts` lays them out. */
const bindings: Readonly<Record<string, number>> = {
  params: 1,
  given: 2,
  work: 3,
  adjoint: 4,
  grads: 5,
  panels: 6,
};
const readOnly = new Set(["params", "given"]);

const cells = Array.from(library().values()).map(
  ({ name, schedule }) => [name, describeGpu(schedule).kernels] as const,
);

function checkBindings({ name, code, fields }: GpuKernel): void {
  const { uniforms, storage, entry, overrides } = new WgslReflect(code);
  const known = new Map(
    overrides.map((each) => [
      each.name,
      /= (\d+);/.exec(code.slice(code.indexOf(`override ${each.name}`)))![1]!,
    ]),
  );
  expect(storage.length, name).toBeLessThanOrEqual(8);
  for (const each of storage) {
    expect([each.group, each.binding], `${name}: ${each.name}`).toEqual([
      0,
      bindings[each.name],
    ]);
    const packs = name.includes("_pack");
    const reads = readOnly.has(each.name) || (each.name === "panels" && !packs);
    expect(each.access, `${name}: ${each.name}`).toBe(
      reads ? "read" : "read_write",
    );
  }
  const table = uniforms.find(({ group }) => group === 0);
  if (fields.length > 0) expect(table!.size, name).toBe(4 * fields.length);
  const range = uniforms.find(({ group }) => group === 1);
  expect(range?.size ?? 12, name).toBe(12);
  for (const { attributes } of entry.compute) {
    const size = attributes!.find((each) => each.name === "workgroup_size")!;
    const invocations = [size.value!]
      .flat()
      .reduce(
        (product, extent) => product * Number(known.get(extent) ?? extent),
        1,
      );
    expect(invocations, name).toBeLessThanOrEqual(256);
  }
}

const choices: readonly (readonly TextFeature[])[] = [
  [],
  ["subgroups"],
  ["subgroups", "quads"],
];

/** The different texts of a kernel. */
const textsOf = ({ code }: GpuKernel, most = choices): string[] => [
  ...new Set(most.map((features) => textFor(code, new Set(features)))),
];

it.each(cells)("%s binds what its kernels declare", (_, kernels) => {
  for (const kernel of kernels)
    for (const code of textsOf(kernel))
      checkBindings({
        ...kernel,
        // The reader of WGSL does not know the directives.
        code: code.replace(/^(?:enable|diagnostic)\b.*;$/gm, ""),
      });
});

it.each(cells)("%s has subgroups in no text for all devices", (_, kernels) => {
  for (const kernel of kernels)
    expect(textsOf(kernel)[0], kernel.name).not.toMatch(/subgroup|quad[A-Z]|#/);
});

it.each(cells)("%s has kernels of different names", (_, kernels) => {
  const names = kernels.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describeWebgpu("the compiler of the device", () => {
  let gpu: TestDevice;
  beforeAll(async () => {
    gpu = await openTestDevice(true);
  });
  afterAll(() => gpu.device.destroy());

  it.each(cells)("has nothing to say about %s", async (_, kernels) => {
    const said = await Promise.all(
      kernels
        .flatMap((kernel) =>
          textsOf(
            kernel,
            gpu.device.features.has("subgroups") ? choices : [[]],
          ).map((code, i) => ({ name: `${kernel.name}, text ${i}`, code })),
        )
        .map(async ({ name, code }) => {
          const module = gpu.device.createShaderModule({ code });
          const { messages } = await module.getCompilationInfo();
          return messages.map(
            ({ message, lineNum }) => `${name}:${lineNum} ${message}`,
          );
        }),
    );
    expect(said.flat()).toEqual([]);
    expect(gpu.problems).toEqual([]);
  });
});

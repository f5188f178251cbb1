/** Commands that run WGSL find their adapter by themselves, or say how to get one. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { FoundAdapter } from "../../src/adapter/find.js";
import { CallError } from "../../src/cli/io.js";
import { needWebgpu } from "../../src/cli/webgpu.js";
import { bareEnvironment } from "../adapter/bare.js";
import { describeWebgpu } from "../webgpu/support.js";
import { folderWith, leaky } from "./harness.js";

const bin = fileURLToPath(new URL("../../bin/cellc.js", import.meta.url));

const data = JSON.stringify({
  sizes: { N: 3 },
  params: { w: [2, -1, 0.5] },
  buffers: { mask: [1, 0, 1] },
  inputs: { x: [[[3, 1, 2]], [[-1, 4, 0.25]]] },
  context: { m: [[1, 2, 3]] },
  cotangents: { outputs: { h: [[[1, 1, 1]], [[0.5, 2, 1]]] } },
});

describeWebgpu("a process of its own, as a user starts it", () => {
  const run = (folder: string, backend: string) =>
    spawnSync(
      process.execPath,
      [bin, "run", "a.cell", "--data", "-", "--backend", backend],
      { cwd: folder, input: data, encoding: "utf8", env: bareEnvironment() },
    );

  it("reads stdin, and writes nothing but JSON to stdout", () => {
    const folder = folderWith({ "a.cell": leaky });
    const onGpu = run(folder, "wgsl");
    expect(onGpu.stderr).toMatch(
      /^(no GPU here: WebGPU runs in software \(.+\)\n)?$/,
    );
    expect(onGpu.status).toBe(0);
    // Halves and small integers: exact in float32.
    expect(JSON.parse(onGpu.stdout)).toEqual(
      JSON.parse(run(folder, "interpreter").stdout),
    );
  });
});

describe("what is said", () => {
  const said = async (find: Parameters<typeof needWebgpu>[1]) => {
    let text = "";
    await needWebgpu({ err: (more) => void (text += more) }, find);
    return text;
  };
  const adapter = { info: { architecture: "swiftshader" } };
  const found = { gpu: {}, adapter } as unknown as FoundAdapter;

  it("of the system's own adapter is nothing", async () => {
    expect(await said(() => Promise.resolve(found))).toBe("");
  });

  it("of one in software is one line", async () => {
    expect(
      await said(() => Promise.resolve({ ...found, from: "a-package 1.2.3" })),
    ).toBe(
      "no GPU here: WebGPU runs in software (swiftshader from a-package 1.2.3)\n",
    );
  });

  it("of none is the reason and the mend", async () => {
    const none = said(() =>
      Promise.resolve({ reason: "there is none", mend: "npm install one" }),
    );
    await expect(none).rejects.toThrow(
      new CallError(
        "WebGPU does not run here: there is none. To mend it: npm install one",
      ),
    );
  });
});

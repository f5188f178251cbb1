/** `cellc doctor`: the facts of this machine, and what it says of machines that lack something. */
import picocolors from "picocolors";
import { describe, expect, inject, it } from "vitest";
import { describeExamination } from "../../src/cli/doctor.js";
import { nodeIsNewEnough } from "../../src/cli/doctor-examine.js";
import type { Examination } from "../../src/cli/doctor-examine.js";
import { cellc } from "./harness.js";

const plain = picocolors.createColors(false);

const whole: Examination = {
  ok: true,
  node: "24.1.0",
  platform: "linux x64",
  processors: 8,
  simd: true,
  relaxedSimd: true,
  threads: true,
  webgpu: {
    vendor: "nvidia",
    architecture: "hopper",
    device: "",
    description: "",
    software: false,
    subgroupSizes: [32, 32],
    limits: { maxBufferSize: 1024 },
    features: { subgroups: true, "shader-f16": false },
  },
  mends: [],
};

describe("the report", () => {
  it("of a machine that has everything", () => {
    expect(describeExamination(whole, plain)).toBe(
      [
        "Node              24.1.0 on linux x64",
        "WebAssembly SIMD  yes",
        "relaxed SIMD      yes",
        "threads           yes, 8 processors",
        "WebGPU            yes, nvidia hopper (GPU)",
        "  subgroups       yes, of 32",
        "  shader-f16      no",
        "  maxBufferSize   1024",
        "",
      ].join("\n"),
    );
  });

  it("of a machine that lacks something, with the mends", () => {
    const text = describeExamination(
      {
        ...whole,
        ok: false,
        relaxedSimd: false,
        webgpu: null,
        mends: [
          { missing: "relaxed SIMD", needed: false, mend: "use Node 22" },
          { missing: "WebGPU: no driver", needed: true, mend: "install one" },
        ],
      },
      plain,
    );
    expect(text.split("\n").slice(2)).toEqual([
      "relaxed SIMD      no",
      "threads           yes, 8 processors",
      "WebGPU            no",
      "",
      "slower without: relaxed SIMD",
      "  mend: use Node 22",
      "missing: WebGPU: no driver",
      "  mend: install one",
      "",
    ]);
  });

  it("says that an adapter calculates in software, and whose it is", () => {
    const text = describeExamination(
      {
        ...whole,
        webgpu: {
          ...whole.webgpu!,
          vendor: "google",
          architecture: "swiftshader",
          description: "SwiftShader driver",
          software: true,
          from: "a-package 1.2.3",
          variables: { LD_LIBRARY_PATH: "/drivers" },
          subgroupSizes: [4, 8],
        },
      },
      plain,
    );
    expect(text).toContain(
      "yes, google swiftshader, SwiftShader driver (software from a-package 1.2.3)",
    );
    expect(text).toContain("yes, of 4 to 8");
    expect(text).toContain("started with\n  LD_LIBRARY_PATH=/drivers\n");
  });
});

it("knows which Node is too old", () => {
  expect(
    ["18.20.1", "20.18.3", "20.19.0", "22.0.0", "24.1.0"].map(nodeIsNewEnough),
  ).toEqual([false, false, true, true, true]);
});

describe("on this machine", () => {
  it("gives the facts as JSON, a mend for all that is missing, and the exit code that goes with it", async () => {
    const { code, out, err } = await cellc(".", ["doctor", "--json"]);
    const facts = JSON.parse(out) as Examination;
    expect(err).toBe("");
    expect(facts.node).toBe(process.versions.node);
    expect(facts.simd).toBe(true);
    expect(facts.ok).toBe(!facts.mends.some(({ needed }) => needed));
    expect(code).toBe(facts.ok ? 0 : 1);
    expect(facts.webgpu !== null).toBe(inject("noWebgpu") === "");
    const missing = [
      facts.simd,
      facts.relaxedSimd,
      facts.threads,
      facts.webgpu,
    ];
    expect(facts.mends).toHaveLength(missing.filter((each) => !each).length);
    for (const { mend } of facts.mends) expect(mend).toMatch(/.{10}/);
    if (facts.webgpu)
      expect(
        facts.webgpu.limits["maxStorageBuffersPerShaderStage"],
      ).toBeGreaterThanOrEqual(8);
  });

  it("prints the same for people", async () => {
    const { out } = await cellc(".", ["doctor"]);
    expect(out).toMatch(/^Node {2,}\d+\.\d+\.\d+ on /);
    expect(out).toMatch(/^WebGPU {2,}(yes|no)/m);
  });
});

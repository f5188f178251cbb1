/** The host of WebAssembly kernels: memory, repeated calls, errors, and the text of the generated module. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  emitWasm,
  emitWat,
  instantiateWasm,
  loadAssembler,
} from "../../src/backends/wasm/index.js";
import type { Assembler } from "../../src/backends/wasm/index.js";
import { encodeBase64 } from "../../src/backends/wasm/module-text.js";
import type { KernelInstance, KernelModule } from "../../src/runtime/index.js";
import { decodeBase64 } from "../../src/runtime/wasm/base64.js";
import { cellOf, lstm } from "../passes/support.js";
import { evaluateWasm } from "./evaluate-wasm.js";

const { schedule } = cellOf(lstm);
const sizes = { M: 5, N: 6 };
const whole = { t0: 0, lengths: null, given: new Set<string>() };

let assembler: Assembler;
let module: KernelModule;
beforeAll(async () => {
  assembler = await loadAssembler();
  module = instantiateWasm(schedule, assembler);
});

const wave = (
  array: { length: number; [i: number]: number },
  scale: number,
): void => {
  for (let i = 0; i < array.length; i++)
    array[i] = scale * Math.sin(1 + i * 1.7);
};

function fill(kernels: KernelInstance): void {
  wave(kernels.params, 0.5);
  wave(kernels.slots.inputs["x"]!, 1);
  if (kernels.adjoint.outputs["h"]) wave(kernels.adjoint.outputs["h"], 1);
}

function filled(steps: number, batch: number): KernelInstance {
  const kernels = module.create(sizes, "f32");
  kernels.resize(steps, batch, true);
  fill(kernels);
  return kernels;
}

function results(kernels: KernelInstance): number[][] {
  kernels.grads.fill(0);
  kernels.forward({ ...whole, keep: true });
  kernels.backward({ inputs: true });
  return [
    [...kernels.slots.outputs["h"]!],
    [...kernels.slots.final["c"]!],
    [...kernels.grads],
    [...kernels.adjoint.inputs["x"]!],
  ];
}

describe("kernels", () => {
  it("give the same bits run after run", () => {
    const kernels = filled(9, 3);
    expect(results(kernels)).toEqual(results(kernels));
  });

  it("compute the same when nothing is kept", () => {
    const kernels = filled(6, 2);
    kernels.forward({ ...whole, keep: true });
    const kept = [...kernels.slots.outputs["h"]!];
    kernels.forward({ ...whole, keep: false });
    expect([...kernels.slots.outputs["h"]!]).toEqual(kept);
  });

  it("add to the gradient", () => {
    const kernels = filled(4, 2);
    kernels.forward({ ...whole, keep: true });
    kernels.backward({ inputs: false });
    const once = [...kernels.grads];
    kernels.backward({ inputs: false });
    // Sums of a few numbers of size 1, in float32.
    kernels.grads.forEach((value, i) => {
      expect(Math.abs(value - 2 * once[i]!)).toBeLessThanOrEqual(1e-5);
    });
  });

  it("leave the gradients of inputs alone when they are not wanted", () => {
    const kernels = filled(4, 2);
    kernels.forward({ ...whole, keep: true });
    kernels.adjoint.inputs["x"]!.fill(42);
    kernels.backward({ inputs: false });
    expect(new Set(kernels.adjoint.inputs["x"])).toEqual(new Set([42]));
  });

  it("begin in the middle of a number of entries that is no power of two as elsewhere", () => {
    // Slots of one entry among five, alone, are those of a batch of one.
    const many = filled(3, 5);
    many.forward({ ...whole, keep: false });
    const alone = module.create(sizes, "f32");
    alone.resize(3, 1, false);
    wave(alone.params, 0.5);
    for (let t = 0; t < 3; t++)
      alone.slots.inputs["x"]!.set(
        many.slots.inputs["x"]!.subarray((5 * t + 4) * 5, (5 * t + 5) * 5),
        t * 5,
      );
    alone.forward({ ...whole, keep: false });
    for (let t = 0; t < 3; t++)
      for (let n = 0; n < 6; n++)
        // The same sums in another order.
        expect(alone.slots.outputs["h"]![t * 6 + n]).toBeCloseTo(
          many.slots.outputs["h"]![(5 * t + 4) * 6 + n]!,
          5,
        );
  });
});

describe("memory", () => {
  it("grows when sizes ask for it, and parameters stay where they are", () => {
    const kernels = filled(2, 2);
    const { params, grads } = kernels;
    const before = results(kernels);
    kernels.resize(2000, 40, true);
    expect(kernels.params).toBe(params);
    expect(kernels.grads).toBe(grads);
    expect(params.length).toBe(4 * 6 * (5 + 6 + 1));
    expect(kernels.slots.outputs["h"]!.length).toBe(2000 * 40 * 6);
    kernels.forward({ ...whole, keep: true });
    kernels.resize(2, 2, true);
    fill(kernels);
    expect(results(kernels)).toEqual(before);
  });

  it("does not move when a shorter sequence follows", () => {
    const kernels = filled(8, 3);
    const { buffer } = kernels.slots.outputs["h"]!;
    kernels.resize(5, 2, true);
    expect(kernels.slots.outputs["h"]!.buffer).toBe(buffer);
  });

  it("keeps what was filled in when only the adjoint is added", () => {
    const kernels = module.create(sizes, "f32");
    kernels.resize(2000, 40, false);
    wave(kernels.slots.inputs["x"]!, 1);
    const given = [...kernels.slots.inputs["x"]!.subarray(0, 100)];
    kernels.resize(2000, 40, true);
    expect([...kernels.slots.inputs["x"]!.subarray(0, 100)]).toEqual(given);
  });

  it("has an end", () => {
    const kernels = filled(2, 2);
    const before = results(kernels);
    expect(() => kernels.resize(1e6, 1e3, true)).toThrow(
      /LSTM: 1000000 steps of 1000 entries need \d{12} bytes of WebAssembly memory, which ends at 4294967296/,
    );
    expect(results(kernels)).toEqual(before);
  });

  it("is told before a cell that cannot run at all is made", () => {
    expect(() => module.create({ ...sizes, N: 30_000 }, "f32")).toThrow(
      /LSTM: 1 steps of 1 entries need \d{11} bytes of WebAssembly memory, which ends at 4294967296/,
    );
  });
});

describe("errors", () => {
  it("name the backend that has f64", () => {
    expect(() => module.create(sizes, "f64")).toThrow(
      'LSTM: the backend "wasm" calculates in f32; for f64 load the cell with backend "ts"',
    );
  });

  it("name the backend that needs no SIMD", () => {
    const validate = vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    try {
      const fresh = instantiateWasm(schedule, assembler);
      expect(() => fresh.create(sizes, "f32")).toThrow(
        'does not run WebAssembly with 128-bit SIMD; load the cell with backend "ts"',
      );
    } finally {
      validate.mockRestore();
    }
  });

  it("say what keeping needs", () => {
    const kernels = module.create(sizes, "f32");
    kernels.resize(2, 2, false);
    expect(() => kernels.forward({ ...whole, keep: true })).toThrow(
      "resize with the adjoint first",
    );
  });
});

describe("the generated module", () => {
  const agree = (generated: KernelModule): void => {
    const kernels = generated.create(sizes, "f32");
    kernels.resize(4, 3, true);
    fill(kernels);
    expect(results(kernels)).toEqual(results(filled(4, 3)));
  };

  it("does what the kernels in this process do", async () => {
    const files = emitWasm(schedule, "// banner", assembler);
    const text = files["wasm.js"];
    expect(files.binaries).toEqual({});
    expect(text).toMatch(/^\/\/ banner\n/);
    expect(text.match(/^import .*$/gm)).toEqual([
      'import { wasmKernels } from "cellc/runtime";',
    ]);
    agree(evaluateWasm(text));
    const generated = evaluateWasm(text);
    await generated.prepare!();
    agree(generated);
  });

  it("reads its bytes from files where they are apart", async () => {
    const { "wasm.js": text, binaries } = emitWasm(
      schedule,
      "",
      assembler,
      true,
    );
    expect(Object.keys(binaries)).toEqual(["cell.wasm"]);
    expect(text).toContain('code: new URL("./cell.wasm", import.meta.url),');
    const folder = mkdtempSync(join(tmpdir(), "cellc-"));
    try {
      for (const [name, bytes] of Object.entries(binaries))
        writeFileSync(join(folder, name), bytes);
      const generated = evaluateWasm(
        text,
        pathToFileURL(join(folder, "wasm.js")),
      );
      expect(() => generated.create(sizes, "f32")).toThrow(
        "wait for `prepare`",
      );
      await generated.prepare!();
      agree(generated);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is the same text every time, and small", () => {
    const again = emitWasm(cellOf(lstm).schedule, "", assembler);
    expect(again).toEqual(emitWasm(schedule, "", assembler));
    expect(assembler.assemble(emitWat(schedule)).length).toBeLessThan(16_000);
  });
});

it("base64 comes back as it was", () => {
  for (let length = 0; length < 9; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 91 + 250) % 256);
    const text = encodeBase64(bytes);
    expect(text).toBe(Buffer.from(bytes).toString("base64"));
    expect([...decodeBase64(text)]).toEqual([...bytes]);
  }
});

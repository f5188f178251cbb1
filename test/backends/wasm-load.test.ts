/** Cells loaded with WebAssembly kernels: which backend `auto` takes, and the contract of a loaded cell. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { instantiate } from "../../src/backends/ts/index.js";
import {
  instantiateWasm,
  loadAssembler,
} from "../../src/backends/wasm/index.js";
import { loadCell } from "../../src/runtime/index.js";
import type { CellInfo, LoadedCell } from "../../src/runtime/index.js";
import { LSTM } from "../../generated/lstm.js";
import { library } from "../specs/library.js";

const { schedule } = library().get("LSTM")!;
const [M, N] = [5, 7];
const sizes = { M, N };

let both: CellInfo;
/** Not compiled by the engine yet. */
let fresh: () => CellInfo;
beforeAll(async () => {
  const assembler = await loadAssembler();
  const kernels = instantiateWasm(schedule, assembler);
  const wasm = () => Promise.resolve(kernels);
  const ts = () => Promise.resolve(instantiate(schedule));
  both = { ...LSTM, backends: { ts, wasm } };
  fresh = () => {
    const own = instantiateWasm(schedule, assembler);
    return { ...LSTM, backends: { wasm: () => Promise.resolve(own) } };
  };
});

const load = (options: object = {}): Promise<LoadedCell> =>
  loadCell(both, { sizes, ...options }) as Promise<LoadedCell>;

async function withoutSimd<T>(body: () => Promise<T>): Promise<T> {
  const validate = vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
  try {
    return await body();
  } finally {
    validate.mockRestore();
  }
}

const wave = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(1 + 1.7 * i));

describe("auto", () => {
  it("takes wasm where it runs", async () => {
    expect((await load()).backend).toBe("wasm");
  });

  it("takes ts for f64", async () => {
    const cell = await load({ precision: "f64" });
    expect([cell.backend, cell.precision]).toEqual(["ts", "f64"]);
  });

  it("takes ts in an engine without SIMD", async () => {
    expect((await withoutSimd(() => load())).backend).toBe("ts");
  });

  it("says what to do where there is nothing else", async () => {
    await expect(
      withoutSimd(() => loadCell(fresh(), { sizes })),
    ).rejects.toThrow('load the cell with backend "ts"');
    await expect(
      loadCell(fresh(), { sizes, precision: "f64" }),
    ).rejects.toThrow("calculates in f32");
  });
});

describe("a loaded cell", () => {
  const x = wave(6 * 3 * M);
  const h = wave(6 * 3 * N);

  it("gives what the TypeScript kernels give", async () => {
    const run = async (backend: "ts" | "wasm") => {
      const cell = await load({ backend, seed: 4 });
      const lengths = [6, 2, 4];
      const { outputs } = cell.forward({ x }, { lengths });
      const { inputs } = cell.backward({ outputs: { h } });
      return [outputs["h"]!, inputs["x"]!, cell.grads].map((each) => [...each]);
    };
    const [wasm, ts] = [await run("wasm"), await run("ts")];
    wasm.forEach((values, i) =>
      values.forEach((value, j) =>
        // Numbers of size 1 in float32, sums of twenty of them.
        expect(Math.abs(value - ts[i]![j]!)).toBeLessThanOrEqual(1e-5),
      ),
    );
  });

  it("keeps the views of its parameters while its memory grows", async () => {
    const cell = await load({ seed: 4 });
    const bias = cell.param["b_i"]!;
    cell.forward({ x }, { batch: 3 });
    cell.forward({ x: wave(3000 * 3 * M) }, { batch: 3 });
    bias.fill(9);
    const { outputs } = cell.forward({ x }, { batch: 3 });
    const other = await load({ seed: 4 });
    other.param["b_i"]!.fill(9);
    expect([...outputs["h"]!]).toEqual([
      ...other.forward({ x }, { batch: 3 }).outputs["h"]!,
    ]);
  });

  it("goes on from its own final states, whatever the length", async () => {
    const cell = await load({ seed: 4 });
    const all = [...cell.forward({ x }, { batch: 3 }).outputs["h"]!];
    const split = 2 * 3 * M;
    const { states } = cell.forward({ x: x.subarray(0, split) }, { batch: 3 });
    const { outputs } = cell.forward(
      { x: x.subarray(split) },
      { batch: 3, states },
    );
    expect([...outputs["h"]!]).toEqual(all.slice(2 * 3 * N));
  });

  it("streams", async () => {
    const cell = await load({ seed: 4 });
    const all = [...cell.forward({ x }, { batch: 3 }).outputs["h"]!];
    const stepper = cell.stepper({ batch: 3 });
    for (let t = 0; t < 6; t++) {
      const at = { x: x.subarray(t * 3 * M, (t + 1) * 3 * M) };
      expect([...stepper.step(at)["h"]!]).toEqual(
        all.slice(t * 3 * N, (t + 1) * 3 * N),
      );
    }
  });

  it("takes parameters in once where they stay the same", async () => {
    const cell = await load({ seed: 4 });
    const stepper = cell.stepper({ batch: 3, sameParams: true });
    const run = (): number[] =>
      [0, 1, 2].flatMap((t) => [
        ...stepper.step({ x: x.subarray(t * 3 * M, (t + 1) * 3 * M) })["h"]!,
      ]);
    const expected = (): number[] =>
      [
        ...cell.forward({ x: x.subarray(0, 3 * 3 * M) }, { batch: 3 }).outputs[
          "h"
        ]!,
      ].slice();
    expect(run()).toEqual(expected());
    cell.init(5);
    stepper.reset();
    const steps = run();
    expect(steps).toEqual(expected());
    // Of other sizes than before: everything moves, nothing is stale.
    const { outputs } = cell.forward(
      { x: x.subarray(0, 4 * M) },
      { batch: 2, sameParams: true },
    );
    const moved = [...outputs["h"]!];
    expect(moved).toEqual([
      ...cell.forward({ x: x.subarray(0, 4 * M) }, { batch: 2 }).outputs["h"]!,
    ]);
  });
});

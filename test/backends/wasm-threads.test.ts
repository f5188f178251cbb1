/**
 * WebAssembly kernels over several threads. Workers load the program of a build, so that the kernels and
 * their host are taken from `dist/`; the interpreter is the same as everywhere.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Worker as NodeWorker } from "node:worker_threads";
import { beforeAll, describe, expect, it, test, vi } from "vitest";
import { KernelExecutor } from "../../src/backends/executor.js";
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import { Interpreter } from "../../src/ir/interpret.js";
import type { KernelInstance, KernelModule } from "../../src/runtime/kernel.js";
import type { LoadedCell } from "../../src/runtime/index.js";
import { missingThreads } from "../../src/runtime/threads/pool.js";
import { sliceBatch } from "../../src/runtime/threads/slices.js";
import { LSTM } from "../../generated/lstm.js";
import { library } from "../specs/library.js";
import { relativeDifference } from "../specs/settings.js";

const address = (path: string): string =>
  new URL(`../../dist/${path}`, import.meta.url).href;

const built = <T>(path: string): Promise<T> =>
  import(address(path)) as Promise<T>;

let wasm: typeof import("../../src/backends/wasm/index.js");
let runtime: typeof import("../../src/runtime/index.js");
let assembler: Awaited<ReturnType<typeof wasm.loadAssembler>>;
beforeAll(async () => {
  wasm = await built("backends/wasm/index.js");
  runtime = await built("runtime/index.js");
  assembler = await wasm.loadAssembler();
});

describe("a batch is cut into slices", () => {
  it.each([
    [1, 2, [1]],
    [2, 2, [1, 1]],
    [5, 2, [3, 2]],
    [7, 3, [2, 3, 2]],
    [8, 2, [4, 4]],
    [9, 2, [8, 1]],
    [32, 3, [12, 8, 12]],
    [33, 4, [8, 12, 8, 5]],
  ])("of %d entries, %d threads: %j", (batch, threads, counts) => {
    const slices = sliceBatch(batch, threads);
    expect(slices.map(({ count }) => count)).toEqual(counts);
    let next = 0;
    for (const { first, count } of slices) {
      expect(first).toBe(next);
      next += count;
    }
    expect(next).toBe(batch);
  });
});

/** As in the tests of one thread: float32 has 6e-8, a wrong formula gives far more. */
const tolerance = 1e-4;
const floor = 1e-2;

/** Three threads: slices of different sizes, one of them in the middle. */
const threads = 3;

describe.each(Array.from(library().values()))("$name", (cell) => {
  const { program, adjoint, schedule } = cell;
  // No size 1 or 2: normalised rows of so few numbers are all rounding.
  const sizes = Object.fromEntries(
    program.sizes.map((name, i) => [name, [5, 7, 3, 4][i % 4]!]),
  );

  let module: KernelModule;
  beforeAll(() => {
    module = wasm.instantiateWasm(schedule, assembler);
  });

  test.each([
    { steps: 4, batch: 7, lengths: true },
    { steps: 1, batch: 2, lengths: false },
  ])("$steps steps of $batch entries", async (rows) => {
    const kernels = await module.createThreads!(sizes, "f32", threads, 0);
    const create = (): KernelInstance => kernels;
    try {
      const executor = new KernelExecutor(
        program.name,
        schedule,
        { create },
        "f32",
      );
      const data = {
        ...randomData(program, sizes, { ...rows, seed: 3, withoutStates: [] }),
        t0: 1,
      };
      const cotangents = randomCotangents(program, data, 4);
      const interpreter = new Interpreter(program, { adjoint });
      for (const [actual, expected] of [
        [executor.forward(data), interpreter.forward(data)],
        [executor.backward(cotangents), interpreter.backward(cotangents)],
      ] as const)
        for (const [kind, arrays] of Object.entries(expected))
          for (const [name, values] of Object.entries(
            arrays as Readonly<Record<string, Float64Array>>,
          ))
            expect(
              relativeDifference(
                (actual as unknown as Record<string, typeof arrays>)[kind]![
                  name
                ]!,
                values,
                floor,
              ),
              `${kind} ${name}`,
            ).toBeLessThanOrEqual(tolerance);
    } finally {
      kernels.dispose();
    }
  });
});

describe("a loaded cell", () => {
  const [T, B, M, N] = [40, 9, 32, 48];
  const wave = (length: number): Float32Array =>
    Float32Array.from({ length }, (_, i) => Math.sin(1 + 1.7 * i));
  const x = wave(T * B * M);
  const dh = wave(T * B * N);
  const load = (options: object): Promise<LoadedCell> => {
    const { schedule } = library().get("LSTM")!;
    const module = wasm.instantiateWasm(schedule, assembler);
    const backends = { ...LSTM.backends, wasm: () => Promise.resolve(module) };
    return runtime.loadCell(
      { ...LSTM, backends },
      { backend: "wasm", sizes: { M, N }, ...options },
    ) as Promise<LoadedCell>;
  };
  const run = (cell: LoadedCell): readonly Float32Array[] => {
    const { outputs, states } = cell.forward({ x }, { batch: B });
    const y = [outputs.h!, states.c!].map((each) => each.slice());
    const { inputs } = cell.backward({ outputs: { h: dh } });
    return [...y, inputs.x!.slice(), cell.grads.slice()] as Float32Array[];
  };

  it("gives one thread's values, and the same bits in every run", async () => {
    const [one, two] = [await load({}), await load({ threads: 2 })];
    expect([one.threads, two.threads]).toEqual([1, 2]);
    const [y, c, dx, grads] = run(one);
    const first = run(two);
    // Each entry is computed alone.
    expect(first.slice(0, 3)).toEqual([y, c, dx]);
    // 360 terms in another order.
    expect(relativeDifference(first[3]!, grads!)).toBeLessThanOrEqual(1e-6);
    for (let i = 0; i < 5; i++) expect(run(two)).toEqual(first);
    two.backward({ outputs: { h: dh } }, { accumulate: true });
    expect(
      relativeDifference(
        two.grads,
        first[3]!.map((each) => 2 * each),
      ),
    ).toBeLessThanOrEqual(1e-6);
    one.dispose();
    two.dispose();
    expect(() => two.forward({ x }, { batch: B })).toThrow("disposed");
  });

  it("serves calls of any size, one after the other", async () => {
    const [one, two] = [await load({}), await load({ threads: 2 })];
    for (const [steps, batch] of [
      [T, B],
      [1, 1],
      [T, 1],
      [2 * T, B],
      [T, B],
    ] as const) {
      const inputs = { x: wave(steps * batch * M) };
      const options = { batch, keep: steps > T };
      expect(two.forward(inputs, options).outputs.h!.slice()).toEqual(
        one.forward(inputs, options).outputs.h!.slice(),
      );
    }
    one.dispose();
    two.dispose();
  });

  it("is as it was before after a call for which there is no memory", async () => {
    const cell = await load({ threads: 2 });
    const before = run(cell);
    const batch = 20_000;
    // 4 · 4 · 48 · 20,000 · 300 bytes of gates alone: more than the four gigabytes of a memory.
    expect(() =>
      cell.forward({ x: { length: 300 * batch * M } }, { batch }),
    ).toThrow("bytes of WebAssembly memory");
    expect(run(cell)).toEqual(before);
    cell.dispose();
  });

  it("computes with one thread where there are no others, and says why", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    try {
      const cell = await load({ backend: "ts", threads: 2 });
      expect(cell.threads).toBe(1);
      expect(warn.mock.calls).toEqual([
        ['LSTM: no 2 threads here, one computes: the backend "ts" has none'],
      ]);
      vi.stubGlobal("crossOriginIsolated", false);
      const wasm = await load({ threads: 2 });
      expect(wasm.threads).toBe(1);
      expect(warn.mock.calls[1]![0]).toContain("cross-origin isolated");
      expect(missingThreads()).toContain("Cross-Origin-Opener-Policy");
    } finally {
      vi.unstubAllGlobals();
      warn.mockRestore();
    }
  });

  it("starts Node's threads where a library has put them under the name of a page's", async () => {
    vi.stubGlobal("Worker", NodeWorker);
    try {
      const cell = await load({ threads: 2 });
      expect(cell.threads).toBe(2);
      cell.dispose();
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("does not keep a process alive", async () => {
    const program = `
      import { instantiateWasm, loadAssembler } from ${JSON.stringify(address("backends/wasm/index.js"))};
      import { compile } from ${JSON.stringify(address("compile.js"))};
      const text = "cell C { input x: [N] state h: [N] param w: [N] h = tanh(w * h[t-1] + x) output h }";
      const [{ schedule }] = compile(text).cells;
      const module = instantiateWasm(schedule, await loadAssembler());
      const kernels = await module.createThreads({ N: 3 }, "f32", 2, 0);
      kernels.resize(2, 2, false);
      kernels.forward({ t0: 0, lengths: null, keep: false, given: new Set() });
      console.log("computed");
    `;
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--input-type=module",
      "--eval",
      program,
    ]);
    expect(stdout).toBe("computed\n");
  });

  it.each([0, 1.5, -2, 1e9, "2"])("refuses threads: %j", async (count) => {
    await expect(load({ threads: count })).rejects.toThrow(
      `LSTM: threads is ${count}; it must be a whole number from 1 to 256`,
    );
  });
});

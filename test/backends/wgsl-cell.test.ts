/** Cells loaded with WebGPU kernels: the contract of a loaded cell, with values that stay on the device. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { instantiate } from "../../src/backends/ts/index.js";
import { describeGpu } from "../../src/backends/wgsl/index.js";
import { GpuTensor, loadCell, webgpuKernels } from "../../src/runtime/index.js";
import type {
  CellInfo,
  GpuCellOptions,
  CellNames,
  LoadedCell,
  LoadedGpuCell,
} from "../../src/runtime/index.js";
import { CharLSTM } from "../../generated/char-lstm.js";
import { LSTM } from "../../generated/lstm.js";
import { library } from "../specs/library.js";
import { relativeDifference } from "../specs/settings.js";
import { describeWebgpu } from "../webgpu/support.js";
import { openTestDevice } from "./gpu.js";
import type { TestDevice } from "./gpu.js";

const tolerance = 1e-5;

const [M, N] = [5, 7];
const sizes = { M, N };
const [T, B] = [6, 3];

const infoOf = (info: CellInfo): CellInfo => {
  const { schedule } = library().get(info.name)!;
  return {
    ...info,
    backends: {
      ts: () => Promise.resolve(instantiate(schedule)),
      webgpu: () => Promise.resolve(webgpuKernels(describeGpu(schedule))),
    },
  };
};
const lstm = infoOf(LSTM);

const wave = (length: number, from = 1): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(from + 1.7 * i));
const x = wave(T * B * M);
const h = wave(T * B * N, 2);
const c = wave(B * N, 3);

type Numbers = Readonly<Record<string, ArrayLike<number>>>;
type Tensors = Readonly<Record<string, GpuTensor | undefined>>;

const readAll = async (
  tensors: Tensors,
): Promise<Record<string, Float32Array>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(tensors).map(async ([name, tensor]) => [
        name,
        await tensor!.read(),
      ]),
    ),
  ) as Record<string, Float32Array>;

function expectClose(actual: Numbers, expected: Numbers): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected))
    expect(relativeDifference(actual[name]!, values), name).toBeLessThanOrEqual(
      tolerance,
    );
}

describeWebgpu("a cell on WebGPU", () => {
  let gpu: TestDevice;
  let cell: LoadedGpuCell;
  let host: LoadedCell;
  const load = (
    options: Partial<GpuCellOptions<CellNames>> = {},
    info = lstm,
  ): Promise<LoadedGpuCell> =>
    loadCell(info, {
      backend: "webgpu",
      sizes,
      device: gpu.device,
      ...options,
    });
  beforeAll(async () => {
    gpu = await openTestDevice();
    cell = await load({ seed: 4 });
    host = await loadCell(lstm, { backend: "ts", sizes, seed: 4 });
  });
  afterAll(() => {
    expect(gpu.problems).toEqual([]);
    cell.dispose();
    gpu.device.destroy();
  });

  it("says what it is", () => {
    expect([cell.name, cell.backend, cell.precision]).toEqual([
      "LSTM",
      "webgpu",
      "f32",
    ]);
    expect(cell.layout).toEqual(host.layout);
  });

  it("starts with the same parameters as on the host", async () => {
    expect(await cell.params.read()).toEqual(host.params);
    expectClose(await readAll(cell.param), host.param);
  });

  it("gives the host's values and gradients", async () => {
    const lengths = [6, 2, 4];
    const there = await cell.forward({ x }, { lengths });
    const here = host.forward({ x }, { lengths });
    expectClose(await readAll(there.outputs), here.outputs);
    expectClose(await readAll(there.states), here.states);
    const cotangents = { outputs: { h }, states: { c } };
    const back = await cell.backward(cotangents);
    const expected = host.backward(cotangents);
    expectClose(await readAll(back.inputs), expected.inputs as Numbers);
    expectClose(await readAll(back.states), expected.states);
    expectClose(await readAll(cell.grad), host.grad);
  });

  it("says the shape of what it gives", async () => {
    const { outputs, states } = await cell.forward({ x }, { batch: B });
    expect(outputs["h"]!.shape).toEqual([T, B, N]);
    expect(states["c"]!.shape).toEqual([B, N]);
  });

  it("goes on from states that stay on the device", async () => {
    const half = (T / 2) * B;
    const parts = [x.subarray(0, half * M), x.subarray(half * M)];
    const first = await cell.forward({ x: parts[0]! }, { batch: B });
    const second = await cell.forward(
      { x: parts[1]! },
      { batch: B, states: first.states, t0: T / 2 },
    );
    const whole = host.forward({ x }, { batch: B });
    expectClose(await readAll(second.states), whole.states);
  });

  it("takes inputs and cotangents from the device", async () => {
    const other = await load({ seed: 5, sizes: { M: N, N: M } });
    const otherHost = await loadCell(lstm, {
      backend: "ts",
      sizes: { M: N, N: M },
      seed: 5,
    });
    const lower = await cell.forward({ x }, { batch: B });
    await other.forward({ x: lower.outputs["h"]! }, { batch: B });
    const upper = await other.backward({ outputs: { h: x } });
    const back = await cell.backward({ outputs: { h: upper.inputs["x"]! } });
    const hostLower = host.forward({ x }, { batch: B });
    otherHost.forward({ x: hostLower.outputs["h"]! }, { batch: B });
    const hostUpper = otherHost.backward({ outputs: { h: x } });
    const expected = host.backward({
      outputs: { h: hostUpper.inputs["x"] as Float32Array },
    });
    expectClose(await readAll(back.inputs), expected.inputs as Numbers);
    other.dispose();
  });

  it("adds gradients up when asked, and leaves those of inputs out", async () => {
    await cell.forward({ x }, { batch: B });
    await cell.backward({ outputs: { h } });
    const once = await cell.grads.read();
    const { inputs } = await cell.backward(
      { outputs: { h } },
      { accumulate: true, inputs: false },
    );
    expect(inputs).toEqual({});
    const twice = await cell.grads.read();
    expect(
      relativeDifference(
        twice,
        once.map((each) => 2 * each),
      ),
    ).toBeLessThanOrEqual(tolerance);
  });

  it("gives the same bits every time, in each regime", async () => {
    for (const regime of ["steps", "loop"] as const) {
      const own = await load({ regime });
      const run = async () => {
        await own.forward({ x }, { batch: B });
        await own.backward({ outputs: { h } });
        return own.grads.read();
      };
      expect(await run()).toEqual(await run());
      expect(own.regime).toMatchObject({ regime, reason: "as asked for" });
      own.dispose();
    }
  });

  it("says which regime it took, and why", async () => {
    await cell.forward({ x }, { batch: B });
    expect(cell.regime.reason).toMatch(/a step is taken for \d+ µs in one/);
  });

  it("steps with resident state", async () => {
    const stepper = cell.stepper({ batch: B, t0: 2 });
    const hostStepper = host.stepper({ batch: B, t0: 2 });
    for (let t = 0; t < 3; t++) {
      const input = x.slice(t * B * M, (t + 1) * B * M);
      const there = await stepper.step({ x: input });
      expectClose(await readAll(there), hostStepper.step({ x: input }));
    }
    expectClose(await readAll(stepper.states), hostStepper.states);
    stepper.reset();
    hostStepper.reset();
    const input = x.slice(0, B * M);
    expectClose(
      await readAll(await stepper.step({ x: input })),
      hostStepper.step({ x: input }),
    );
    stepper.dispose();
    await expect(stepper.step({ x: input })).rejects.toThrow("disposed");
  });

  it("reads tokens", async () => {
    const own = { V: 11, N: 4 };
    const char = infoOf(CharLSTM);
    const there = await load({ sizes: own }, char);
    const here = await loadCell(char, { backend: "ts", sizes: own });
    const k = Int32Array.from({ length: T * B }, (_, i) => (7 * i) % own.V);
    const seed = { logits: wave(T * B * own.V) };
    const { outputs } = await there.forward({ k }, { batch: B });
    expectClose(
      await readAll(outputs),
      here.forward({ k }, { batch: B }).outputs,
    );
    await there.backward({ outputs: seed });
    here.backward({ outputs: seed });
    expectClose(await readAll(there.grad), here.grad);
    k[3] = own.V;
    await expect(there.forward({ k }, { batch: B })).rejects.toThrow(
      "k[3] is 11; tokens are whole numbers from 0 to 10",
    );
    there.dispose();
  });

  it("takes new parameters", async () => {
    const own = await load();
    const params = wave(own.params.length);
    own.setParams(params);
    host.params.set(params);
    const { outputs } = await own.forward({ x }, { batch: B });
    expectClose(
      await readAll(outputs),
      host.forward({ x }, { batch: B }).outputs,
    );
    host.init(4);
    expect(() => own.setParams([1])).toThrow("got 1");
    own.dispose();
  });

  it("calls wait for each other", async () => {
    const first = cell.forward({ x }, { batch: B });
    const second = cell.backward({ outputs: { h } });
    await first;
    await second;
    host.forward({ x }, { batch: B });
    host.backward({ outputs: { h } });
    expectClose(await readAll(cell.grad), host.grad);
  });

  it("rejects what does not fit, by name", async () => {
    await expect(cell.forward({}, { batch: B })).rejects.toThrow(
      "LSTM: input x",
    );
    await expect(cell.forward({ x, y: x }, { batch: B })).rejects.toThrow(
      "input y is unknown",
    );
    await expect(cell.forward({ x: wave(4) })).rejects.toThrow(
      "not a whole number of steps",
    );
    await expect(
      cell.forward({ x }, { batch: B, lenghts: [1] } as object),
    ).rejects.toThrow("forward has no option lenghts; did you mean lengths?");
    expect(() => cell.stepper({ state: {} } as object)).toThrow(
      "stepper has no option state; did you mean states?",
    );
    await expect(load({ regine: "loop" } as object)).rejects.toThrow(
      "load on webgpu has no option regine; did you mean regime?",
    );
    await cell.forward({ x }, { batch: B, keep: false });
    await expect(cell.backward({ outputs: { h } })).rejects.toThrow(
      "keep: true",
    );
    await cell.forward({ x }, { batch: B });
    await expect(cell.backward({ output: { h } } as object)).rejects.toThrow(
      "backward has no option output; did you mean outputs?",
    );
    await expect(load({ regime: "fast" as "loop" })).rejects.toThrow(
      "regime is fast; it must be auto, loop or steps",
    );
  });

  it("names the limit that a size would break", async () => {
    const own = await load({ sizes: { M: 1, N: 64 } });
    await expect(
      own.forward({ x: new Float32Array(1 << 20) }, { keep: false }),
    ).rejects.toThrow(
      /need \d+ bytes in the buffer `work`; the device's maxStorageBufferBindingSize is \d+/,
    );
    own.dispose();
  });

  it("tells when a tensor was overwritten", async () => {
    const { outputs } = await cell.forward({ x }, { batch: B });
    await cell.forward({ x }, { batch: B });
    await expect(outputs["h"]!.read()).rejects.toThrow(
      "overwritten by a later call",
    );
    const { outputs: kept } = await cell.forward({ x }, { batch: B });
    const { inputs } = await cell.backward({ outputs: { h } });
    await cell.backward({ outputs: { h } });
    await expect(inputs["x"]!.read()).rejects.toThrow("overwritten");
    expect((await kept["h"]!.read()).length).toBe(T * B * N);
  });

  it("refuses calls after dispose", async () => {
    const own = await load();
    own.dispose();
    own.dispose();
    await expect(own.forward({ x }, { batch: B })).rejects.toThrow(
      "the cell is disposed",
    );
  });

  it("reports a lost device, and can be loaded again", async () => {
    const own = await loadCell(lstm, { backend: "webgpu", sizes });
    own.device.destroy();
    await expect(own.lost).rejects.toThrow("the GPU device was lost");
    await expect(own.forward({ x }, { batch: B })).rejects.toThrow(
      "load the cell again",
    );
    const again = await loadCell(lstm, { backend: "webgpu", sizes });
    await again.forward({ x }, { batch: B });
    again.dispose();
  });
});

it("a cell without WebGPU kernels says what it has", async () => {
  await expect(
    loadCell(
      { ...lstm, backends: { ts: lstm.backends.ts! } },
      { backend: "webgpu", sizes },
    ),
  ).rejects.toThrow(
    "LSTM has no kernels for the backend webgpu; it was compiled for: ts",
  );
});

/** WebGPU kernels of every cell of the library against the interpreter, values and gradients, in each regime. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeGpuExecutor } from "../../src/compile.js";
import type { CompiledCell } from "../../src/compile.js";
import { GpuExecutor } from "../../src/backends/gpu-executor.js";
import { describeGpu } from "../../src/backends/wgsl/index.js";
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import type { CellGradients, CellResult } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { isSoftware } from "../../src/runtime/webgpu/device.js";
import { textFeatures } from "../../src/runtime/webgpu/text-features.js";
import { library } from "../specs/library.js";
import type { CellProgram } from "../../src/ir/program.js";
import type {
  GpuDescription,
  GpuDispatch,
  GpuStage,
} from "../../src/runtime/webgpu/description.js";
import { relativeDifference, settings } from "../specs/settings.js";
import type { Setting } from "../specs/settings.js";
import { describeWebgpu } from "../webgpu/support.js";
import { openTestDevice } from "./gpu.js";
import type { TestDevice } from "./gpu.js";

/** Float32 has 6e-8; sequences and sums make it more, a wrong formula far more. */
const tolerance = 1e-4;

/** Numbers that are smaller than this are compared absolutely. */
const floor = 1e-2;

/**
 * A row of one or two numbers is constant once it is normalised: what is left is the rounding of its numbers,
 * enlarged by 1 / √1e-5.
 */
const normalises = /LayerNorm|FastWeights/;

/** Which sizes there are matters to the kernels of single steps; the loop as a whole adds slices of the batch. */
const settingsOf = {
  steps: settings,
  loop: settings.filter(({ title }) =>
    ["primes", "one sequence", "more than a block"].includes(title),
  ),
} as const;

/** States that the caller gives no values for: none, and at one of the sizes all of them too. */
const startsFor = (
  { states }: CellProgram,
  { title }: Setting,
): (readonly string[])[] =>
  title === "primes" ? [[], states.map(({ name }) => name)] : [[]];

const flat = (
  result: CellResult | CellGradients,
  prefix = "",
): [string, Float64Array][] =>
  Object.entries(result).flatMap(([kind, arrays]) =>
    Object.entries(arrays as Readonly<Record<string, Float64Array>>).map(
      ([name, values]): [string, Float64Array] => [
        `${prefix}${kind} ${name}`,
        values.slice(),
      ],
    ),
  );

async function compare(
  { program }: CompiledCell,
  interpreter: Interpreter,
  kernels: GpuExecutor,
  setting: Setting,
): Promise<void> {
  const sizes = setting.sizes(program);
  const few = Object.values(sizes).some((size) => size <= 2);
  const own = normalises.test(program.name) && few ? 300 : floor;
  for (const withoutStates of startsFor(program, setting)) {
    const data = {
      ...randomData(program, sizes, { ...setting, seed: 11, withoutStates }),
      t0: 2,
    };
    const cotangents = randomCotangents(program, data, 12);
    const actual = new Map([
      ...flat(await kernels.forward(data)),
      ...flat(await kernels.backward(cotangents), "gradients of "),
    ]);
    const expected = [
      ...flat(interpreter.forward(data)),
      ...flat(interpreter.backward(cotangents), "gradients of "),
    ];
    expect([...actual.keys()].sort()).toEqual(
      expected.map(([name]) => name).sort(),
    );
    for (const [name, values] of expected)
      expect(
        relativeDifference(actual.get(name)!, values, own),
        name,
      ).toBeLessThanOrEqual(tolerance);
  }
}

describeWebgpu("WGSL", () => {
  let gpu: TestDevice;
  beforeAll(async () => {
    gpu = await openTestDevice();
  });
  afterAll(() => gpu.device.destroy());

  describe.each(Array.from(library().values()))("$name", (cell) => {
    const interpreter = new Interpreter(cell.program, {
      adjoint: cell.adjoint,
    });

    describe.each(["steps", "loop"] as const)("regime %s", (regime) => {
      let kernels: GpuExecutor;
      beforeAll(() => {
        kernels = makeGpuExecutor(cell, gpu.device, regime);
      });
      afterAll(() => kernels.dispose());

      test.each(settingsOf[regime])("$title", async (setting) => {
        await compare(cell, interpreter, kernels, setting);
        expect(gpu.problems).toEqual([]);
      });
    });
  });
});

/** A description with other dispatches in the place of each. */
const withDispatches = (
  description: GpuDescription,
  instead: (dispatch: GpuDispatch) => readonly GpuDispatch[],
): GpuDescription => {
  const stages = (all: readonly GpuStage[]): GpuStage[] =>
    all.map((stage) => ({
      ...stage,
      dispatches: stage.dispatches.flatMap(instead),
    }));
  const { forward, backward } = description;
  return {
    ...description,
    forward: stages(forward),
    backward: stages(backward),
  };
};

/** What a dispatch stands for, and the dispatch as the only choice. */
const forms = {
  apart: function apart(dispatch: GpuDispatch): readonly GpuDispatch[] {
    return dispatch.apart?.flatMap(apart) ?? [dispatch];
  },
  together: (dispatch: GpuDispatch): readonly GpuDispatch[] => {
    const { apart, ...alone } = dispatch;
    return [apart ? alone : dispatch];
  },
};

describeWebgpu("WGSL, work on rows together and apart", () => {
  let gpu: TestDevice;
  beforeAll(async () => {
    gpu = await openTestDevice();
  });
  afterAll(() => gpu.device.destroy());

  const setting = settings.find(({ title }) => title === "primes")!;
  const cases = [
    // Attention between products, values of other steps, sums along rows, a matrix that is computed.
    "MaskedBahdanauDecoder",
    "JordanTeacherForced",
    "LayerNormGRU",
    "ClockworkRNN",
  ].flatMap((name) =>
    (["apart", "together"] as const).map((form) => [name, form] as const),
  );

  test.each(cases)("%s, %s", async (name, form) => {
    const cell = library().get(name)!;
    const interpreter = new Interpreter(cell.program, {
      adjoint: cell.adjoint,
    });
    const description = withDispatches(describeGpu(cell.schedule), forms[form]);
    const { device, problems } = gpu;
    const kernels = new GpuExecutor(
      device,
      cell.schedule,
      description,
      "steps",
    );
    await compare(cell, interpreter, kernels, setting);
    kernels.dispose();
    expect(problems).toEqual([]);
  });
});

/** Products share loads among four invocations; norms, softmaxes and attention sum up in subgroups. */
const withSubgroups = [
  "LSTM",
  "GRU",
  "LayerNormLSTM",
  "SoftmaxCrossEntropy",
  "BahdanauDecoder",
  "SoftmaxRNN",
];

describeWebgpu("WGSL with subgroups", () => {
  let gpu: TestDevice;
  beforeAll(async () => {
    gpu = await openTestDevice(true);
  });
  afterAll(() => gpu.device.destroy());

  // Else the tests below would run the lines for all devices, and pass.
  test("runs the lines that are for the device", async () => {
    const { device } = gpu;
    const features = !device.features.has("subgroups")
      ? []
      : isSoftware(device)
        ? ["subgroups", "quads"]
        : ["subgroups"];
    expect([...(await textFeatures(device))]).toEqual(features);
  });

  const cells = withSubgroups.flatMap((name) =>
    (["steps", "loop"] as const).map((regime) => [name, regime] as const),
  );
  const sizes = settingsOf.loop.filter(({ title }) => title !== "one sequence");

  test.each(cells)("%s, regime %s", async (name, regime) => {
    const cell = library().get(name)!;
    const interpreter = new Interpreter(cell.program, {
      adjoint: cell.adjoint,
    });
    const kernels = makeGpuExecutor(cell, gpu.device, regime);
    for (const setting of sizes)
      await compare(cell, interpreter, kernels, setting);
    kernels.dispose();
    expect(gpu.problems).toEqual([]);
  });
});

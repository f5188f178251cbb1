/** Losses on a device against the host's in float64, whose own test is PyTorch. */
import { afterAll, beforeAll, expect, it } from "vitest";
import * as host from "cellc/nn";
import * as gpu from "cellc/nn/webgpu";
import type { CellModule, CellNames } from "cellc/runtime";
import { AbsoluteError } from "../../generated/absolute-error.js";
import { GaussianMixtureNLL } from "../../generated/gaussian-mixture-nll.js";
import { HandwritingNLL } from "../../generated/handwriting-nll.js";
import { HuberLoss } from "../../generated/huber-loss.js";
import { SigmoidCrossEntropy } from "../../generated/sigmoid-cross-entropy.js";
import { SoftmaxCrossEntropy } from "../../generated/softmax-cross-entropy.js";
import { SquaredError } from "../../generated/squared-error.js";
import { GpuMemory } from "../../src/nn/webgpu/device/memory.js";
import { openTestDevice } from "../backends/gpu.js";
import type { TestDevice } from "../backends/gpu.js";
import { describeWebgpu } from "../webgpu/support.js";
import { loading, randomArray, randomTokens } from "./check.js";
import { expectClose, withWebgpu } from "./webgpu.js";

const reductions: readonly host.Reduction[] = [
  "sum",
  "mean",
  "sequence",
  "element",
];

interface Shape {
  readonly steps: number;
  readonly batch: number;
  readonly lengths?: Int32Array;
}

const shapes: readonly (readonly [title: string, Shape])[] = [
  ["lengths", { steps: 4, batch: 3, lengths: Int32Array.of(4, 2, 3) }],
  ["one sequence", { steps: 5, batch: 1 }],
  ["one step", { steps: 1, batch: 7 }],
  // More steps than invocations of a workgroup, so that the sum has several pieces.
  ["many steps", { steps: 53, batch: 11 }],
];

describeWebgpu("a loss on a device", () => {
  let test: TestDevice;
  beforeAll(async () => {
    test = await openTestDevice();
  });
  afterAll(() => {
    expect(test.problems).toEqual([]);
    test.device.destroy();
  });

  /** Numbers that float32 holds exactly, on the device and on the host. */
  function predicted(
    { steps, batch, lengths }: Shape,
    width: number,
    seed: number,
  ): readonly [gpu.GpuSequence, host.Sequence<Float64Array>] {
    const values = Float32Array.from(randomArray(steps * batch * width, seed));
    const here = host.sequence(
      Float64Array.from(values),
      { batch, width },
      lengths,
    );
    const memory = new GpuMemory("prediction");
    const shape = [steps, batch, width];
    return [{ ...here, values: memory.fill(test.device, shape, values) }, here];
  }

  async function same<N extends CellNames>(
    module: CellModule<N>,
    sizes: Readonly<Record<N["sizes"], number>>,
    targets: (rows: number) => host.Targets,
    shape: Shape,
    options: host.CriterionOptions<N> = {},
    weights?: (rows: number) => ArrayLike<number>,
  ): Promise<void> {
    const there = await gpu.loadCriterion(withWebgpu(module), {
      ...options,
      sizes,
      device: test.device,
    });
    const here = await host.loadCriterion(module, {
      ...loading,
      ...options,
      sizes,
    });
    expect(there.width).toBe(here.width);
    const rows = shape.steps * shape.batch;
    // Twice: the second pass uses the memory of the first.
    for (const seed of [1, 2]) {
      const [prediction, given] = predicted(shape, here.width, seed);
      const lossOptions = { weights: weights?.(rows) };
      const loss = await there.forward(prediction, targets(rows), lossOptions);
      const wanted = here.forward(given, targets(rows), lossOptions);
      expect(loss.steps).toBe(wanted.steps);
      const { value, sum, steps } = await loss.read();
      expect(steps).toBe(wanted.steps);
      expectClose(
        { value: [value], sum: [sum] },
        { value: [wanted.value], sum: [wanted.sum] },
        "loss",
      );
      const gradient = await there.backward();
      expectClose(
        { prediction: await gradient.read() },
        { prediction: here.backward() },
        "gradient of the",
      );
    }
    there.dispose();
  }

  it.each(
    reductions.flatMap((reduction) =>
      shapes.map(([title, shape]) => [reduction, title, shape] as const),
    ),
  )(
    "softmax cross-entropy with tokens, %s, %s",
    async (reduction, _, shape) => {
      const tokens = (rows: number) => randomTokens(rows, 5, 3);
      await same(SoftmaxCrossEntropy, { K: 5 }, tokens, shape, { reduction });
    },
  );

  it.each(reductions)(
    "sigmoid cross-entropy over vectors, %s",
    async (reduction) => {
      await same(
        SigmoidCrossEntropy,
        { K: 7 },
        (rows) => randomTokens(rows * 7, 2, 3),
        shapes[0]![1],
        { reduction },
      );
    },
  );

  it.each(
    [SquaredError, AbsoluteError, HuberLoss].map(
      (cell) => [cell.name, cell] as const,
    ),
  )("%s over vectors", async (_, cell) => {
    for (const reduction of ["mean", "element"] as const)
      await same(
        cell as typeof SquaredError,
        { K: 7 },
        (rows) => randomArray(rows * 7, 3).map((value) => 2 * value),
        shapes[0]![1],
        { reduction },
      );
  });

  it.each(shapes)(
    "a mixture of Gaussians from one vector of outputs, %s",
    async (_, shape) => {
      const targets = (rows: number) => randomArray(rows * 2, 3);
      await same(GaussianMixtureNLL, { K: 5, D: 2 }, targets, shape);
    },
  );

  it("three targets", async () => {
    const targets = (rows: number) => ({
      x: randomArray(rows, 2),
      y: randomArray(rows, 3),
      end: Float64Array.from({ length: rows }, (_, i) => i % 2),
    });
    await same(HandwritingNLL, { K: 3 }, targets, shapes[0]![1], {
      targets: ["x", "y", "end"],
      reduction: "sequence",
    });
  });

  it("weights of steps", async () => {
    await same(
      SoftmaxCrossEntropy,
      { K: 5 },
      (rows) => randomTokens(rows, 5, 3),
      shapes[0]![1],
      {},
      (rows) => Float64Array.from({ length: rows }, (_, row) => (row % 3) / 2),
    );
  });

  it("tells what does not fit", async () => {
    const loss = await gpu.loadCriterion(withWebgpu(SoftmaxCrossEntropy), {
      sizes: { K: 5 },
      device: test.device,
    });
    const [prediction] = predicted(shapes[0]![1], 5, 1);
    const [narrow] = predicted(shapes[0]![1], 4, 1);
    const tokens = randomTokens(12, 5, 3);
    await expect(loss.forward(narrow, tokens)).rejects.toThrow(
      "reads 5 numbers per step, and the model puts out 4",
    );
    await expect(loss.forward(prediction, tokens.slice(1))).rejects.toThrow(
      "SoftmaxCrossEntropy: input y: expected 12 numbers for [T=4, B=3], got 11",
    );
    await expect(loss.forward(prediction, tokens.with(2, 5))).rejects.toThrow(
      "input y[2] is 5; tokens are whole numbers from 0 to 4",
    );
    await expect(
      loss.forward(prediction, tokens, { weights: [1, 2] }),
    ).rejects.toThrow("2 weights for 12 steps");
    await expect(loss.forward(prediction, { z: tokens })).rejects.toThrow(
      "input z is unknown",
    );
    loss.dispose();
  });
});

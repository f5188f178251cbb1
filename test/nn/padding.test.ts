/** What padding and steps of weight 0 hold changes nothing: neither losses nor gradients nor what is learned from them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as host from "cellc/nn";
import * as gpu from "cellc/nn/webgpu";
import { Affine } from "../../generated/affine.js";
import { Embedding } from "../../generated/embedding.js";
import { GRU } from "../../generated/gru.js";
import { GaussianMixtureNLL } from "../../generated/gaussian-mixture-nll.js";
import { LSTM } from "../../generated/lstm.js";
import { SoftmaxCrossEntropy } from "../../generated/softmax-cross-entropy.js";
import { GpuMemory } from "../../src/nn/webgpu/device/memory.js";
import { openTestDevice } from "../backends/gpu.js";
import type { TestDevice } from "../backends/gpu.js";
import { describeWebgpu } from "../webgpu/support.js";
import { loading, randomArray, randomTokens } from "./check.js";
import { buildOnDevice, buildOnHost, withWebgpu } from "./webgpu.js";
import type { Build } from "./webgpu.js";

const [T, B, K] = [4, 3, 5];
const lengths = Int32Array.of(2, 4, 0);

const isPadding = (row: number): boolean =>
  Math.floor(row / B) >= lengths[row % B]!;

/** The numbers with `poison` in the rows of padding. */
function padded<A extends Float64Array | Int32Array>(
  values: A,
  poison: number,
  leftOut: (row: number) => boolean = isPadding,
): A {
  const copy = values.slice() as A;
  const width = values.length / (T * B);
  for (let row = 0; row < T * B; row++)
    if (leftOut(row)) copy.fill(poison, row * width, (row + 1) * width);
  return copy;
}

/** An input of numbers, a recurrent layer, dropout, another one both ways, and a loss over tokens. */
const numbers: Build<host.Model> = async (nn, load, cell) =>
  new nn.Model(
    new nn.Stack({
      first: await nn.loadLayer(cell(LSTM), { ...load, sizes: { M: 2, N: 3 } }),
      dropout: new nn.Dropout(0.2),
      second: new nn.Bidirectional(
        await nn.loadLayer(cell(GRU), { ...load, sizes: { M: 3, N: 2 } }),
        await nn.loadLayer(cell(GRU), { ...load, sizes: { M: 3, N: 2 } }),
      ),
      logits: await nn.loadLayer(cell(Affine), {
        ...load,
        sizes: { M: 4, K },
      }),
    }),
    1,
  );

const words: Build<host.Model> = async (nn, load, cell) =>
  new nn.Model(
    new nn.Stack({
      embedding: await nn.loadLayer(cell(Embedding), {
        ...load,
        sizes: { V: 7, D: 3 },
      }),
      rnn: await nn.loadLayer(cell(GRU), { ...load, sizes: { M: 3, N: 4 } }),
      logits: await nn.loadLayer(cell(Affine), {
        ...load,
        sizes: { M: 4, K },
      }),
    }),
    1,
  );

/** Parameters and loss after one update; tokens of padding are `token`, numbers `poison`. */
type Update = (
  build: Build<host.Model>,
  poison: number,
  token: number,
) => Promise<readonly number[]>;

const inputOf = (
  build: Build<host.Model>,
  poison: number,
  token: number,
): host.Sequence =>
  build === words
    ? host.sequence(
        padded(randomTokens(T * B, 7, 4), token),
        { batch: B },
        lengths,
      )
    : host.sequence(
        padded(randomArray(T * B * 2, 5), poison),
        { batch: B, width: 2 },
        lengths,
      );

const targetsOf = (token: number): Int32Array =>
  padded(randomTokens(T * B, K, 6), token);

const settings = { rate: 0.1, largestNorm: 1 };

const onHost: Update = async (build, poison, token) => {
  const model = await buildOnHost(build);
  const trainer = new host.Trainer({
    ...settings,
    model,
    criterion: await host.loadCriterion(SoftmaxCrossEntropy, {
      ...loading,
      sizes: { K },
    }),
    optimiser: new host.Sgd(),
    random: new host.Random(3),
  });
  const { value, norm } = trainer.step(
    inputOf(build, poison, token),
    targetsOf(token),
  );
  return [value, norm, ...model.params];
};

const onDevice =
  (device: () => GPUDevice): Update =>
  async (build, poison, token) => {
    const model = await buildOnDevice<gpu.Model>(build, device());
    const trainer = new gpu.Trainer({
      ...settings,
      model,
      criterion: await gpu.loadCriterion(withWebgpu(SoftmaxCrossEntropy), {
        sizes: { K },
        device: device(),
      }),
      optimiser: new gpu.Sgd(),
      random: new host.Random(3),
    });
    const step = await trainer.step(
      inputOf(build, poison, token),
      targetsOf(token),
    );
    const { value, norm } = await step.read();
    const params = await model.params.read();
    model.dispose();
    return [value, norm, ...params];
  };

function updates(update: Update): void {
  it.each<[string, Build<host.Model>]>([
    ["numbers", numbers],
    ["tokens", words],
  ])("an update is the same, %s", async (_, build) => {
    const wanted = await update(build, 0, 0);
    expect(wanted.every(Number.isFinite)).toBe(true);
    expect(await update(build, NaN, -1)).toEqual(wanted);
    expect(await update(build, Infinity, 2 ** 30)).toEqual(wanted);
  });
}

describe("on the host", () => {
  updates(onHost);

  it("steps of weight 0 may hold anything, predictions and targets alike", async () => {
    const loss = await host.loadCriterion(GaussianMixtureNLL, {
      ...loading,
      sizes: { K: 2, D: 1 },
    });
    const weights = Float64Array.from({ length: T * B }, (_, row) =>
      row % 4 === 1 ? 0 : 0.5 + row,
    );
    const leftOut = (row: number): boolean =>
      isPadding(row) || weights[row] === 0;
    const run = (poison: number): readonly number[] => {
      const { value, sum, steps } = loss.forward(
        host.sequence(
          padded(randomArray(T * B * loss.width, 7), poison, leftOut),
          { batch: B, width: loss.width },
          lengths,
        ),
        padded(randomArray(T * B, 8), poison, leftOut),
        { weights },
      );
      return [value, sum, steps, ...loss.backward()];
    };
    const wanted = run(0.3);
    expect(wanted.every(Number.isFinite)).toBe(true);
    expect(run(NaN)).toEqual(wanted);
    expect(run(-Infinity)).toEqual(wanted);
  });

  it("the loss with weights is that of the steps by themselves", async () => {
    const loss = await host.loadCriterion(SoftmaxCrossEntropy, {
      ...loading,
      sizes: { K },
      reduction: "sum",
    });
    const logits = randomArray(2 * K, 9);
    const { value } = loss.forward(
      host.sequence(logits, { batch: 2, width: K }),
      [3, -1],
      { weights: [2, 0] },
    );
    const first = [...logits.subarray(0, K)];
    const sum = first.reduce((all, z) => all + Math.exp(z), 0);
    expect(value).toBeCloseTo(2 * (Math.log(sum) - first[3]!), 12);
    const gradient = loss.backward();
    first.forEach((z, k) =>
      expect(gradient[k]).toBeCloseTo(
        2 * (Math.exp(z) / sum - (k === 3 ? 1 : 0)),
        12,
      ),
    );
    expect([...gradient.subarray(K)]).toEqual([0, 0, 0, 0, 0]);
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

  updates(onDevice(() => test.device));

  it("steps of weight 0 may hold anything, predictions and targets alike", async () => {
    const loss = await gpu.loadCriterion(withWebgpu(GaussianMixtureNLL), {
      sizes: { K: 2, D: 1 },
      device: test.device,
    });
    const weights = Float64Array.from({ length: T * B }, (_, row) =>
      row % 4 === 1 ? 0 : 0.5 + row,
    );
    const leftOut = (row: number): boolean =>
      isPadding(row) || weights[row] === 0;
    const memory = new GpuMemory("prediction");
    const run = async (poison: number): Promise<readonly number[]> => {
      const { width } = loss;
      const values = memory.fill(
        test.device,
        [T, B, width],
        Float32Array.from(
          padded(randomArray(T * B * width, 7), poison, leftOut),
        ),
      );
      const found = await loss.forward(
        { steps: T, batch: B, width, values, lengths },
        padded(randomArray(T * B, 8), poison, leftOut),
        { weights },
      );
      const { value, sum, steps } = await found.read();
      return [value, sum, steps, ...(await (await loss.backward()).read())];
    };
    const wanted = await run(0.3);
    expect(wanted.every(Number.isFinite)).toBe(true);
    expect(await run(NaN)).toEqual(wanted);
    expect(await run(-Infinity)).toEqual(wanted);
  });
});

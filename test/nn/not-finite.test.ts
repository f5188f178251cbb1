/** Gradients that are not finite: they stop a training, or their steps are skipped; on the host and on a device alike. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as host from "cellc/nn";
import type { Layer, NotFinite } from "cellc/nn";
import * as gpu from "cellc/nn/webgpu";
import { Affine } from "../../generated/affine.js";
import { SoftmaxCrossEntropy } from "../../generated/softmax-cross-entropy.js";
import { openTestDevice } from "../backends/gpu.js";
import type { TestDevice } from "../backends/gpu.js";
import { describeWebgpu } from "../webgpu/support.js";
import { loading, randomArray, randomTokens } from "./check.js";
import { buildOnDevice, buildOnHost, withWebgpu } from "./webgpu.js";
import type { Build } from "./webgpu.js";

const [T, B, M, K] = [3, 2, 4, 3];
const targets = randomTokens(T * B, K, 1);

/** What comes in at a step: numbers of its own, and one that is none where it is bad. */
const input = (step: number, bad?: number): host.Sequence => {
  const values = Float64Array.from(
    new Float32Array(randomArray(T * B * M, step)),
  );
  if (bad !== undefined) values[5] = bad;
  return host.sequence(values, { batch: B, width: M });
};

const build: Build<host.Model> = async (nn, load, cell) =>
  new nn.Model(
    new nn.Stack({
      below: await nn.loadLayer(cell(Affine), { ...load, sizes: { M, K: 5 } }),
      above: await nn.loadLayer(cell(Affine), { ...load, sizes: { M: 5, K } }),
    }),
    1,
  );

const settings = { rate: (step: number) => 0.1 / (1 + step), largestNorm: 0.5 };

async function onHost(notFinite?: NotFinite) {
  const model = await buildOnHost(build);
  const optimiser = new host.Adam();
  const criterion = await host.loadCriterion(SoftmaxCrossEntropy, {
    ...loading,
    sizes: { K },
  });
  const random = new host.Random(1);
  const trainer = new host.Trainer({
    ...settings,
    ...(notFinite && { notFinite }),
    model,
    criterion,
    optimiser,
    random,
  });
  return { model, optimiser, trainer };
}

async function onDevice(device: GPUDevice, notFinite?: NotFinite) {
  const model = await buildOnDevice<gpu.Model>(build, device);
  const optimiser = new gpu.Adam();
  const criterion = await gpu.loadCriterion(withWebgpu(SoftmaxCrossEntropy), {
    device,
    sizes: { K },
  });
  const random = new host.Random(1);
  const trainer = new gpu.Trainer({
    ...settings,
    ...(notFinite && { notFinite }),
    model,
    criterion,
    optimiser,
    random,
  });
  return { model, optimiser, trainer };
}

const message = (step: number, norm: string): string =>
  `step ${step}: the norm of the gradient is ${norm}. The first parameter concerned is below.W_y,`;

describe("on the host", () => {
  it("stops the training, and leaves everything as it was", async () => {
    const { model, optimiser, trainer } = await onHost();
    const { model: other, trainer: without } = await onHost();
    for (const step of [1, 2]) {
      trainer.step(input(step), targets);
      without.step(input(step), targets);
    }
    const before = [model.params.slice(), optimiser.save(), trainer.save()];
    for (const bad of [NaN, Infinity, -Infinity]) {
      const step = (): unknown => trainer.step(input(3, bad), targets);
      expect(step).toThrow(message(3, "NaN"));
      expect(step).toThrow(host.NotFiniteGradient);
      expect([model.params, optimiser.save(), trainer.save()]).toEqual(before);
    }
    trainer.step(input(4), targets);
    without.step(input(4), targets);
    expect(model.params).toEqual(other.params);
    expect([trainer.steps, trainer.skipped]).toEqual([3, 0]);
  });

  it("names the first parameter concerned, and its number", async () => {
    const affine = async (inner: number, K: number) =>
      host.loadLayer(Affine, { ...loading, sizes: { M: inner, K } });
    // Lets no gradient through.
    const wall: Layer = {
      parts: {},
      forward: (sequence) => sequence,
      backward: (gradient) => gradient.slice().fill(0),
    };
    const below = await affine(M, 5);
    const above = await affine(5, K);
    const { trainer: whole } = await onHost();
    const model = new host.Model(new host.Stack({ below, wall, above }), 1);
    const trainer = new host.Trainer({
      model,
      criterion: await host.loadCriterion(SoftmaxCrossEntropy, {
        ...loading,
        sizes: { K },
      }),
      optimiser: new host.Sgd(),
      rate: 1,
      random: new host.Random(1),
    });
    // Finite numbers in, of which a product overflows.
    model.param["below.b_y"]!.fill(1e308, 2, 3);
    model.param["above.W_y"]!.fill(0).fill(10, 2, 3);
    let caught: unknown;
    try {
      trainer.step(input(1), targets);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(host.NotFiniteGradient);
    const { parameter, step, norm } = caught as host.NotFiniteGradient;
    expect([parameter, step, norm]).toEqual(["above.W_y", 1, NaN]);
    expect(whole.steps).toBe(0);
  });

  it("skips the step and counts it, and the optimiser does not", async () => {
    const { model, optimiser, trainer } = await onHost("skip");
    const results = [undefined, NaN, undefined, Infinity].map((bad, i) =>
      trainer.step(input(i, bad), targets),
    );
    expect(results.map(({ skipped }) => skipped)).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(results[1]!.norm).toBeNaN();
    expect([trainer.steps, trainer.skipped]).toEqual([4, 2]);
    expect(optimiser.save().numbers).toEqual({ steps: 2 });
    // The rate goes on with the steps.
    const wanted = await onHost();
    const adam = new host.Adam();
    for (const i of [0, 2]) {
      const output = wanted.model.forward(input(i));
      const loss = await host.loadCriterion(SoftmaxCrossEntropy, {
        ...loading,
        sizes: { K },
      });
      loss.forward(output, targets);
      wanted.model.backward(loss.backward());
      host.clipByNorm(wanted.model.grads, settings.largestNorm);
      adam.step(wanted.model.params, wanted.model.grads, settings.rate(i));
    }
    expect(model.params).toEqual(wanted.model.params);
  });

  it("keeps the count in a checkpoint, and takes one without", async () => {
    const { trainer } = await onHost("skip");
    trainer.step(input(1, NaN), targets);
    const { trainer: other } = await onHost("skip");
    other.restore(trainer.save());
    expect([other.steps, other.skipped]).toEqual([1, 1]);
    other.restore({ tensors: {}, numbers: { steps: 7 } });
    expect([other.steps, other.skipped]).toEqual([7, 0]);
  });

  it.each([
    [
      { largestNorm: -1 },
      "a trainer: largestNorm is -1; it must be a number above 0",
    ],
    [{ largestNorm: 0 }, "a trainer: largestNorm is 0"],
    [{ largestNorm: NaN }, "a trainer: largestNorm is NaN"],
    [{ largestNorm: "1" }, 'a trainer: largestNorm is "1"'],
    [{ largestValue: -0.1 }, "a trainer: largestValue is -0.1"],
    [
      { notFinite: "ignore" },
      'a trainer: notFinite is "ignore"; there are: stop, skip',
    ],
  ])("refuses %j", async (bounds, text) => {
    const { model, optimiser } = await onHost();
    const parts = {
      model,
      optimiser,
      criterion: {},
      rate: 1,
      random: {},
      ...bounds,
    };
    expect(() => new host.Trainer(parts as never)).toThrow(text);
    expect(() => new gpu.Trainer(parts as never)).toThrow(text);
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

  it("stops the training: nothing changes until it is read, and what follows is as if nothing had been", async () => {
    const { model, optimiser, trainer } = await onDevice(test.device);
    const { model: other, trainer: without } = await onDevice(test.device);
    for (const step of [1, 2]) {
      await trainer.step(input(step), targets);
      await without.step(input(step), targets);
    }
    const before = await Promise.all([model.save(), optimiser.save()]);
    await trainer.step(input(3, NaN), targets);
    // These are fine, and come too late.
    await trainer.step(input(4), targets);
    const late = await trainer.step(input(5), targets);
    await expect(late.read()).rejects.toThrow(message(3, "NaN"));
    await expect(late.read()).resolves.toMatchObject({ skipped: false });
    expect(await Promise.all([model.save(), optimiser.save()])).toEqual(before);
    expect([trainer.steps, trainer.skipped]).toEqual([2, 0]);
    for (const step of [6, 7]) {
      await trainer.step(input(step), targets);
      await without.step(input(step), targets);
    }
    expect(await model.save()).toEqual(await other.save());
    expect(trainer.save()).toEqual(without.save());
  });

  it("tells both who read, and an evaluation", async () => {
    const { trainer } = await onDevice(test.device);
    const step = await trainer.step(input(1, Infinity), targets);
    const reads = await Promise.allSettled([step.read(), step.read()]);
    for (const read of reads)
      expect(read).toMatchObject({
        status: "rejected",
        reason: { step: 1, parameter: "below.W_y" },
      });
    await trainer.step(input(1, NaN), targets);
    const loss = await trainer.evaluate(input(2), targets);
    await expect(loss.read()).rejects.toThrow(message(1, "NaN"));
    expect((await (await trainer.step(input(3), targets)).read()).rate).toBe(
      settings.rate(0),
    );
  });

  it("begins anew with a checkpoint", async () => {
    const { model, optimiser, trainer } = await onDevice(test.device);
    const parts = { model, optimiser, trainer };
    const bytes = await gpu.encodeCheckpoint(parts);
    await trainer.step(input(1, NaN), targets);
    await gpu.decodeCheckpoint(bytes, parts, "c");
    const step = await trainer.step(input(2), targets);
    await expect(step.read()).resolves.toMatchObject({ skipped: false });
  });

  it("skips what the host skips", async () => {
    const here = await onHost("skip");
    const there = await onDevice(test.device, "skip");
    here.model.restore(await there.model.save());
    for (const [i, bad] of [undefined, NaN, undefined, Infinity].entries()) {
      const wanted = here.trainer.step(input(i, bad), targets);
      const step = await there.trainer.step(input(i, bad), targets);
      const found = await step.read();
      expect([found.skipped, step.skipped, found.rate]).toEqual([
        wanted.skipped,
        wanted.skipped,
        wanted.rate,
      ]);
      if (bad !== undefined) expect(found.norm).toBeNaN();
      else expect(found.norm).toBeCloseTo(wanted.norm, 5);
    }
    expect(there.trainer.save()).toEqual(here.trainer.save());
    expect((await there.optimiser.save()).numbers).toEqual({ steps: 2 });
    const found = await there.model.params.read();
    here.model.params.forEach((value, i) =>
      expect(found[i]).toBeCloseTo(value, 5),
    );
  });

  it("goes on where only float32 has no number for the norm", async () => {
    // Each number of the gradient is at most 2e38; together they are 4.9e38.
    const large = host.sequence(new Float64Array(T * B * M).fill(5e37), {
      batch: B,
      width: M,
    });
    const zeros = new Int32Array(T * B);
    const sizes = { M, K };
    const options = { sizes: { K }, reduction: "sum" } as const;
    const { device } = test;
    const here = new host.Model(
      await host.loadLayer(Affine, { ...loading, sizes }),
    );
    const there = new gpu.Model(
      await gpu.loadLayer(withWebgpu(Affine), { device, sizes }),
    );
    here.params.fill(0);
    there.restore(here.save());
    const onHere = new host.Trainer({
      ...settings,
      model: here,
      criterion: await host.loadCriterion(SoftmaxCrossEntropy, {
        ...loading,
        ...options,
      }),
      optimiser: new host.Sgd(),
      random: new host.Random(1),
    });
    const onThere = new gpu.Trainer({
      ...settings,
      model: there,
      criterion: await gpu.loadCriterion(withWebgpu(SoftmaxCrossEntropy), {
        device,
        ...options,
      }),
      optimiser: new gpu.Sgd(),
      random: new host.Random(1),
    });
    const wanted = onHere.step(large, zeros);
    const step = await onThere.step(large, zeros);
    const { norm, skipped } = await step.read();
    expect(skipped).toBe(false);
    expect(wanted.norm / (Math.sqrt(24) * 1e38)).toBeCloseTo(1, 12);
    expect(norm / wanted.norm).toBeCloseTo(1, 6);
    expect(await step.norm.read()).toEqual(Float32Array.of(Infinity));
    const found = await there.params.read();
    here.params.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 6));
    expect(Math.hypot(...here.params)).toBeCloseTo(
      settings.rate(0) * settings.largestNorm,
      12,
    );
  });
});

/** Training on a device: the host's losses, nothing read, and checkpoints that go from one to the other. */
import { afterAll, beforeAll, expect, it } from "vitest";
import * as host from "cellc/nn";
import * as gpu from "cellc/nn/webgpu";
import { Affine } from "../../generated/affine.js";
import { Embedding } from "../../generated/embedding.js";
import { GRU } from "../../generated/gru.js";
import { LSTM } from "../../generated/lstm.js";
import { SoftmaxCrossEntropy } from "../../generated/softmax-cross-entropy.js";
import { openTestDevice } from "../backends/gpu.js";
import type { TestDevice } from "../backends/gpu.js";
import { relativeDifference } from "../specs/settings.js";
import { describeWebgpu } from "../webgpu/support.js";
import { loading, randomArray, randomTokens } from "./check.js";
import { buildOnDevice, buildOnHost, withWebgpu } from "./webgpu.js";
import type { Build } from "./webgpu.js";

const vocabulary = 11;
const [T, B] = [7, 5];
const updates = 24;

/** Each token tells the next one: there is something to learn. */
const tokens = Int32Array.from(
  { length: 1001 },
  (_, i) => (3 * i) % vocabulary,
);

const build: Build<host.Model> = async (nn, load, cell) =>
  new nn.Model(
    new nn.Stack({
      embedding: await nn.loadLayer(cell(Embedding), {
        ...load,
        sizes: { V: vocabulary, D: 6 },
      }),
      rnn: await nn.loadLayer(cell(LSTM), { ...load, sizes: { M: 6, N: 13 } }),
      dropout: new nn.Dropout(0.1),
      top: await nn.loadLayer(cell(GRU), { ...load, sizes: { M: 13, N: 8 } }),
      logits: await nn.loadLayer(cell(Affine), {
        ...load,
        sizes: { M: 8, K: vocabulary },
      }),
    }),
    1,
  );

interface Place {
  readonly states: host.CarriedStates | gpu.CarriedStates;
  readonly random: host.Random;
  readonly streams: host.Streams;
  readonly parts: host.AnyCheckpointParts;
  /** One update; gives the loss and the norm where they are asked for. */
  step(read: boolean): Promise<host.StepResult | undefined>;
}

const settings = { rate: 0.02, largestNorm: 0.5, largestValue: 0.2 };
const criterion = { sizes: { K: vocabulary } };

async function onHost(): Promise<Place> {
  const random = new host.Random(3);
  const streams = new host.Streams(tokens, T, B);
  const states = new host.CarriedStates();
  const model = await buildOnHost(build);
  const optimiser = new host.Adam();
  const trainer = new host.Trainer({
    ...settings,
    model,
    criterion: await host.loadCriterion(SoftmaxCrossEntropy, {
      ...loading,
      ...criterion,
    }),
    optimiser,
    random,
    noise: new host.WeightNoise(0.01),
  });
  return {
    states,
    random,
    streams,
    parts: { model, optimiser, random, streams, states, trainer },
    async step() {
      const { inputs, targets, first } = streams.next();
      if (first) states.clear();
      states.forget(B, 0.1, random);
      const result = trainer.step(inputs, targets, { states: states.current });
      states.keep(model.finalStates());
      return result;
    },
  };
}

async function onDevice(device: GPUDevice): Promise<Place> {
  const random = new host.Random(3);
  const streams = new host.Streams(tokens, T, B);
  const states = new gpu.CarriedStates();
  const model = await buildOnDevice<gpu.Model>(build, device);
  const optimiser = new gpu.Adam();
  const trainer = new gpu.Trainer({
    ...settings,
    model,
    criterion: await gpu.loadCriterion(withWebgpu(SoftmaxCrossEntropy), {
      ...criterion,
      device,
    }),
    optimiser,
    random,
    noise: new gpu.WeightNoise(0.01),
  });
  return {
    states,
    random,
    streams,
    parts: { model, optimiser, random, streams, states, trainer },
    async step(read) {
      const { inputs, targets, first } = streams.next();
      if (first) states.clear();
      states.forget(B, 0.1, random);
      const result = await trainer.step(inputs, targets, {
        states: states.current,
      });
      states.keep(model.finalStates());
      return read ? result.read() : undefined;
    },
  };
}

/** So many updates, all losses. */
async function run(place: Place, count: number): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < count; i++) losses.push((await place.step(true))!.value);
  return losses;
}

const startAlike = async (one: Place, other: Place): Promise<void> => {
  const bytes = await gpu.encodeCheckpoint(one.parts);
  await gpu.decodeCheckpoint(bytes, other.parts, "c");
};

/**
 * Rounding of the first update, 6e-8, grows from update to update: Adam divides by the size of the gradient, so
 * that errors in small ones count like those in large ones.
 */
const tolerance = 1e-4;

describeWebgpu("training on a device", () => {
  let test: TestDevice;
  beforeAll(async () => {
    test = await openTestDevice();
  });
  afterAll(() => {
    expect(test.problems).toEqual([]);
    test.device.destroy();
  });

  it("has the host's losses, norms and rates, update by update", async () => {
    const [here, there] = [await onHost(), await onDevice(test.device)];
    await startAlike(there, here);
    const losses: number[] = [];
    for (let i = 0; i < updates; i++) {
      const [wanted, found] = [await here.step(true), await there.step(true)];
      const { value, sum, norm, rate, steps } = found!;
      expect([steps, rate]).toEqual([wanted!.steps, wanted!.rate]);
      expect(
        relativeDifference(
          [value, sum, norm],
          [wanted!.value, wanted!.sum, wanted!.norm],
        ),
        `update ${i}`,
      ).toBeLessThanOrEqual(tolerance);
      losses.push(value);
    }
    // The logarithm of 11 is 2.4.
    expect(losses[0]).toBeGreaterThan(2.2);
    expect(losses.at(-1)).toBeLessThan(1.8);
    expect(there.random.uniform()).toBe(here.random.uniform());
  });

  it("of an encoder and a decoder has the host's losses", async () => {
    const [sizes, widths] = [
      { M: 3, N: 4 },
      { M: 4, K: vocabulary },
    ];
    const shape = { batch: 3, width: 3 };
    const pair = {
      source: host.sequence(randomArray(45, 1), shape, Int32Array.of(5, 3, 1)),
      target: host.sequence(randomArray(36, 2), shape),
    };
    const targets = randomTokens(12, vocabulary, 3);
    const bridged = <C>(from: C, to: C) => [{ from, to, state: "h" }];

    const [low, high] = [
      await host.loadLayer(GRU, { ...loading, sizes }),
      await host.loadLayer(GRU, { ...loading, sizes }),
    ];
    const here = new host.Trainer({
      model: new host.Model(
        new host.EncoderDecoder({
          encoder: low,
          decoder: new host.Stack([
            high,
            await host.loadLayer(Affine, { ...loading, sizes: widths }),
          ]),
          bridges: bridged(low, high),
        }),
        4,
      ),
      criterion: await host.loadCriterion(SoftmaxCrossEntropy, {
        ...loading,
        ...criterion,
      }),
      optimiser: new host.Sgd({ momentum: 0.9 }),
      rate: 0.1,
      random: new host.Random(1),
    });

    const { device } = test;
    const [below, above] = [
      await gpu.loadLayer(withWebgpu(GRU), { device, sizes }),
      await gpu.loadLayer(withWebgpu(GRU), { device, sizes }),
    ];
    const there = new gpu.Trainer({
      model: new gpu.Model(
        new gpu.EncoderDecoder({
          encoder: below,
          decoder: new gpu.Stack([
            above,
            await gpu.loadLayer(withWebgpu(Affine), { device, sizes: widths }),
          ]),
          bridges: bridged(below, above),
        }),
        4,
      ),
      criterion: await gpu.loadCriterion(withWebgpu(SoftmaxCrossEntropy), {
        ...criterion,
        device,
      }),
      optimiser: new gpu.Sgd({ momentum: 0.9 }),
      rate: 0.1,
      random: new host.Random(1),
    });
    for (let i = 0; i < 6; i++) {
      const wanted = here.step(pair, targets);
      const found = await (await there.step(pair, targets)).read();
      expect(
        relativeDifference(
          [found.value, found.norm],
          [wanted.value, wanted.norm],
        ),
        `update ${i}`,
      ).toBeLessThanOrEqual(tolerance);
    }
    const last = await there.evaluate(pair, targets);
    const { value } = here.evaluate(pair, targets);
    expect(
      relativeDifference([(await last.read()).value], [value]),
    ).toBeLessThanOrEqual(tolerance);
  });

  it("goes from the host to the device and back with its checkpoints", async () => {
    const whole = await run(await onHost(), updates);
    const [first, device, last] = [
      await onHost(),
      await onDevice(test.device),
      await onHost(),
    ];
    const third = updates / 3;
    const losses = await run(first, third);
    await startAlike(first, device);
    losses.push(...(await run(device, third)));
    await startAlike(device, last);
    losses.push(...(await run(last, third)));
    expect(relativeDifference(losses, whole)).toBeLessThanOrEqual(tolerance);
  });

  it("goes on from its own checkpoint with the same bits", async () => {
    const [whole, rest] = [
      await onDevice(test.device),
      await onDevice(test.device),
    ];
    await run(whole, 3);
    await startAlike(whole, rest);
    expect(await run(rest, 3)).toEqual(await run(whole, 3));
  });

  it("leaves everything as it was where a checkpoint does not fit", async () => {
    const place = await onDevice(test.device);
    await run(place, 2);
    const before = await gpu.encodeCheckpoint(place.parts);
    const other = await onHost();
    const { model } = other.parts;
    const bytes = await gpu.encodeCheckpoint({
      ...other.parts,
      streams: new host.Streams(tokens.slice(0, 50), T, B),
      trainer: model!,
    });
    await expect(gpu.decodeCheckpoint(bytes, place.parts, "c")).rejects.toThrow(
      "c: the trainer: steps is missing",
    );
    expect(await gpu.encodeCheckpoint(place.parts)).toEqual(before);
  });

  it("leaves everything as it was where a checkpoint is damaged", async () => {
    const place = await onDevice(test.device);
    await run(place, 2);
    const before = await gpu.encodeCheckpoint(place.parts);
    const ahead = await onDevice(test.device);
    await run(ahead, 3);
    const bytes = await gpu.encodeCheckpoint(ahead.parts, { note: 1 });
    const { tensors, metadata } = host.decodeTensors(bytes, "c");
    const flipped = bytes.slice();
    flipped[flipped.length - 1]! ^= 64;
    const mean = Object.keys(tensors).find((name) => name.endsWith("/mean"))!;
    const long = { values: new Float32Array(3), shape: [3] };
    for (const [damaged, message] of [
      [flipped, "c: it is not as it was written"],
      [bytes.subarray(0, bytes.length - 1), /^c: .* lies at the bytes/],
      [
        host.encodeTensors(tensors, { ...metadata, facts: "{" }),
        "c: the facts of the checkpoint are no JSON",
      ],
      [
        host.encodeTensors({ ...tensors, [mean]: long }, metadata),
        "has shape [3]; expected [",
      ],
    ] as const) {
      await expect(
        gpu.decodeCheckpoint(damaged, place.parts, "c"),
      ).rejects.toThrow(message);
      expect(await gpu.encodeCheckpoint(place.parts)).toEqual(before);
    }
  });

  it("writes the host's file of parameters, and reads it", async () => {
    const there = await buildOnDevice<gpu.Model>(build, test.device);
    const here = await buildOnHost(build);
    const bytes = await gpu.encodeModel(there);
    gpu.decodeModel(bytes, here, "m");
    expect(Float32Array.from(here.params)).toEqual(await there.params.read());
    here.init(7);
    gpu.decodeModel(host.encodeModel(here), there, "m");
    expect(await there.params.read()).toEqual(Float32Array.from(here.params));
  });

  it("reads nothing, and makes no buffers, in a step", async () => {
    const { device } = await openTestDevice();
    const read: string[] = [];
    const made: string[] = [];
    const create = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const buffer = create(descriptor);
      made.push(descriptor.label ?? "");
      const map = buffer.mapAsync.bind(buffer);
      buffer.mapAsync = (...given) => {
        read.push(descriptor.label ?? "");
        return map(...given);
      };
      return buffer;
    };
    const place = await onDevice(device);
    // The second update is the first one with states.
    for (let i = 0; i < 3; i++) await place.step(false);
    expect(read).toEqual([]);
    made.length = 0;
    for (let i = 0; i < 5; i++) await place.step(false);
    expect(read).toEqual([]);
    // A cell takes its lengths in through a buffer that is gone after the call.
    expect(made.filter((label) => label !== "upload")).toEqual([]);
    const { value } = (await place.step(true))!;
    expect(read).toEqual(["read back"]);
    expect(value).toBeGreaterThan(0);
    device.destroy();
  });
});

/** The character model at toy size, on all backends. */
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Random } from "cellc/nn";
import { loadCorpus, makeCorpus } from "../../examples/char-lm/corpus.js";
import { curves } from "../../examples/char-lm/curves.js";
import {
  importCharCells,
  planCharModel,
} from "../../examples/char-lm/model.js";
import { sample } from "../../examples/char-lm/sample.js";
import { train } from "../../examples/char-lm/train.js";
import { makeGpuNet } from "../../examples/common/on-gpu.js";
import { makeHostNet } from "../../examples/common/on-host.js";
import type { Net } from "../../examples/common/net.js";
import { writePlot } from "../../examples/common/plot.js";
import { temporaryFolder } from "../temporary-folder.js";
import { describeWebgpu } from "../webgpu/support.js";

const text = "hello world, hello cell. ".repeat(90);
const corpus = makeCorpus("a test", text);
const folder = temporaryFolder("char-lm");

const [lstm, gru] = await Promise.all(["LSTM", "GRU"].map(importCharCells));

const shape = {
  layers: 2,
  units: 12,
  embedding: 6,
  dropout: 0.1,
  seed: 1,
};

const toy = (backend: "ts" | "wasm", cells = lstm!) =>
  makeHostNet(planCharModel(cells, corpus.vocabulary.size, shape), {
    backend,
  });

/** The rate follows the epochs that are planned: a signal is what stops in between. */
function stopAt(last: number) {
  const signals = new EventEmitter();
  const afterUpdate = (updates: number): void => {
    if (updates === last) signals.emit("SIGINT");
  };
  return { signals, afterUpdate };
}

const toyOnGpu = () =>
  makeGpuNet(planCharModel(lstm!, corpus.vocabulary.size, shape));

const options = {
  steps: 16,
  batch: 4,
  rate: 0.02,
  epochs: 6,
  seconds: Infinity,
  seed: 1,
  checkpoint: undefined,
  resume: false,
  log: undefined,
  progress: false,
} as const;

async function learns(model: Net): Promise<void> {
  const { valid, curve } = await train(model, corpus, options);
  // Without any learning: log of the number of characters, 2.6; the text repeats, so that little is left.
  expect(valid).toBeLessThan(0.5);
  expect(curve.some(({ part }) => part === "train")).toBe(true);
  const written = await sample(
    model,
    corpus.vocabulary,
    200,
    0.5,
    new Random(1),
  );
  expect(written).toMatch(/hello (world|cell)/);
}

describe.each(["ts", "wasm"] as const)("on %s", (backend) => {
  it("learns a text that repeats itself", async () => {
    await learns(await toy(backend));
  }, 60_000);
});

describeWebgpu("on a GPU", () => {
  it("learns a text that repeats itself", async () => {
    const model = await toyOnGpu();
    await learns(model);
    model.dispose();
  }, 120_000);

  it("goes on from a checkpoint of the host, and the host from its own", async () => {
    const checkpoint = join(folder, "moved.safetensors");
    const moved = { ...options, epochs: 2, checkpoint };
    const whole = await train(await toy("ts"), corpus, { ...moved });
    const model = await toyOnGpu();
    await train(await toy("ts"), corpus, { ...moved, ...stopAt(20) });
    await train(model, corpus, { ...moved, ...stopAt(40), resume: true });
    model.dispose();
    const last = await train(await toy("ts"), corpus, {
      ...moved,
      resume: true,
    });
    expect(last.curve.at(-1)!.updates).toBe(whole.curve.at(-1)!.updates);
    // Two roundings of the same numbers, which sixty updates drive apart.
    expect(Math.abs(last.valid - whole.valid)).toBeLessThan(1e-3);
  }, 120_000);
});

it("goes on from a checkpoint as if it had not stopped", async () => {
  const checkpoint = join(folder, "last.safetensors");
  const whole = await toy("ts", gru);
  await train(whole, corpus, options);

  const half = await toy("ts", gru);
  const log = join(folder, "log.jsonl");
  const stopped = await train(half, corpus, {
    ...options,
    checkpoint,
    log,
    ...stopAt(60),
  });
  expect(stopped.stopped).toBe(true);
  const rest = await toy("ts", gru);
  await train(rest, corpus, { ...options, checkpoint, resume: true });
  expect(rest.model.params).toEqual(whole.model.params);
  const lines = readFileSync(log, "utf8").trim().split("\n");
  expect(JSON.parse(lines[0]!)).toMatchObject({ epoch: 1 });
}, 60_000);

it("draws its curves", async () => {
  const file = join(folder, "curves.svg");
  const point = (updates: number, part: "train" | "valid") => ({
    updates,
    seconds: updates / 3,
    part,
    nats: 3 / updates,
  });
  await writePlot(
    file,
    curves([point(1, "train"), point(2, "train"), point(2, "valid")]),
  );
  expect(readFileSync(file, "utf8")).toMatch(/^<svg[^]*bits per character/);
}, 60_000);

it("has text of its own", () => {
  const { train, valid, vocabulary } = loadCorpus(undefined);
  expect(train.length).toBeGreaterThan(1_000_000);
  expect(valid.length).toBeGreaterThan(100_000);
  expect(vocabulary.size).toBeLessThanOrEqual(96);
});

it("says which cells it can use", async () => {
  await expect(importCharCells("BahdanauDecoder")).rejects.toThrow(
    "BahdanauDecoder does not fit: expected a cell with one input [M]",
  );
  await expect(importCharCells("Nonsense")).rejects.toThrow(/Nonsense/);
}, 60_000);

/** The character model at toy size, on both backends. */
import { EventEmitter } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Random } from "cellc/nn";
import { loadCorpus, makeCorpus } from "../../examples/char-lm/corpus.js";
import { curves } from "../../examples/char-lm/curves.js";
import { importCharCells, makeModel } from "../../examples/char-lm/model.js";
import { sample } from "../../examples/char-lm/sample.js";
import { train } from "../../examples/char-lm/train.js";
import { writePlot } from "../../examples/common/plot.js";

const text = "hello world, hello cell. ".repeat(90);
const corpus = makeCorpus("a test", text);
const folder = mkdtempSync(join(tmpdir(), "cellc-char-lm-"));

const [lstm, gru] = await Promise.all(["LSTM", "GRU"].map(importCharCells));

const toy = (backend: "ts" | "wasm", cells = lstm!) =>
  makeModel(cells, corpus.vocabulary.size, {
    layers: 2,
    units: 12,
    embedding: 6,
    dropout: 0.1,
    backend,
    seed: 1,
  });

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

describe.each(["ts", "wasm"] as const)("on %s", (backend) => {
  it("learns a text that repeats itself", async () => {
    const made = await toy(backend);
    const { valid, curve } = await train(made, corpus, options);
    // Without any learning: log of the number of characters, 2.6; the text repeats, so that little is left.
    expect(valid).toBeLessThan(0.5);
    expect(curve.some(({ part }) => part === "train")).toBe(true);
    const written = sample(
      made.model,
      corpus.vocabulary,
      200,
      0.5,
      new Random(1),
    );
    expect(written).toMatch(/hello (world|cell)/);
  }, 60_000);
});

it("goes on from a checkpoint as if it had not stopped", async () => {
  const checkpoint = join(folder, "last.safetensors");
  const whole = await toy("ts", gru);
  await train(whole, corpus, options);

  const half = await toy("ts", gru);
  // The rate follows the epochs that are planned: a signal is what stops in between.
  const signals = new EventEmitter();
  const log = join(folder, "log.jsonl");
  const stopped = await train(half, corpus, {
    ...options,
    checkpoint,
    log,
    signals,
    afterUpdate: (updates) => {
      if (updates === 60) signals.emit("SIGINT");
    },
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

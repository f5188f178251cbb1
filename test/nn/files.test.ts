/** Files: what is written is read again, training goes on with the same bits, broken files are told. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  Adam,
  CarriedStates,
  decodeCheckpoint,
  decodeModel,
  decodeTensors,
  Dropout,
  EarlyStopping,
  encodeCheckpoint,
  encodeModel,
  encodeTensors,
  loadCriterion,
  loadLayer,
  Model,
  Random,
  Stack,
  Streams,
  Trainer,
  WeightNoise,
} from "cellc/nn";
import type { Tensor } from "cellc/nn";
import { resume } from "cellc/nn/node";
import { Affine } from "../../generated/affine.js";
import { Embedding } from "../../generated/embedding.js";
import { LSTM } from "../../generated/lstm.js";
import { SoftmaxCrossEntropy } from "../../generated/softmax-cross-entropy.js";
import { temporaryFolder } from "../temporary-folder.js";
import { randomTokens } from "./check.js";

const folder = temporaryFolder("nn");

const tensor = (values: Tensor["values"], ...shape: number[]): Tensor => ({
  values,
  shape,
});

const header = (bytes: Uint8Array): Record<string, unknown> => {
  const { length } = bytes;
  const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(size % 8).toBe(0);
  expect(8 + size).toBeLessThanOrEqual(length);
  return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
};

/** A file with any header and data. */
function file(head: unknown, data: number | Uint8Array = 0): Uint8Array {
  const text = new TextEncoder().encode(
    typeof head === "string" ? head : JSON.stringify(head),
  );
  const rest = typeof data === "number" ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(8 + text.length + rest.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(rest, 8 + text.length);
  return bytes;
}

describe("safetensors", () => {
  it("gives back names, shapes, numbers and metadata", () => {
    const tensors = {
      "rnn.W": tensor(Float32Array.of(1, -2.5, NaN, 4, 5, 1e-40), 2, 3),
      tokens: tensor(Int32Array.of(-1, 2 ** 31 - 1), 2),
      ä: tensor(Float64Array.of(Math.PI)),
      none: tensor(new Float32Array(0), 0, 3),
    };
    const bytes = encodeTensors(tensors, { made: "by a test" });
    const found = decodeTensors(bytes, "t");
    expect(found.metadata).toEqual({ made: "by a test" });
    expect(found.tensors).toEqual(tensors);
    expect(header(bytes)["rnn.W"]).toEqual({
      dtype: "F32",
      shape: [2, 3],
      data_offsets: [8, 32],
    });
    // Out of a larger buffer, at any place.
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    expect(decodeTensors(moved.subarray(3), "t").tensors).toEqual(tensors);
    expect(decodeTensors(Buffer.from(bytes), "t").tensors).toEqual(tensors);
  });

  it("reads half and brain floats, and 64-bit integers", () => {
    const data = new Uint8Array(32);
    const words = new Uint16Array(data.buffer);
    // 1, −2, the largest and the smallest number, infinity, and 0.3333 to the format's precision
    words.set([0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x3555]);
    words.set([0x3f80, 0xc049], 6);
    new BigInt64Array(data.buffer, 16).set([5n, -7n]);
    const { tensors } = decodeTensors(
      file(
        {
          half: { dtype: "F16", shape: [6], data_offsets: [0, 12] },
          brain: { dtype: "BF16", shape: [2], data_offsets: [12, 16] },
          long: { dtype: "I64", shape: [2], data_offsets: [16, 32] },
        },
        data,
      ),
      "t",
    );
    expect([...tensors["half"]!.values]).toEqual([
      1,
      -2,
      65504,
      2 ** -24,
      Infinity,
      Math.fround(0.333251953125),
    ]);
    expect([...tensors["brain"]!.values]).toEqual([1, -3.140625]);
    expect(tensors["long"]!.values).toEqual(Int32Array.of(5, -7));
  });

  const one = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  it.each<[string, Uint8Array, string]>([
    ["an empty file", new Uint8Array(0), "0 bytes are too short"],
    [
      "text",
      new TextEncoder().encode("once upon a time in a file"),
      "not a file in the safetensors format, or cut off",
    ],
    ["a header that is no JSON", file("{{{"), "its header is not JSON"],
    ["a header that is no object", file([]), "not a JSON object"],
    ["an entry without a place", file({ a: {} }), "gives a no dtype"],
    [
      "metadata that are no texts",
      file({ __metadata__: { a: 1 } }),
      "metadata",
    ],
    ["a cut-off file", file({ a: one }, 4), "a lies at the bytes 0 to 8 of 4"],
    [
      "a shape that does not fit",
      file({ a: { ...one, shape: [3] } }, 8),
      "shape [3] needs 12 bytes and has 8",
    ],
    ["negative extents", file({ a: { ...one, shape: [-2] } }, 8), "gives a no"],
    [
      "a hole",
      file({ a: { ...one, data_offsets: [8, 16] } }, 16),
      "a begins at byte 8 of the numbers, where 0 is expected",
    ],
    [
      "two tensors in one place",
      file({ a: one, b: one }, 8),
      "b begins at byte 0 of the numbers, where 8 is expected",
    ],
    ["numbers that belong to nothing", file({ a: one }, 12), "12 bytes"],
  ])("tells of %s", (_, bytes, message) => {
    expect(() => decodeTensors(bytes, "w.safetensors")).toThrow(
      `w.safetensors: `,
    );
    expect(() => decodeTensors(bytes, "w.safetensors")).toThrow(message);
  });
});

const vocabulary = 6;
const text = randomTokens(401, vocabulary, 4);

/** Everything that changes while a small model learns, random parts included. */
async function makeTraining(seed = 1) {
  const model = new Model(
    new Stack({
      embedding: await loadLayer(Embedding, {
        backend: "ts",
        sizes: { V: vocabulary, D: 3 },
      }),
      rnn: await loadLayer(LSTM, { backend: "ts", sizes: { M: 3, N: 5 } }),
      dropout: new Dropout(0.2),
      out: await loadLayer(Affine, {
        backend: "ts",
        sizes: { M: 5, K: vocabulary },
      }),
    }),
    seed,
  );
  const criterion = await loadCriterion(SoftmaxCrossEntropy, {
    backend: "ts",
    sizes: { K: vocabulary },
  });
  const optimiser = new Adam();
  const random = new Random(seed);
  const states = new CarriedStates();
  const streams = new Streams(text, 7, 3);
  const stopping = new EarlyStopping(50);
  const trainer = new Trainer({
    model,
    criterion,
    optimiser,
    random,
    rate: (step) => 0.02 / (1 + step),
    largestNorm: 1,
    noise: new WeightNoise(0.01),
  });
  const parts = {
    model,
    optimiser,
    random,
    states,
    streams,
    stopping,
    trainer,
  };
  const steps = (count: number): number[] =>
    Array.from({ length: count }, () => {
      const { inputs, targets, first } = streams.next();
      if (first) states.clear();
      const { value } = trainer.step(inputs, targets, {
        states: states.current,
      });
      states.keep(model.finalStates());
      stopping.observe(value, model.params);
      return value;
    });
  return { model, parts, steps };
}

describe("a checkpoint", () => {
  it("lets training go on with the same bits", async () => {
    const whole = await makeTraining();
    whole.steps(25);
    const expected = whole.steps(20);

    const before = await makeTraining();
    before.steps(25);
    const bytes = encodeCheckpoint(before.parts, { note: [1, "a"] });

    const after = await makeTraining(99);
    after.steps(3);
    const facts = decodeCheckpoint(bytes, after.parts, "c");
    expect(facts).toEqual({ note: [1, "a"] });
    expect(after.steps(20)).toEqual(expected);
    expect(after.model.params).toEqual(whole.model.params);
    expect(after.parts.stopping.best).toBe(whole.parts.stopping.best);
  });

  it("names the parameters as the cells do", async () => {
    const { model, parts } = await makeTraining();
    const { tensors } = decodeTensors(encodeCheckpoint(parts), "c");
    expect(tensors["model/rnn.W_i"]!.shape).toEqual([5, 3]);
    expect(Object.keys(decodeTensors(encodeModel(model), "m").tensors)).toEqual(
      model.layout.map(({ name }) => name),
    );
  });

  it("changes nothing where it does not fit", async () => {
    const { parts, steps } = await makeTraining();
    steps(4);
    const before = encodeCheckpoint(parts);
    const saved = (change: (tensors: Record<string, Tensor>) => void) => {
      const { tensors, metadata } = decodeTensors(before, "c");
      const changed = { ...tensors };
      change(changed);
      return encodeTensors(changed, metadata);
    };
    const cases: [Uint8Array, string][] = [
      [
        saved((all) => {
          all["model/rnn.W_i"] = tensor(new Float32Array(15), 3, 5);
        }),
        "c: the model: rnn.W_i has shape [3, 5]; expected [5, 3]",
      ],
      [
        saved((all) => {
          delete all["optimiser/mean"];
        }),
        "c: the optimiser: mean is missing",
      ],
      [
        saved((all) => {
          all["model/rnn.Q"] = tensor(new Float32Array(1), 1);
        }),
        "c: the model has no parameter rnn.Q",
      ],
    ];
    for (const [bytes, message] of cases)
      expect(() => decodeCheckpoint(bytes, parts, "c")).toThrow(message);
    expect(encodeCheckpoint(parts)).toEqual(before);
    const { model } = parts;
    expect(() => decodeCheckpoint(encodeModel(model), parts, "c")).toThrow(
      "c is no checkpoint of cellc (cellc model 1)",
    );
    expect(() => decodeCheckpoint(before, { model }, "c")).toThrow(
      "asked for are model",
    );
  });

  it("is written whole or not at all", async () => {
    const { parts } = await makeTraining();
    const path = join(folder, "cut.safetensors");
    writeFileSync(path, encodeCheckpoint(parts).subarray(0, 900));
    expect(() => resume(path, parts)).toThrow(/cut\.safetensors/);
    expect(() => resume(join(folder, "none"), parts)).toThrow(/ENOENT/);
    expect(readdirSync(folder)).toEqual(["cut.safetensors"]);
    expect(readFileSync(path).length).toBe(900);
  });
});

describe("a model's file", () => {
  it("is read into a model of the same cells, and only there", async () => {
    const [one, other] = [await makeTraining(1), await makeTraining(2)];
    expect(other.model.params).not.toEqual(one.model.params);
    decodeModel(encodeModel(one.model), other.model, "m");
    expect(other.model.params).toEqual(one.model.params);
    const small = new Model(
      await loadLayer(LSTM, { backend: "ts", sizes: { M: 1, N: 1 } }),
    );
    expect(() => decodeModel(encodeModel(one.model), small, "m")).toThrow(
      "m: the model has no parameter embedding.E",
    );
  });
});

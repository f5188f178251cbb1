/** Checkpoints that cannot be right: told by the file's name, and nothing is changed. */
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  Adam,
  CarriedStates,
  decodeCheckpoint,
  decodeModel,
  decodeTensors,
  EarlyStopping,
  encodeCheckpoint,
  encodeModel,
  encodeTensors,
  loadLayer,
  Model,
  ParameterAverage,
  Random,
  Sgd,
  Streams,
} from "cellc/nn";
import type { Snapshot, Tensor } from "cellc/nn";
import { Affine } from "../../generated/affine.js";
import { randomTokens } from "./check.js";

const text = randomTokens(101, 5, 4);

async function makeParts(seed: number) {
  const layer = await loadLayer(Affine, {
    backend: "ts",
    sizes: { M: 2, K: 3 },
  });
  const model = new Model(layer, seed);
  const parts = {
    model,
    optimiser: new Adam(),
    random: new Random(seed),
    streams: new Streams(text, 7, 3),
    states: new CarriedStates(),
    stopping: new EarlyStopping(5),
    mean: new ParameterAverage(0.9),
  };
  for (let i = 0; i < seed; i++) {
    parts.random.fillNormal(model.grads, 1);
    parts.optimiser.step(model.params, model.grads, 0.1);
    parts.stopping.observe(1 / seed, model.params);
    parts.mean.observe(model.params);
    parts.streams.next();
  }
  parts.states.keep({ h: Float32Array.of(seed, 1) });
  return parts;
}

type Parts = Awaited<ReturnType<typeof makeParts>>;
let here: Parts;
let before: Uint8Array;
let other: Uint8Array;

beforeAll(async () => {
  here = await makeParts(2);
  before = encodeCheckpoint(here, "here");
  other = encodeCheckpoint(await makeParts(3), { note: [1, "a"] });
});

/** That this is refused, and that nothing has changed. */
function expectRefused(bytes: Uint8Array, message: string | RegExp): void {
  const read = (): unknown => decodeCheckpoint(bytes, here, "net.safetensors");
  expect(read).toThrow(/^net\.safetensors/);
  expect(read).toThrow(message);
  expect(Buffer.compare(encodeCheckpoint(here, "here"), before)).toBe(0);
}

type Change = (
  tensors: Record<string, Tensor>,
  numbers: Record<string, Record<string, unknown>>,
  metadata: Record<string, string>,
) => void;

/** The other checkpoint with something else in it, as if it had been written so. */
function changed(change: Change): Uint8Array {
  const { tensors, metadata } = decodeTensors(other, "c");
  const own = { ...tensors };
  const texts: Record<string, string> = { ...metadata };
  const numbers = JSON.parse(texts["numbers"]!);
  change(own, numbers, texts);
  if (texts["numbers"] === metadata["numbers"])
    texts["numbers"] = JSON.stringify(numbers);
  return encodeTensors(own, texts);
}

const vector = (...values: number[]): Tensor => ({
  values: Float32Array.from(values),
  shape: [values.length],
});

describe("a checkpoint is refused", () => {
  it.each<[string, Change, string]>([
    [
      "facts that are no JSON",
      (_, __, texts) => void (texts["facts"] = '{"note": [1,'),
      "net.safetensors: the facts of the checkpoint are no JSON",
    ],
    [
      "no facts",
      (_, __, texts) => void delete texts["facts"],
      "the facts of the checkpoint are no JSON",
    ],
    [
      "numbers that are no JSON",
      (_, __, texts) => void (texts["numbers"] = "{"),
      "the numbers of the checkpoint are no JSON",
    ],
    [
      "numbers that are a list",
      (_, __, texts) => void (texts["numbers"] = "[]"),
      "the numbers of the checkpoint are no parts",
    ],
    [
      "numbers of a part that are none",
      (_, numbers) => void (numbers["random"] = null as never),
      "the numbers of random in the checkpoint are not finite numbers by name",
    ],
    [
      "an endless number",
      (_, __, texts) =>
        void (texts["numbers"] = texts["numbers"]!.replace(
          '"since":2',
          '"since":1e999',
        )),
      "the numbers of stopping in the checkpoint are not finite",
    ],
    [
      "a part less",
      (_, numbers) => void delete numbers["mean"],
      "asked for are model, optimiser",
    ],
    [
      "other metadata",
      (_, __, texts) => void (texts["more"] = "1"),
      'has metadata "more"; a checkpoint of cellc has format, numbers, facts',
    ],
    [
      "another format",
      (_, __, texts) => void (texts["format"] = "pt"),
      "net.safetensors is no checkpoint of cellc (pt)",
    ],
    [
      "a parameter less",
      (tensors) => void delete tensors["model/W_y"],
      "the model: W_y is missing",
    ],
    [
      "half an update",
      (_, numbers) => void (numbers["optimiser"]!["steps"] = 0.5),
      "the optimiser: steps is 0.5, no whole number from 0 on",
    ],
    [
      "slots of two lengths",
      (tensors) => void (tensors["optimiser/square"] = vector(1, 2)),
      "the optimiser: square has shape [2]; expected [9]",
    ],
    [
      "slots of tokens",
      (tensors) =>
        void (tensors["optimiser/square"] = {
          values: new Int32Array(9),
          shape: [9],
        }),
      "the optimiser: square has no floats",
    ],
    [
      "slots of another optimiser",
      (tensors) => void (tensors["optimiser/velocity"] = vector(1, 2)),
      "it keeps mean, square, and no velocity; another kind of optimiser",
    ],
    [
      "a generator that stands still",
      (_, numbers) => {
        for (const i of [0, 1, 2, 3]) numbers["random"]![`word${i}`] = 0;
      },
      "four whole numbers of 32 bits, not all of them 0",
    ],
    [
      "a generator of too many bits",
      (_, numbers) => void (numbers["random"]!["word2"] = 2 ** 40),
      "four whole numbers of 32 bits",
    ],
    [
      "a place that is not in the text",
      (_, numbers) => void (numbers["streams"]!["position"] = 33),
      "position 33 is not in a text with 33 tokens per stream",
    ],
    [
      "an epoch before the first",
      (_, numbers) => void (numbers["streams"]!["epoch"] = -1),
      "the streams: epoch is -1",
    ],
    [
      "the best parameters of another model",
      (tensors) => void (tensors["stopping/params"] = vector(1, 2)),
      "early stopping: params has shape [2]; expected [9]",
    ],
    [
      "a mean of another model",
      (tensors) => void (tensors["mean/mean"] = vector(1, 2)),
      "an average: mean has shape [2]; expected [9]",
    ],
    [
      "no mean",
      (tensors) => void delete tensors["mean/mean"],
      "an average: after 3 updates there is no mean",
    ],
  ])("with %s", (_, change, message) => {
    expectRefused(changed(change), message);
  });

  it("as long as nothing is changed it is not", async () => {
    const fresh = await makeParts(1);
    const facts = decodeCheckpoint(
      changed(() => undefined),
      fresh,
      "c",
    );
    expect(facts).toEqual({ note: [1, "a"] });
    expect(encodeCheckpoint(fresh, { note: [1, "a"] })).toEqual(other);
  });

  it("with a tensor of a type that cannot be read", () => {
    // The same bytes by another name of the type.
    const bytes = withoutChecksum(other, (header) => {
      (header["model/W_y"] as { dtype: string }).dtype = "X32";
    });
    expectRefused(bytes, "model/W_y holds numbers of the type X32");
  });

  it("with a flipped bit, wherever it is", () => {
    const bits = fc.nat(8 * other.length - 1);
    fc.assert(
      fc.property(bits, (bit) => {
        const flipped = other.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expectRefused(flipped, /./);
      }),
      { numRuns: 300 },
    );
  });

  it("with any damage", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.option(fc.nat(), { nil: undefined }),
        (changes, cut) => {
          const damaged = other.slice(0, cut && cut % other.length);
          for (const [at, by] of changes) damaged[at % damaged.length]! ^= by;
          if (Buffer.compare(damaged, other) === 0) return;
          expectRefused(damaged, /./);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("where a part of the caller's own throws", () => {
    const own = {
      save: (): Snapshot => ({ tensors: {}, numbers: { mine: 1 } }),
      restore: (): void => {
        throw new Error("not now");
      },
    };
    const once = { ...here, own: { ...own } };
    let calls = 0;
    once.own.restore = () => {
      if (calls++ === 0) throw new Error("not now");
    };
    const bytes = encodeCheckpoint({ ...here, own }, null);
    const start = encodeCheckpoint(once);
    here.random.uniform();
    const moved = encodeCheckpoint(once);
    expect(moved).not.toEqual(start);
    expect(() => decodeCheckpoint(bytes, once, "c")).toThrow("c: not now");
    expect(encodeCheckpoint(once)).toEqual(moved);
    before = encodeCheckpoint(here, "here");
  });
});

/** The file as versions before the checksum wrote it. */
function withoutChecksum(
  bytes: Uint8Array,
  change: (header: Record<string, object>) => void = () => undefined,
): Uint8Array {
  const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const head = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, 8 + size)),
  );
  delete head["__metadata__"]["cellc.crc32"];
  change(head);
  const text = new TextEncoder().encode(JSON.stringify(head));
  const old = new Uint8Array(8 + text.length + bytes.length - 8 - size);
  new DataView(old.buffer).setBigUint64(0, BigInt(text.length), true);
  old.set(text, 8);
  old.set(bytes.subarray(8 + size), 8 + text.length);
  return old;
}

describe("a checkpoint is accepted", () => {
  it("without a checksum", async () => {
    const fresh = await makeParts(1);
    const old = withoutChecksum(other);
    expect(decodeCheckpoint(old, fresh, "c")).toEqual({ note: [1, "a"] });
    expect(encodeCheckpoint(fresh, { note: [1, "a"] })).toEqual(other);
    const { model } = await makeParts(2);
    decodeModel(withoutChecksum(encodeModel(fresh.model)), model, "m");
    expect(model.params).toEqual(fresh.model.params);
  });

  it("with parts of any name", () => {
    for (const name of ["__proto__", "constructor", "a/b", ""]) {
      const parts = (seed: number) =>
        Object.fromEntries([[name, new Random(seed)]]);
      const [one, two] = [parts(1), parts(2)];
      decodeCheckpoint(encodeCheckpoint(one), two, "c");
      expect(two[name]!.uniform()).toBe(one[name]!.uniform());
    }
  });
});

it("a model's file with a flipped bit changes nothing", async () => {
  const [one, two] = [await makeParts(1), await makeParts(2)];
  const bytes = encodeModel(one.model);
  bytes[bytes.length - 2]! ^= 16;
  const start = two.model.params.slice();
  expect(() => decodeModel(bytes, two.model, "m")).toThrow(
    "m: it is not as it was written",
  );
  expect(two.model.params).toEqual(start);
});

it("a parameter that cannot be read changes none", async () => {
  const { model } = await makeParts(1);
  const bytes = withoutChecksum(
    encodeModel((await makeParts(2)).model),
    (all) => {
      const names = Object.keys(all).filter((name) => name !== "__metadata__");
      (all[names.at(-1)!] as { dtype: string }).dtype = "X32";
    },
  );
  const start = model.params.slice();
  expect(() => decodeModel(bytes, model, "m")).toThrow("of the type X32");
  expect(() => model.assign("", decodeTensors(bytes, "m").tensors)).toThrow(
    "of the type X32",
  );
  expect(model.params).toEqual(start);
});

describe("a checkpoint is not written", () => {
  it.each<[string, unknown, string]>([
    [
      "facts that go round",
      0,
      "cannot be written as JSON: Converting circular",
    ],
    ["facts of other numbers", { a: 1n }, "cannot be written as JSON"],
  ])("with %s", (_, given, message) => {
    const round: Record<string, unknown> = {};
    round["self"] = round;
    const facts = given === 0 ? round : given;
    expect(() => encodeCheckpoint({}, facts)).toThrow(message);
  });

  it("with parts whose tensors would have the same names", () => {
    const parts = { a: new Random(1), "a/b": new Random(2) };
    expect(() => encodeCheckpoint(parts)).toThrow(
      "parts of a checkpoint cannot be called a and a/b",
    );
    expect(() => encodeCheckpoint(undefined as never)).toThrow(
      "the parts of a checkpoint are undefined",
    );
  });
});

it("what is kept for other parameters is not used for these", () => {
  const mean = new ParameterAverage(0.5);
  mean.observe(Float32Array.of(1, 2));
  expect(() => mean.observe(Float32Array.of(1))).toThrow(
    "an average belongs to 2 parameters, and there are 1",
  );
  const stopping = new EarlyStopping(2);
  stopping.observe(1, Float32Array.of(1, 2));
  expect(() => stopping.recall(Float32Array.of(1))).toThrow(
    "early stopping belongs to 2 parameters, and there are 1",
  );
  const plain = new Sgd();
  expect(() =>
    plain.restore({ tensors: { mean: vector(1) }, numbers: { steps: 1 } }),
  ).toThrow("it keeps nothing, and no mean");
});

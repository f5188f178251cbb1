/** Data: batches, streams, characters, music, sound. */
import { describe, expect, it } from "vitest";
import {
  batchesByLength,
  countSteps,
  fromRoll,
  loadLayer,
  Model,
  pad,
  parseMusic,
  Random,
  sequence,
  Streams,
  toRoll,
  unpad,
  Vocabulary,
} from "cellc/nn";
import { Affine } from "../../generated/affine.js";
import { loading } from "./check.js";
import { readMidi, readWav, writeMidi, writeWav } from "cellc/nn/media";

describe("padding", () => {
  it("puts sequences side by side, time first", () => {
    const batch = pad([Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6)], 2);
    expect(batch).toEqual({
      values: Float32Array.of(1, 2, 5, 6, 3, 4, 0, 0),
      steps: 2,
      batch: 2,
      width: 2,
      lengths: Int32Array.of(2, 1),
    });
    expect(countSteps(batch)).toBe(3);
    expect(unpad(batch)).toEqual([
      Float32Array.of(1, 2, 3, 4),
      Float32Array.of(5, 6),
    ]);
  });

  it("has no lengths where all are of one", () => {
    expect(pad([Int32Array.of(1), Int32Array.of(2)]).lengths).toBeUndefined();
  });

  it("tells what is no sequence", () => {
    expect(() => pad([])).toThrow("at least one");
    expect(() => pad([new Float32Array(3)], 2)).toThrow(
      "sequence 0 has 3 numbers",
    );
    expect(() => sequence(new Float32Array(5), { batch: 2 })).toThrow(
      "5 numbers are not a whole number of steps of [B=2, 1]",
    );
    expect(() =>
      sequence(new Float32Array(4), { batch: 2 }, Int32Array.of(1)),
    ).toThrow("1 lengths for 2 sequences");
    expect(() => pad([new Float32Array(0)])).toThrow("at least one step");
    expect(() => pad([Float32Array.of(1)], 0)).toThrow("the width is 0");
    expect(() =>
      pad<Float32Array | Int32Array>([Int32Array.of(1), Float32Array.of(0.5)]),
    ).toThrow("sequence 1 is a Float32Array, and the first one a Int32Array");
  });

  it("takes more sequences than a call has arguments", () => {
    const count = 200_000;
    const { steps, batch, lengths, values } = pad(
      Array.from({ length: count }, (_, i) => new Float32Array(1 + (i % 3))),
    );
    expect([steps, batch, values.length]).toEqual([3, count, 3 * count]);
    expect(lengths!.slice(0, 4)).toEqual(Int32Array.of(1, 2, 3, 1));
  });

  it.each<readonly [string, unknown, string]>([
    ["too long", [9, 1], "sequence 0 has 9 steps; whole numbers from 0 to T=2"],
    ["negative", [2, -1], "sequence 1 has -1 steps"],
    ["broken", [1.5, 1], "sequence 0 has 1.5 steps"],
    ["no number", [NaN, 1], "sequence 0 has NaN steps"],
    ["text", "21", 'the lengths are "21": an Int32Array is wanted'],
    ["a number", 2, "the lengths are 2: an Int32Array is wanted"],
  ])("refuses lengths that are %s", async (_, lengths, message) => {
    const values = new Float64Array(4);
    const given = lengths as Int32Array;
    expect(() => sequence(values, { batch: 2 }, given)).toThrow(message);
    // By hand, where it is read.
    const model = new Model(
      await loadLayer(Affine, { ...loading, sizes: { M: 1, K: 1 } }),
    );
    expect(() =>
      model.forward({ values, steps: 2, batch: 2, width: 1, lengths: given }),
    ).toThrow(/^the input of the model: lengths/);
  });

  it("takes lengths that are a list", () => {
    const { lengths } = sequence(new Float32Array(4), { batch: 2 }, [2, 0]);
    expect(lengths).toEqual(Int32Array.of(2, 0));
  });
});

describe("batches by length", () => {
  const random = new Random(3);
  const lengths = Array.from({ length: 101 }, () => 1 + random.integer(500));

  it("have every sequence once, and little padding", () => {
    for (const generator of [undefined, random]) {
      const batches = batchesByLength(lengths, 8, generator);
      expect(batches.flat().sort((a, b) => a - b)).toEqual(
        lengths.map((_, i) => i),
      );
      expect(Math.max(...batches.map((batch) => batch.length))).toBe(8);
      const padded = batches.reduce(
        (sum, batch) =>
          sum + batch.length * Math.max(...batch.map((i) => lengths[i]!)),
        0,
      );
      const all = lengths.reduce((a, b) => a + b);
      // Batches drawn without regard to length have half as much again as the longest; these stay near the sum.
      expect(padded / all).toBeLessThan(1.2);
    }
  });

  it("are others in another epoch, the same from the same seed", () => {
    const draw = (seed: number) => {
      const own = new Random(seed);
      return [1, 2].map(() => batchesByLength(lengths, 8, own));
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)[0]).not.toEqual(draw(5)[1]);
    expect(() => batchesByLength(lengths, 0)).toThrow("batch of 0");
  });
});

describe("streams", () => {
  it("read every part of the text once, in order", () => {
    const tokens = Int32Array.from({ length: 24 }, (_, i) => i);
    const streams = new Streams(tokens, 3, 2);
    expect(streams.pieces).toBe(4);
    const read: number[][] = [[], []];
    const firsts: boolean[] = [];
    for (let piece = 0; piece < 4; piece++) {
      expect(streams.epoch).toBe(0);
      const { inputs, targets, first } = streams.next();
      firsts.push(first);
      inputs.values.forEach((token, i) => {
        read[i % 2]!.push(token);
        expect(targets[i]).toBe(token + 1);
      });
    }
    expect(firsts).toEqual([true, false, false, false]);
    expect(read).toEqual([
      Array.from({ length: 11 }, (_, i) => i),
      Array.from({ length: 11 }, (_, i) => 11 + i),
    ]);
    expect(streams.epoch).toBe(1);
    expect(streams.next().first).toBe(true);
    expect(() => new Streams(tokens, 3, 24)).toThrow(
      "24 streams need at least 25 tokens, and there are 24",
    );
  });
});

describe("a vocabulary", () => {
  it("has each character once, by code, and leaves rare ones out", () => {
    const all = Vocabulary.of("banana 🎵");
    expect(all.characters).toEqual([" ", "a", "b", "n", "🎵"]);
    expect(all.decode(all.encode("nab 🎵"))).toBe("nab 🎵");
    const few = Vocabulary.of("banana", 2);
    expect(few.characters).toEqual(["a", "n"]);
    expect(few.decode(few.encode("banana"))).toBe("anana");
    expect(few.token("b")).toBeUndefined();
    expect(() => new Vocabulary(["a", "a"])).toThrow("once");
  });
});

describe("random numbers", () => {
  it("draw tokens by their probabilities", () => {
    const random = new Random(1);
    const logits = [0, 1, -1, -Infinity];
    const counts = [0, 0, 0, 0];
    const draws = 20_000;
    for (let i = 0; i < draws; i++) counts[random.draw(logits, 2)]!++;
    const weights = logits.map((logit) => Math.exp(logit / 2));
    const total = weights.reduce((a, b) => a + b);
    counts.forEach((count, i) => {
      const p = weights[i]! / total;
      // Four standard errors.
      expect(Math.abs(count / draws - p)).toBeLessThanOrEqual(
        4 * Math.sqrt((p * (1 - p)) / draws),
      );
    });
    expect(random.draw([1, 5, 2], 1e-9)).toBe(1);
  });

  it("shuffle every order alike", () => {
    const random = new Random(2);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle([1, 2, 3]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values())
      // Four standard errors around 1000.
      expect(Math.abs(count - 1000)).toBeLessThan(116);
  });
});

describe("music", () => {
  const notes = [[60, 64, 67], [60], [], [21, 108]];

  it("as piano rolls and back", () => {
    const roll = toRoll(notes);
    expect(roll.length).toBe(4 * 88);
    expect(roll[60 - 21]).toBe(1);
    expect(roll.reduce((a, b) => a + b)).toBe(6);
    expect(fromRoll(roll)).toEqual(notes);
    expect(() => toRoll([[60], [109]])).toThrow(
      "step 1 has the note 109; notes are whole numbers from 21 to 108",
    );
  });

  it("as JSON", () => {
    const text = JSON.stringify({ train: [notes], test: [] });
    expect(parseMusic(text, "m.json")).toEqual({ train: [notes], test: [] });
    for (const [bad, message] of [
      ["{", "m.json is not JSON"],
      ["[]", "m.json should be an object of parts"],
      ['{"train": 1}', "m.json: train should be a list of pieces"],
      ['{"train": [1]}', "m.json: train[0] should be a list of steps"],
      ['{"train": [[[1], [128]]]}', "m.json: train[0][1] should be a list"],
    ])
      expect(() => parseMusic(bad!, "m.json")).toThrow(message);
  });

  it("as a MIDI file", () => {
    const bytes = writeMidi(notes, { tempo: 90 });
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe("MThd");
    expect(readMidi(bytes, "a.mid")).toEqual(notes);
    // Twice as fine: each step becomes two.
    expect(readMidi(bytes, "a.mid", { stepsPerQuarter: 4 })).toEqual(
      notes.flatMap((step) => [step, step]),
    );
    expect(() => readMidi(new Uint8Array(9), "a.mid")).toThrow(
      /^a\.mid is no MIDI file/,
    );
  });
});

describe("sound", () => {
  const wave = (length: number, turns: number) =>
    Float32Array.from({ length }, (_, i) =>
      Math.sin((2 * Math.PI * turns * i) / length),
    );
  const sound = { rate: 8000, channels: [wave(400, 7), wave(400, 3)] };

  it("as a WAV file, exactly in 32 bits, to half a step in 16", async () => {
    const exact = readWav(await writeWav(sound, 32), "a.wav");
    expect(exact.rate).toBe(8000);
    expect(exact.channels).toEqual(sound.channels);
    const short = readWav(await writeWav(sound), "a.wav");
    short.channels.forEach((channel, c) =>
      channel.forEach((value, i) =>
        expect(Math.abs(value - sound.channels[c]![i]!)).toBeLessThan(2 ** -14),
      ),
    );
  });

  it("tells what is none", () => {
    expect(() => readWav(new Uint8Array(50), "a.wav")).toThrow(
      /^a\.wav is no WAV file/,
    );
  });
});

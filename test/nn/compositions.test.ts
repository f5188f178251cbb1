/** Gradients of all compositions, in float64, against differences. */
import { describe, expect, it } from "vitest";
import {
  Bidirectional,
  Dropout,
  dropoutNoise,
  EncoderDecoder,
  LastStep,
  loadLayer,
  Model,
  Random,
  Repeat,
  sequence,
  Stack,
  zoneoutNoise,
} from "cellc/nn";
import type { CellLayer, Merge } from "cellc/nn";
import { AffineTanh } from "../../generated/affine-tanh.js";
import { Affine } from "../../generated/affine.js";
import { BahdanauDecoder } from "../../generated/bahdanau-decoder.js";
import { ElmanTanh } from "../../generated/elman-tanh.js";
import { Embedding } from "../../generated/embedding.js";
import { GRU } from "../../generated/gru.js";
import { LSTM } from "../../generated/lstm.js";
import { VariationalGRU } from "../../generated/variational-gru.js";
import { ZoneoutLSTM } from "../../generated/zoneout-lstm.js";
import {
  expectGradients,
  expectModelGradients,
  loading,
  randomArray,
  randomTokens,
} from "./check.js";

const lstm = (M: number, N: number): Promise<CellLayer> =>
  loadLayer(LSTM, { ...loading, sizes: { M, N } });
const gru = (M: number, N: number): Promise<CellLayer> =>
  loadLayer(GRU, { ...loading, sizes: { M, N } });
const affine = (M: number, K: number): Promise<CellLayer> =>
  loadLayer(Affine, { ...loading, sizes: { M, K } });

const lengths = Int32Array.of(5, 3, 1);
const input = (width: number, steps = 5) =>
  sequence(
    randomArray(steps * 3 * width, 1),
    { batch: 3, width },
    steps === 5 ? lengths : undefined,
  );

describe("a stack", () => {
  it("of two layers and a read-out, with lengths and states", async () => {
    const model = new Model(
      new Stack({
        below: await lstm(3, 5),
        above: await gru(5, 4),
        out: await affine(4, 2),
      }),
      1,
    );
    expect(model.layout.map(({ name }) => name)).toContain("above.W_z");
    expectModelGradients(model, input(3), {
      "below.h": randomArray(15, 2),
      "below.c": randomArray(15, 3),
      "above.h": randomArray(12, 4),
    });
  });

  it("over embedded tokens, many-to-one", async () => {
    const model = new Model(
      new Stack([
        await loadLayer(Embedding, { ...loading, sizes: { V: 7, D: 3 } }),
        await gru(3, 4),
        new LastStep(),
        await affine(4, 2),
      ]),
      1,
    );
    const tokens = sequence(randomTokens(15, 7, 3), { batch: 3 }, lengths);
    expectModelGradients(model, tokens);
  });

  it("that makes one step into many", async () => {
    const model = new Model(
      new Stack([new Repeat(4), await lstm(3, 4), await affine(4, 2)]),
      1,
    );
    expectModelGradients(model, input(3, 1));
  });

  it("of a single cell keeps the cell's own names", async () => {
    const model = new Model(await gru(2, 3));
    expect(model.layout.map(({ name }) => name)).toContain("W_z");
    expectModelGradients(model, input(2), { h: randomArray(9, 2) });
  });
});

describe("a bidirectional layer", () => {
  it.each<Merge>(["concat", "sum"])(
    "in two layers with lengths, %s",
    async (merge) => {
      const inner = merge === "concat" ? 8 : 4;
      const model = new Model(
        new Stack([
          new Bidirectional(await lstm(3, 4), await lstm(3, 4), merge),
          new Bidirectional(await gru(inner, 4), await gru(inner, 4), merge),
          await affine(inner, 2),
        ]),
        1,
      );
      expectModelGradients(model, input(3));
    },
  );

  it("does not read padding", async () => {
    const model = new Model(
      new Bidirectional(await lstm(3, 4), await gru(3, 4)),
      1,
    );
    const batch = input(3);
    const before = model.forward(batch).values.slice();
    for (let b = 0; b < 3; b++)
      for (let t = lengths[b]!; t < 5; t++)
        for (let i = 0; i < 3; i++) batch.values[(t * 3 + b) * 3 + i] = 1e3 + i;
    expect(model.forward(batch).values).toEqual(before);
    // Alone and without padding, an entry gives what it gives in the batch.
    const alone = sequence(
      Float64Array.from({ length: 9 }, (_, i) => {
        const t = Math.floor(i / 3);
        return batch.values[(t * 3 + 1) * 3 + (i % 3)]!;
      }),
      { batch: 1, width: 3 },
    );
    const own = model.forward(alone).values;
    for (let t = 0; t < 3; t++)
      for (let i = 0; i < 8; i++)
        // The same sums in another blocking of the products.
        expect(own[t * 8 + i]).toBeCloseTo(before[(t * 3 + 1) * 8 + i]!, 14);
  });

  it("sums up a sequence from both sides", async () => {
    const side = async () => new Stack([await lstm(3, 4), new LastStep()]);
    const model = new Model(
      new Stack([
        new Bidirectional(await side(), await side()),
        await affine(8, 2),
      ]),
      1,
    );
    expectModelGradients(model, input(3));
    const { steps } = model.forward(input(3));
    expect(steps).toBe(1);
  });
});

describe("dropout and zoneout", () => {
  it("between layers, a mask per number and one per sequence", async () => {
    for (const variational of [false, true]) {
      const model = new Model(
        new Stack([
          await lstm(3, 5),
          new Dropout(0.4, { variational }),
          await affine(5, 2),
        ]),
        1,
      );
      expectModelGradients(model, input(3), {}, () => new Random(5));
    }
  });

  it("inside the recurrence", async () => {
    const model = new Model(
      new Stack([
        await loadLayer(ZoneoutLSTM, {
          ...loading,
          sizes: { M: 3, N: 5 },
          noise: { keep_c: zoneoutNoise(0.5), keep_h: zoneoutNoise(0.1) },
        }),
        await loadLayer(VariationalGRU, {
          ...loading,
          sizes: { M: 5, N: 4 },
          noise: { mask: dropoutNoise(0.3) },
        }),
      ]),
      1,
    );
    expectModelGradients(model, input(3), {}, () => new Random(5));
    // In use nothing is drawn: two passes are equal.
    const once = model.forward(input(3)).values.slice();
    expect(model.forward(input(3)).values).toEqual(once);
  });

  it("draw the same from the same seed, and keep the mean", () => {
    const dropout = new Dropout(0.25);
    const ones = sequence(new Float64Array(40_000).fill(1), { batch: 1 });
    const pass = (seed: number) => ({
      random: new Random(seed),
      keep: true,
      t0: 0,
    });
    const first = dropout.forward(ones, pass(3)).values.slice() as Float64Array;
    expect(dropout.forward(ones, pass(3)).values).toEqual(first);
    expect(dropout.forward(ones, pass(4)).values).not.toEqual(first);
    const mean = first.reduce((a, b) => a + b, 0) / first.length;
    // Four standard errors: √(0.25 / 0.75 / 40,000) = 0.0029.
    expect(Math.abs(mean - 1)).toBeLessThan(0.0116);
    expect(new Set(first)).toEqual(new Set([0, 1 / 0.75]));
  });
});

describe("an encoder and a decoder", () => {
  it("joined by their states", async () => {
    const encoder = await lstm(3, 4);
    const decoder = await lstm(2, 4);
    const model = new Model(
      new EncoderDecoder({
        encoder,
        decoder: new Stack([decoder, await affine(4, 2)]),
        bridges: ["h", "c"].map((state) => ({
          from: encoder,
          state,
          to: decoder,
        })),
      }),
      1,
    );
    checkPair(model);
  });

  it("with attention over a bidirectional encoder", async () => {
    const backwards = await gru(3, 2);
    const decoder = await loadLayer(BahdanauDecoder, {
      ...loading,
      output: "s",
      sizes: { S: 5, D: 5, M: 2, N: 4, A: 3 },
    });
    const model = new Model(
      new EncoderDecoder({
        encoder: new Bidirectional(await gru(3, 3), backwards),
        decoder: new Stack([decoder, await affine(4, 2)]),
        attention: { to: decoder, context: "m" },
        bridges: [
          {
            from: backwards,
            state: "h",
            through: await loadLayer(AffineTanh, {
              ...loading,
              sizes: { M: 2, K: 4 },
            }),
            to: decoder,
            into: "s",
          },
        ],
      }),
      1,
    );
    expect(model.layout.map(({ name }) => name)).toContain("bridge0.W_y");
    checkPair(model);
  });

  it("where one state starts two layers", async () => {
    const encoder = await loadLayer(ElmanTanh, {
      ...loading,
      sizes: { M: 3, N: 4 },
    });
    const [low, high] = [await gru(2, 4), await gru(4, 4)];
    const model = new Model(
      new EncoderDecoder({
        encoder,
        decoder: new Stack([low, high]),
        bridges: [low, high].map((to) => ({ from: encoder, state: "h", to })),
      }),
      1,
    );
    checkPair(model);
  });

  function checkPair(
    model: Model<
      Parameters<EncoderDecoder["forward"]>[0],
      ReturnType<EncoderDecoder["backward"]>
    >,
  ): void {
    const source = input(3);
    const target = sequence(
      randomArray(24, 9),
      { batch: 3, width: 2 },
      Int32Array.of(2, 4, 3),
    );
    expectGradients({
      values: {
        params: model.params as Float64Array,
        source: source.values,
        target: target.values,
      },
      forward: () => ({
        output: model.forward({ source, target }).values as Float64Array,
      }),
      backward: ({ output }) => {
        const found = model.backward(output!, { inputs: true });
        return {
          params: model.grads as Float64Array,
          source: found.source as Float64Array,
          target: found.target as Float64Array,
        };
      },
    });
  }
});

describe("a model", () => {
  it("adds gradients up where it is told to", async () => {
    const model = new Model(await gru(2, 3), 1);
    const { values } = model.forward(input(2));
    const gradient = randomArray(values.length, 4);
    model.backward(gradient);
    const once = model.grads.slice();
    model.backward(gradient, { accumulate: true });
    expect([...model.grads]).toEqual([...once].map((value) => 2 * value));
  });

  it("goes on in pieces as in one", async () => {
    const model = new Model(new Stack([await lstm(2, 3), await gru(3, 3)]), 1);
    const whole = input(2, 6);
    const output = model.forward(whole).values.slice();
    const part = (from: number, to: number) =>
      sequence(whole.values.subarray(from * 6, to * 6), { batch: 3, width: 2 });
    const first = model.forward(part(0, 2)).values.slice();
    const second = model.forward(part(2, 6), { states: model.finalStates() });
    expect([...first, ...second.values]).toEqual([...output]);
  });

  it("refuses one cell in two places, and two precisions", async () => {
    const cell = await gru(3, 3);
    expect(() => new Model(new Stack([cell, cell]))).toThrow(/load it twice/);
    const single = await loadLayer(GRU, {
      backend: "ts",
      sizes: { M: 3, N: 3 },
    });
    expect(() => new Model(new Stack([cell, single]))).toThrow(/precision/);
  });

  it("tells what does not fit", async () => {
    const model = new Model(new Stack([await gru(2, 3), await lstm(4, 2)]));
    expect(() => model.forward(input(2))).toThrow(
      "LSTM: the input x has 4 numbers per step, and 3 come in",
    );
    const states = { "0.c": new Float64Array(9) };
    expect(() => model.forward(input(2), { states })).toThrow(
      "the model has no state 0.c; it has: 0.h, 1.h, 1.c",
    );
    await expect(
      loadLayer(ZoneoutLSTM, { ...loading, sizes: { M: 2, N: 2 } }),
    ).rejects.toThrow("ZoneoutLSTM: say which input to use: x, keep_c, keep_h");
  });
});

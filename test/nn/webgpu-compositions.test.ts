/** All compositions on a device against the host's in float64: outputs, states and gradients. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as host from "cellc/nn";
import { dropoutNoise, Random, sequence, zoneoutNoise } from "cellc/nn";
import * as gpu from "cellc/nn/webgpu";
import { AffineTanh } from "../../generated/affine-tanh.js";
import { Affine } from "../../generated/affine.js";
import { BahdanauDecoder } from "../../generated/bahdanau-decoder.js";
import { ElmanTanh } from "../../generated/elman-tanh.js";
import { Embedding } from "../../generated/embedding.js";
import { GRU } from "../../generated/gru.js";
import { LSTM } from "../../generated/lstm.js";
import { MaskedBahdanauDecoder } from "../../generated/masked-bahdanau-decoder.js";
import { SoftmaxCrossEntropy } from "../../generated/softmax-cross-entropy.js";
import { VariationalGRU } from "../../generated/variational-gru.js";
import { ZoneoutLSTM } from "../../generated/zoneout-lstm.js";
import { openTestDevice } from "../backends/gpu.js";
import type { TestDevice } from "../backends/gpu.js";
import { describeWebgpu } from "../webgpu/support.js";
import { randomArray, randomTokens } from "./check.js";
import {
  buildOnDevice,
  expectClose,
  expectSame,
  readAll,
  withWebgpu,
} from "./webgpu.js";
import type { Build, Comparison } from "./webgpu.js";

interface Shape {
  readonly steps: number;
  readonly batch: number;
  readonly lengths?: readonly number[];
}

/** Several entries with lengths, one entry, one step, primes with an entry that has no step at all. */
const shapes: readonly Shape[] = [
  { steps: 5, batch: 3, lengths: [5, 3, 1] },
  { steps: 5, batch: 1 },
  { steps: 1, batch: 4 },
  { steps: 11, batch: 7, lengths: [11, 2, 7, 0, 5, 1, 3] },
];
const titled = shapes.map((shape) => {
  const { steps, batch, lengths } = shape;
  const own = lengths ? `, lengths ${lengths.join(" ")}` : "";
  return { title: `T=${steps} B=${batch}${own}`, shape };
});

const lengthsOf = ({ lengths }: Shape): Int32Array | undefined =>
  lengths && Int32Array.from(lengths);

const input = (shape: Shape, width: number) =>
  sequence(
    randomArray(shape.steps * shape.batch * width, 1),
    { batch: shape.batch, width },
    lengthsOf(shape),
  );

const tokens = (shape: Shape, vocabulary: number) =>
  sequence(
    randomTokens(shape.steps * shape.batch, vocabulary, 3),
    { batch: shape.batch },
    lengthsOf(shape),
  );

describeWebgpu("on a device", () => {
  let test: TestDevice;
  beforeAll(async () => {
    test = await openTestDevice();
  });
  afterAll(() => {
    expect(test.problems).toEqual([]);
    test.device.destroy();
  });

  const same = (
    build: Parameters<typeof expectSame>[1],
    given: Parameters<typeof expectSame>[2],
    options?: Comparison,
  ): Promise<void> => expectSame(test.device, build, given, options);

  describe.each(titled)("$title", ({ shape }) => {
    it("a stack of two layers and a read-out, with states", async () => {
      const state = (width: number, seed: number) =>
        randomArray(shape.batch * width, seed);
      await same(
        async (nn, load, cell) =>
          new nn.Model(
            new nn.Stack({
              below: await nn.loadLayer(cell(LSTM), {
                ...load,
                sizes: { M: 3, N: 5 },
              }),
              above: await nn.loadLayer(cell(GRU), {
                ...load,
                sizes: { M: 5, N: 7 },
              }),
              out: await nn.loadLayer(cell(Affine), {
                ...load,
                sizes: { M: 7, K: 2 },
              }),
            }),
            1,
          ),
        input(shape, 3),
        {
          states: {
            "below.h": state(5, 2),
            "below.c": state(5, 3),
            "above.h": state(7, 4),
          },
        },
      );
    });

    it("embedded tokens, many-to-one", async () => {
      await same(
        async (nn, load, cell) =>
          new nn.Model(
            new nn.Stack([
              await nn.loadLayer(cell(Embedding), {
                ...load,
                sizes: { V: 13, D: 3 },
              }),
              await nn.loadLayer(cell(GRU), {
                ...load,
                sizes: { M: 3, N: 4 },
              }),
              new nn.LastStep(),
              await nn.loadLayer(cell(Affine), {
                ...load,
                sizes: { M: 4, K: 2 },
              }),
            ]),
            1,
          ),
        tokens(shape, 13),
      );
    });

    it.each(["concat", "sum"] as const)(
      "two bidirectional layers, %s",
      async (merge) => {
        const inner = merge === "concat" ? 10 : 5;
        await same(
          async (nn, load, cell) => {
            const gru = (M: number) =>
              nn.loadLayer(cell(GRU), { ...load, sizes: { M, N: 5 } });
            return new nn.Model(
              new nn.Stack([
                new nn.Bidirectional(await gru(3), await gru(3), merge),
                new nn.Bidirectional(await gru(inner), await gru(inner), merge),
                await nn.loadLayer(cell(Affine), {
                  ...load,
                  sizes: { M: inner, K: 2 },
                }),
              ]),
              1,
            );
          },
          input(shape, 3),
        );
      },
    );

    it("both ends of a sequence", async () => {
      await same(
        async (nn, load, cell) => {
          const side = async (N: number) =>
            new nn.Stack([
              await nn.loadLayer(cell(LSTM), { ...load, sizes: { M: 3, N } }),
              new nn.LastStep(),
            ]);
          return new nn.Model(
            new nn.Bidirectional(await side(4), await side(3)),
            1,
          );
        },
        input(shape, 3),
      );
    });

    it("dropout between layers and inside the recurrence", async () => {
      await same(
        async (nn, load, cell) =>
          new nn.Model(
            new nn.Stack([
              new nn.Dropout(0.2),
              await nn.loadLayer(cell(ZoneoutLSTM), {
                ...load,
                sizes: { M: 3, N: 5 },
                noise: {
                  keep_c: zoneoutNoise(0.5),
                  keep_h: zoneoutNoise(0.1),
                },
              }),
              new nn.Dropout(0.4, { variational: true }),
              await nn.loadLayer(cell(VariationalGRU), {
                ...load,
                sizes: { M: 5, N: 4 },
                noise: { mask: dropoutNoise(0.3) },
              }),
            ]),
            1,
          ),
        input(shape, 3),
        { random: () => new Random(5) },
      );
    });

    it("an encoder and a decoder joined by states", async () => {
      const target = { steps: 3, batch: shape.batch };
      await same(
        async (nn, load, cell) => {
          const encoder = await nn.loadLayer(cell(ElmanTanh), {
            ...load,
            sizes: { M: 3, N: 4 },
          });
          const [low, high] = [
            await nn.loadLayer(cell(GRU), { ...load, sizes: { M: 2, N: 4 } }),
            await nn.loadLayer(cell(GRU), { ...load, sizes: { M: 4, N: 4 } }),
          ];
          return new nn.Model(
            new nn.EncoderDecoder({
              encoder,
              decoder: new nn.Stack([low, high]),
              // One state that starts two layers: its gradients add up.
              bridges: [low, high].map((to) => ({
                from: encoder,
                state: "h",
                to,
              })),
            }),
            1,
          );
        },
        { source: input(shape, 3), target: input(target, 2) },
      );
    });

    it("attention that leaves padding out", async () => {
      const target = { steps: 4, batch: shape.batch };
      await same(
        async (nn, load, cell) => {
          const encoder = await nn.loadLayer(cell(GRU), {
            ...load,
            sizes: { M: 3, N: 5 },
          });
          const decoder = await nn.loadLayer(cell(MaskedBahdanauDecoder), {
            ...load,
            output: "s",
            sizes: { S: shape.steps, D: 5, M: 2, N: 4, A: 3 },
          });
          return new nn.Model(
            new nn.EncoderDecoder({
              encoder,
              decoder,
              attention: { to: decoder, context: "m", mask: "mask" },
            }),
            1,
          );
        },
        { source: input(shape, 3), target: input(target, 2) },
      );
    });

    it("attention over a bidirectional encoder", async () => {
      const target = { steps: 4, batch: shape.batch };
      await same(
        async (nn, load, cell) => {
          const gru = (N: number) =>
            nn.loadLayer(cell(GRU), { ...load, sizes: { M: 3, N } });
          const backwards = await gru(2);
          const decoder = await nn.loadLayer(cell(BahdanauDecoder), {
            ...load,
            output: "s",
            sizes: { S: shape.steps, D: 5, M: 2, N: 4, A: 3 },
          });
          return new nn.Model(
            new nn.EncoderDecoder({
              encoder: new nn.Bidirectional(await gru(3), backwards),
              decoder: new nn.Stack([
                decoder,
                await nn.loadLayer(cell(Affine), {
                  ...load,
                  sizes: { M: 4, K: 2 },
                }),
              ]),
              attention: { to: decoder, context: "m" },
              bridges: [
                {
                  from: backwards,
                  state: "h",
                  through: await nn.loadLayer(cell(AffineTanh), {
                    ...load,
                    sizes: { M: 2, K: 4 },
                  }),
                  to: decoder,
                  into: "s",
                },
              ],
            }),
            1,
          );
        },
        { source: input(shape, 3), target: input(target, 2) },
      );
    });
  });

  it.each([1, 4])("one step for each of %i", async (repeated) => {
    await same(
      async (nn, load, cell) =>
        new nn.Model(
          new nn.Stack([
            new nn.Repeat(repeated),
            await nn.loadLayer(cell(LSTM), { ...load, sizes: { M: 3, N: 4 } }),
          ]),
          1,
        ),
      input({ steps: 1, batch: 3 }, 3),
    );
  });

  it.each(["from both ends", "repeated", "the last ones"] as const)(
    "tokens that are moved before they are read: %s",
    async (kind) => {
      const shape = shapes[kind === "repeated" ? 2 : 0]!;
      await same(
        async (nn, load, cell) => {
          const read = async () =>
            new nn.Stack([
              await nn.loadLayer(cell(Embedding), {
                ...load,
                sizes: { V: 13, D: 3 },
              }),
              await nn.loadLayer(cell(GRU), {
                ...load,
                sizes: { M: 3, N: 4 },
              }),
            ]);
          if (kind === "from both ends")
            return new nn.Model(
              new nn.Bidirectional(await read(), await read()),
              1,
            );
          const mover =
            kind === "the last ones" ? new nn.LastStep() : new nn.Repeat(3);
          return new nn.Model(new nn.Stack([mover, await read()]), 1);
        },
        tokens(shape, 13),
      );
    },
  );

  it("sizes that go over many workgroups", async () => {
    // 61 · 17 · 23 numbers in each array between the layers.
    const shape = { steps: 61, batch: 17 };
    await same(
      async (nn, load, cell) => {
        const side = () =>
          nn.loadLayer(cell(GRU), { ...load, sizes: { M: 5, N: 23 } });
        return new nn.Model(
          new nn.Stack([
            new nn.Bidirectional(await side(), await side()),
            new nn.Dropout(0.5),
          ]),
          1,
        );
      },
      input(shape, 5),
      { random: () => new Random(5), passes: 1 },
    );
  });

  describe("a model", () => {
    const build: Build<unknown> = async (nn, load, cell) =>
      new nn.Model(
        new nn.Stack({
          low: await nn.loadLayer(cell(LSTM), {
            ...load,
            sizes: { M: 2, N: 3 },
          }),
          high: await nn.loadLayer(cell(GRU), {
            ...load,
            sizes: { M: 3, N: 3 },
          }),
        }),
        1,
      );
    const given = (steps: number) => input({ steps, batch: 3 }, 2);
    let model: gpu.Model;
    beforeAll(async () => {
      model = await buildOnDevice<gpu.Model>(build, test.device);
    });

    it("adds gradients up where it is told to", async () => {
      const { values } = await model.forward(given(5));
      const gradient = randomArray(values.length, 4);
      await model.backward(gradient);
      const once = await readAll(model.grad);
      await model.backward(gradient, { accumulate: true });
      const doubled = Object.fromEntries(
        Object.entries(once).map(([name, values]) => [
          name,
          Array.from(values, (value) => 2 * value),
        ]),
      );
      // Twice a float is exact.
      expectClose(await readAll(model.grad), doubled, "twice", 0);
    });

    it("goes on in pieces as in one, on the device", async () => {
      const whole = given(6);
      const all = await (await model.forward(whole)).values.read();
      const piece = (from: number, to: number) =>
        sequence(whole.values.subarray(from * 6, to * 6), {
          batch: 3,
          width: 2,
        });
      const first = await (await model.forward(piece(0, 2))).values.read();
      const second = await model.forward(piece(2, 6), {
        states: model.finalStates(),
      });
      expectClose(
        { values: [...first, ...(await second.values.read())] },
        { values: all },
        "pieces",
        1e-6,
      );
    });

    it("reads a sequence that lies on the device", async () => {
      const first = await model.forward(given(4));
      const wanted = await first.values.read();
      const there = await buildOnDevice<gpu.Model>(
        async (nn, load, cell) =>
          new nn.Model(
            await nn.loadLayer(cell(Affine), {
              ...load,
              sizes: { M: 3, K: 2 },
            }),
          ),
        test.device,
      );
      const once = await (await there.forward(first)).values.read();
      const again = await there.forward(
        sequence(wanted, { batch: 3, width: 3 }),
      );
      expect(await again.values.read()).toEqual(once);
      there.dispose();
    });

    it("makes calls wait for each other", async () => {
      const gradient = randomArray(4 * 9, 4);
      await model.forward(given(4));
      await model.backward(gradient);
      const wanted = await model.grads.read();
      const calls = [model.forward(given(4)), model.backward(gradient)];
      await Promise.all(calls);
      expect(await model.grads.read()).toEqual(wanted);
    });

    it("tells what does not fit", async () => {
      await expect(
        model.forward(sequence(new Float32Array(9), { batch: 3, width: 3 })),
      ).rejects.toThrow(
        "LSTM: the input x has 2 numbers per step, and 3 come in",
      );
      await expect(
        model.forward(given(2), { states: { "low.s": new Float32Array(9) } }),
      ).rejects.toThrow(
        "the model has no state low.s; it has: low.h, low.c, high.h",
      );
      expect(() => model.set("low.W", [1])).toThrow(
        "the model has no parameter low.W; it has: low.W_i",
      );
      expect(() => model.set("low.b_i", [1])).toThrow(
        "low.b_i of shape [3] has 3 numbers, got 1",
      );
    });

    it("says of an old tensor that it is old", async () => {
      const layer = await buildOnDevice<gpu.Model>(
        async (nn, load, cell) =>
          new nn.Model(
            new nn.Stack([
              await nn.loadLayer(cell(GRU), {
                ...load,
                sizes: { M: 2, N: 3 },
              }),
              new nn.LastStep(),
            ]),
          ),
        test.device,
      );
      const { values } = await layer.forward(given(3));
      await layer.forward(given(3));
      await expect(values.read()).rejects.toThrow("overwritten");
      layer.dispose();
    });

    it("checks tokens on their way in", async () => {
      const embedding = new gpu.Model(
        await gpu.loadLayer(withWebgpu(Embedding), {
          device: test.device,
          sizes: { V: 7, D: 2 },
        }),
      );
      const read = (values: Int32Array | Float32Array) =>
        embedding.forward(sequence(values, { batch: 1 }));
      await expect(read(Int32Array.of(3, 7))).rejects.toThrow(
        "has the token 7; tokens are whole numbers from 0 to 6",
      );
      await expect(read(Int32Array.of(-1))).rejects.toThrow("the token -1");
      await expect(read(Float32Array.of(1))).rejects.toThrow(
        "is a token; give an Int32Array",
      );
      embedding.dispose();
    });

    it("refuses cells of several devices and of the host, and one cell in two places", async () => {
      const options = { sizes: { M: 3, N: 3 }, device: test.device };
      const cell = await gpu.loadLayer(withWebgpu(GRU), options);
      expect(() => new gpu.Model(new gpu.Stack([cell, cell]))).toThrow(
        "load it twice",
      );
      const other = await openTestDevice();
      const there = await gpu.loadLayer(withWebgpu(GRU), {
        ...options,
        device: other.device,
      });
      expect(() => new gpu.Model(new gpu.Stack([cell, there]))).toThrow(
        "must be on one device",
      );
      const elsewhere = new gpu.Model(there);
      const here = await new gpu.Model(cell).forward(
        sequence(new Float32Array(9), { batch: 3, width: 3 }),
      );
      await expect(elsewhere.forward(here)).rejects.toThrow(
        "the input lies on another device",
      );
      const loss = await gpu.loadCriterion(withWebgpu(SoftmaxCrossEntropy), {
        sizes: { K: 3 },
        device: other.device,
      });
      await expect(loss.forward(here, [0, 1, 2])).rejects.toThrow(
        "the prediction for SoftmaxCrossEntropy lies on another device",
      );
      await expect(
        gpu.loadLayer(withWebgpu(GRU), {
          ...options,
          backend: "wasm" as "webgpu",
        }),
      ).rejects.toThrow("layers for wasm are made by cellc/nn");
      other.device.destroy();
      await expect(
        host.loadLayer(withWebgpu(GRU), {
          sizes: { M: 3, N: 3 },
          // @ts-expect-error the types know it too
          backend: "webgpu",
        }),
      ).rejects.toThrow("make its model, with cellc/nn/webgpu");
      // @ts-expect-error layers of two places
      const mixed = (): host.Stack => new host.Stack([cell]);
      expect(() => new host.Model(mixed())).toThrow(
        "layers of cellc/nn and of cellc/nn/webgpu do not go together",
      );
    });
  });
});

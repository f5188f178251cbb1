/** Weights of PyTorch and Keras in the matching cells: outputs, states and gradients as those libraries compute them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  Bidirectional,
  kerasGRU,
  kerasLSTM,
  kerasRNN,
  loadLayer,
  Model,
  Random,
  sequence,
  Stack,
  torchGRU,
  torchLSTM,
  torchRNN,
} from "cellc/nn";
import type { CellWeights, Tensors, TorchPlace } from "cellc/nn";
import { ElmanRelu } from "../../generated/elman-relu.js";
import { ElmanSigmoid } from "../../generated/elman-sigmoid.js";
import { ElmanTanh } from "../../generated/elman-tanh.js";
import { GRUCho } from "../../generated/gru-cho.js";
import { GRUResetAfter } from "../../generated/gru-reset-after.js";
import { LSTMProjection } from "../../generated/lstm-projection.js";
import { LSTM } from "../../generated/lstm.js";
import { loading } from "./check.js";
import { expectClose, fixture, fixturesBelow } from "./torch.js";

const lengths = Int32Array.of(5, 3, 1);

/** Two bidirectional layers of three inputs and four units, or one layer in one direction. */
async function torchModel(
  name: string,
  module: typeof LSTM | typeof GRUResetAfter | typeof ElmanTanh,
  weights: (tensors: Tensors, place: TorchPlace) => CellWeights,
  deep: boolean,
): Promise<Model> {
  const one = (M: number) =>
    loadLayer(module as typeof LSTM, { ...loading, sizes: { M, N: 4 } });
  const tensors = fixturesBelow(`${name}.`);
  if (!deep) {
    const model = new Model(await one(3));
    model.assign("", weights(tensors, {}));
    return model;
  }
  const model = new Model(
    new Stack([
      new Bidirectional(await one(3), await one(3)),
      new Bidirectional(await one(8), await one(8)),
    ]),
  );
  for (const layer of [0, 1])
    for (const reverse of [false, true])
      model.assign(
        `${layer}.${reverse ? "backwards" : "forwards"}`,
        weights(tensors, { layer, reverse }),
      );
  return model;
}

describe("PyTorch", () => {
  it.each([
    ["lstm", LSTM, torchLSTM, true],
    ["lstm_without_bias", LSTM, torchLSTM, false],
    ["gru", GRUResetAfter, torchGRU, true],
    ["rnn_tanh", ElmanTanh, torchRNN, false],
    ["rnn_relu", ElmanRelu, torchRNN, false],
  ] as const)("%s, padded", async (name, module, weights, deep) => {
    const model = await torchModel(name, module as typeof LSTM, weights, deep);
    const x = fixture(`${name}/x`).values;
    const output = model.forward(sequence(x, { batch: 3, width: 3 }, lengths));
    expectClose(output.values, fixture(`${name}/output`).values, "output");
    const states = model.finalStates();
    for (const key of name.startsWith("lstm") ? ["h", "c"] : ["h"])
      // In the order of the layers, forwards before backwards: as PyTorch stacks them.
      expectClose(
        Object.entries(states)
          .filter(([state]) => state === key || state.endsWith(`.${key}`))
          .flatMap(([, values]) => [...values]),
        fixture(`${name}/${key}`).values,
        key,
      );
    const dx = model.backward(fixture(`${name}/weight`).values, {
      inputs: true,
    });
    expectClose(dx!, fixture(`${name}/dx`).values, "gradient of the input");
  });

  it("gradients of the weights, gate by gate", async () => {
    const model = await torchModel("gru", GRUResetAfter, torchGRU, true);
    const x = fixture("gru/x").values;
    model.forward(sequence(x, { batch: 3, width: 3 }, lengths));
    model.backward(fixture("gru/weight").values);
    const wanted = torchGRU(fixturesBelow("gru/grad."), {
      layer: 1,
      reverse: true,
    });
    for (const [name, { values }] of Object.entries(wanted)) {
      const found = model.grad[`1.backwards.${name}`]!;
      // The two biases of PyTorch have one gradient each where the cell has one bias; taken apart, they add up to twice.
      const twice = name === "b_r" || name === "b_z";
      expectClose(twice ? found.map((g) => 2 * g) : found, values, name);
    }
  });

  it.each([
    ["gru", GRUResetAfter, torchGRU],
    ["rnn_tanh", ElmanTanh, torchRNN],
  ] as const)(
    "%s without biases is as with zeros",
    async (name, module, weights) => {
      const all = fixturesBelow(`${name}.`);
      const without = Object.fromEntries(
        Object.entries(all).filter(([key]) => !key.startsWith("bias")),
      );
      const zeroed = Object.fromEntries(
        Object.entries(all).map(([key, { shape, values }]) => [
          key,
          key.startsWith("bias")
            ? { shape, values: values.slice().fill(0) }
            : { shape, values },
        ]),
      );
      const load = async () =>
        new Model(
          await loadLayer(module as unknown as typeof LSTM, {
            ...loading,
            sizes: { M: 3, N: 4 },
          }),
          3,
        );
      const [one, other] = [await load(), await load()];
      one.assign("", weights(without));
      other.assign("", weights(zeroed));
      expect(one.params).toEqual(other.params);
    },
  );

  it("lstm with proj_size", async () => {
    const model = new Model(
      await loadLayer(LSTMProjection, {
        ...loading,
        sizes: { M: 3, N: 4, P: 2 },
      }),
    );
    model.assign("", torchLSTM(fixturesBelow("lstm_projected.")));
    const x = fixture("lstm_projected/x").values;
    const output = model.forward(sequence(x, { batch: 3, width: 3 }, lengths));
    expectClose(output.values, fixture("lstm_projected/output").values);
    expectClose(
      model.finalStates()["c"]!,
      fixture("lstm_projected/c").values,
      "c",
    );
  });

  it("says what is missing or does not fit", async () => {
    const tensors = fixturesBelow("lstm.");
    expect(() => torchLSTM(tensors, { layer: 7 })).toThrow(
      /there is no tensor weight_ih_l7; there are: weight_ih_l0/,
    );
    expect(() => torchGRU(tensors)).toThrow(
      "weight_ih_l0 has 16 rows, which are not 3 gates of one size",
    );
    const model = await torchModel("rnn_tanh", ElmanTanh, torchRNN, false);
    expect(() => model.assign("", torchLSTM(tensors))).toThrow(
      "ElmanTanh has no parameter W_i; it has: W_h, R_h, b_h",
    );
    const wide = new Model(
      await loadLayer(LSTM, { ...loading, sizes: { M: 3, N: 5 } }),
    );
    expect(() => wide.assign("", torchLSTM(tensors))).toThrow(
      "LSTM: W_i has shape [4, 3]; expected [5, 3]",
    );
    expect(() => wide.assign("rnn", {})).toThrow("no cell rnn");
  });
});

describe("Keras", () => {
  interface Stored {
    readonly shape: readonly number[];
    readonly values: readonly number[];
  }
  interface KerasCase {
    readonly weights: Readonly<Record<string, Stored>>;
    readonly x: Stored;
    readonly output: Stored;
    readonly states: readonly Stored[];
  }
  const cases = JSON.parse(
    readFileSync(new URL("fixtures/keras.json", import.meta.url), "utf8"),
  ) as Readonly<Record<string, KerasCase>>;

  /** Keras has the batch first, `[B, T, M]`. */
  function timeFirst({ shape, values }: Stored): Float64Array {
    const [batch = 1, steps = 1, width = 1] = shape;
    return Float64Array.from(values, (_, i) => {
      const [t, b] = [Math.floor(i / width / batch), ((i / width) % batch) | 0];
      return values[(b * steps + t) * width + (i % width)]!;
    });
  }

  const load = async (module: unknown): Promise<Model> =>
    new Model(
      await loadLayer(module as typeof LSTM, {
        ...loading,
        sizes: { M: 3, N: 5 },
      }),
    );

  it.each([
    ["lstm", LSTM, kerasLSTM, ["h", "c"]],
    ["lstm_without_bias", LSTM, kerasLSTM, ["h", "c"]],
    ["gru_reset_before", GRUCho, kerasGRU, ["h"]],
    ["gru_reset_before_without_bias", GRUCho, kerasGRU, ["h"]],
    ["rnn_tanh", ElmanTanh, kerasRNN, ["h"]],
    ["rnn_sigmoid", ElmanSigmoid, kerasRNN, ["h"]],
    ["rnn_relu", ElmanRelu, kerasRNN, ["h"]],
  ] as const)("%s", async (name, module, weights, states) => {
    const model = await load(module);
    const stored = cases[name]!;
    const tensors = Object.fromEntries(
      Object.entries(stored.weights).map(([key, { shape, values }]) => [
        `rnn/${key}`,
        { shape, values: Float64Array.from(values) },
      ]),
    );
    model.assign("", weights(tensors, { prefix: "rnn/" }));
    const { values } = model.forward(
      sequence(timeFirst(stored.x), { batch: 2, width: 3 }),
    );
    // Keras's numbers are of float32, whose steps are 6e-8, after four steps.
    expectClose(values, timeFirst(stored.output), "output", 1e-6);
    const final = model.finalStates();
    for (const [i, key] of states.entries())
      expectClose(final[key]!, stored.states[i]!.values, key, 1e-6);
  });

  it("GRU with reset_after, which is PyTorch's", async () => {
    const model = await load(GRUResetAfter);
    model.assign("", kerasGRU(fixturesBelow("keras_gru_after.")));
    const x = fixture("keras_gru_after/x").values;
    const { values } = model.forward(sequence(x, { batch: 2, width: 3 }));
    expectClose(values, fixture("keras_gru_after/output").values);
    expectClose(model.finalStates()["h"]!, fixture("keras_gru_after/h").values);
  });

  it("gru with reset after the product, without a bias, as its equations", async () => {
    const [M, N, T, B] = [3, 2, 4, 2];
    const random = new Random(7);
    const numbers = (...shape: [number, number]) => {
      const values = new Float64Array(shape[0] * shape[1]);
      random.fillNormal(values, 0.8);
      return { values, shape };
    };
    const kernel = numbers(M, 3 * N);
    const recurrent_kernel = numbers(N, 3 * N);
    const x = numbers(T * B, M).values;
    const model = new Model(
      await loadLayer(GRUResetAfter, { ...loading, sizes: { M, N } }),
      1,
    );
    model.assign("", kerasGRU({ kernel, recurrent_kernel }));
    const { values } = model.forward(sequence(x, { batch: B, width: M }));

    const logistic = (value: number) => 1 / (1 + Math.exp(-value));
    for (let b = 0; b < B; b++) {
      let h: number[] = Array.from({ length: N }, () => 0);
      for (let t = 0; t < T; t++) {
        const product = (
          matrix: Float64Array,
          from: ArrayLike<number>,
          j: number,
        ) =>
          Array.from(from).reduce(
            (sum, v, i) => sum + v * matrix[i * 3 * N + j]!,
            0,
          );
        const now = x.subarray((t * B + b) * M, (t * B + b + 1) * M);
        const before = h;
        h = before.map((old, n) => {
          const of = (d: number) => [
            product(kernel.values, now, d * N + n),
            product(recurrent_kernel.values, before, d * N + n),
          ];
          const [[zx, zh], [rx, rh], [nx, nh]] = [of(0), of(1), of(2)];
          const z = logistic(zx! + zh!);
          const r = logistic(rx! + rh!);
          return z * old + (1 - z) * Math.tanh(nx! + r * nh!);
        });
        expectClose(values.slice((t * B + b) * N, (t * B + b + 1) * N), h);
      }
    }
  });

  it("without a bias is as with one of zeros", async () => {
    const { weights } = cases["gru_reset_before_without_bias"]!;
    const tensors = Object.fromEntries(
      Object.entries(weights).map(([key, { shape, values }]) => [
        key,
        { shape, values: Float64Array.from(values) },
      ]),
    );
    const zeros = (...shape: number[]) => ({
      shape,
      values: new Float64Array(shape.reduce((a, b) => a * b)),
    });
    const load = async (module: typeof GRUCho | typeof GRUResetAfter) =>
      new Model(
        await loadLayer(module as typeof GRUCho, {
          ...loading,
          sizes: { M: 3, N: 5 },
        }),
        3,
      );
    for (const [module, bias] of [
      [GRUCho, zeros(15)],
      [GRUResetAfter, zeros(2, 15)],
    ] as const) {
      const [one, other] = [await load(module), await load(module)];
      one.assign("", kerasGRU(tensors));
      other.assign("", kerasGRU({ ...tensors, bias }));
      expect(one.params).toEqual(other.params);
    }
  });

  it("says what is missing or does not fit", () => {
    const { weights } = cases["lstm"]!;
    const tensors = Object.fromEntries(
      Object.entries(weights).map(([key, { shape, values }]) => [
        key,
        { shape, values: Float64Array.from(values) },
      ]),
    );
    expect(() => kerasLSTM(tensors, { prefix: "lstm_1/" })).toThrow(
      /there is no tensor lstm_1\/kernel; there are: kernel/,
    );
    expect(() => kerasGRU(tensors)).toThrow(/20 .* 3 gates of one size/);
  });
});

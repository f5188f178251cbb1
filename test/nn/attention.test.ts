/** Attention over padded memories: rows behind the mask are as if they were not there. */
import { describe, expect, it } from "vitest";
import {
  Bidirectional,
  EncoderDecoder,
  loadLayer,
  Model,
  sequence,
  Stack,
} from "cellc/nn";
import type { CellModule, Floats, LoadedCell } from "cellc/runtime";
import { AffineTanh } from "../../generated/affine-tanh.js";
import { Affine } from "../../generated/affine.js";
import { AttentionPoolingContext } from "../../generated/attention-pooling-context.js";
import { BahdanauDecoder } from "../../generated/bahdanau-decoder.js";
import { GRU } from "../../generated/gru.js";
import { LuongDecoder } from "../../generated/luong-decoder.js";
import { MaskedAttentionPoolingContext } from "../../generated/masked-attention-pooling-context.js";
import { MaskedBahdanauDecoder } from "../../generated/masked-bahdanau-decoder.js";
import { MaskedLuongDecoder } from "../../generated/masked-luong-decoder.js";
import { relativeDifference } from "../specs/settings.js";
import { expectGradients, loading, randomArray } from "./check.js";

const S = 5;
const T = 3;
/** How many rows each memory has; the last one has none. */
const rows = [5, 3, 1, 0];
const B = rows.length;

/** A row of the memory has `width` numbers. */
const cells = [
  {
    name: "Bahdanau",
    masked: MaskedBahdanauDecoder,
    plain: BahdanauDecoder,
    memory: "m",
    width: 4,
    inputs: { x: 2 },
    sizes: { D: 4, M: 2, N: 3, A: 7 },
  },
  {
    name: "Luong",
    masked: MaskedLuongDecoder,
    plain: LuongDecoder,
    memory: "m",
    width: 3,
    inputs: { x: 2 },
    sizes: { M: 2, N: 3, P: 5 },
  },
  {
    name: "pooling",
    masked: MaskedAttentionPoolingContext,
    plain: AttentionPoolingContext,
    memory: "h",
    width: 3,
    inputs: {},
    sizes: { N: 3, A: 2 },
  },
] as const;

interface Passes {
  readonly outputs: Readonly<Record<string, Floats>>;
  readonly inputs: Readonly<Record<string, Floats>>;
  readonly context: Readonly<Record<string, Floats>>;
  readonly params: Floats;
}

/** Forward and backward for cotangents that depend on the length of an output alone; copies of all that comes out. */
function passes(
  cell: LoadedCell,
  batch: number,
  inputs: Readonly<Record<string, Floats>>,
  context: Readonly<Record<string, Floats>>,
  cotangents: (output: string, length: number) => Floats,
): Passes {
  const copies = (arrays: Readonly<Record<string, Floats | undefined>>) =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, array]) => [name, array!.slice()]),
    );
  const outputs = copies(
    cell.forward(inputs, { batch, steps: T, context }).outputs,
  );
  const gradients = cell.backward({
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, { length }]) => [
        name,
        cotangents(name, length),
      ]),
    ),
  });
  return {
    outputs,
    inputs: copies(gradients.inputs),
    context: copies(gradients.context),
    params: cell.grads.slice(),
  };
}

/** Entry `b` of `[T, B, …]`. */
function entry(array: Floats, steps: number, batch: number, b: number): Floats {
  const width = array.length / (steps * batch);
  return new Float64Array(
    Array.from({ length: steps }, (_, t) => [
      ...array.subarray(
        (t * batch + b) * width,
        (t * batch + b) * width + width,
      ),
    ]).flat(),
  );
}

const mask = Float64Array.from({ length: B * S }, (_, i) =>
  i % S < rows[Math.floor(i / S)]! ? 1 : 0,
);

/** `[B, S, width]`: the same rows, and other ones that pad them. */
const memory = (width: number, padding: number): Float64Array => {
  const filling = randomArray(B * S * width, padding).map((v) => 100 * v);
  return randomArray(B * S * width, 1).map((value, i) =>
    mask[Math.floor(i / width)]! > 0 ? value : filling[i]!,
  );
};

describe.each(cells)(
  "$name",
  ({ masked, plain, memory: key, width, inputs, sizes }) => {
    const load = (
      module: unknown,
      rows: number,
      backend: "ts" | "wasm",
    ): Promise<LoadedCell> =>
      (module as CellModule).load({
        backend,
        precision: backend === "ts" ? "f64" : "f32",
        sizes: { ...sizes, S: rows },
        seed: 3,
      }) as Promise<LoadedCell>;
    const given = Object.fromEntries(
      Object.entries(inputs).map(([name, each], i) => [
        name,
        randomArray(T * B * each, 20 + i),
      ]),
    );
    const cotangents = (name: string, length: number): Floats =>
      randomArray(length, 30 + name.length);

    it.each(["ts", "wasm"] as const)(
      "padding has no influence at all, %s",
      async (backend) => {
        const cell = await load(masked, S, backend);
        const [one, other] = [10, 11].map((seed) =>
          passes(
            cell,
            B,
            given,
            { [key]: memory(width, seed), mask },
            cotangents,
          ),
        );
        // The same bits, forward and backward.
        expect(other).toEqual(one);
        const { outputs, context, params } = one!;
        for (const numbers of [...Object.values(outputs), params])
          expect([...numbers].every(Number.isFinite)).toBe(true);
        context[key]!.forEach((value, i) => {
          if (mask[Math.floor(i / width)] === 0) expect(value).toBe(0);
        });
        outputs["a"]!.forEach((weight, i) => {
          if (mask[i % mask.length] === 0) expect(weight).toBe(0);
        });
        expect(new Set(context["mask"])).toEqual(new Set([0]));
      },
    );

    it("equals the cell without a mask over each memory as it is", async () => {
      const padded = passes(
        await load(masked, S, "ts"),
        B,
        given,
        { [key]: memory(width, 10), mask },
        cotangents,
      );
      const sum = padded.params.map(() => 0);
      for (const [b, count] of rows.entries()) {
        if (count === 0) continue;
        const own = passes(
          await load(plain, count, "ts"),
          1,
          Object.fromEntries(
            Object.entries(given).map(([name, array]) => [
              name,
              entry(array, T, B, b),
            ]),
          ),
          {
            [key]: entry(memory(width, 10), 1, B, b).subarray(0, count * width),
          },
          (name) => {
            const { length } = padded.outputs[name]!;
            const all = entry(cotangents(name, length), T, B, b);
            return name === "a" ? firstOfRows(all, count) : all;
          },
        );
        for (const [name, wanted] of Object.entries(own.outputs)) {
          const found = entry(padded.outputs[name]!, T, B, b);
          expectSame(name === "a" ? firstOfRows(found, count) : found, wanted);
        }
        for (const [name, wanted] of Object.entries(own.inputs))
          expectSame(entry(padded.inputs[name]!, T, B, b), wanted);
        const found = entry(padded.context[key]!, 1, B, b);
        expectSame(found.subarray(0, count * width), own.context[key]!);
        own.params.forEach((value, i) => (sum[i]! += value));
      }
      // The entry without a memory has gradients of its own: its part is what is left of the sum.
      const empty = rows.indexOf(0);
      const alone = passes(
        await load(masked, S, "ts"),
        1,
        Object.fromEntries(
          Object.entries(given).map(([name, array]) => [
            name,
            entry(array, T, B, empty),
          ]),
        ),
        {
          [key]: new Float64Array(S * width),
          mask: new Float64Array(S),
        },
        (name) =>
          entry(cotangents(name, padded.outputs[name]!.length), T, B, empty),
      );
      alone.params.forEach((value, i) => (sum[i]! += value));
      expectSame(padded.params, sum);
    });
  },
);

/** The first `count` of each `S`. */
const firstOfRows = (weights: Floats, count: number): Floats =>
  weights.filter((_, i) => i % S < count);

/** In float64, with sums in other orders. */
const expectSame = (found: Floats, wanted: Floats): void =>
  expect(relativeDifference(found, wanted)).toBeLessThanOrEqual(1e-13);

describe("an encoder and a decoder with a mask", () => {
  const lengths = Int32Array.of(5, 3, 1);

  async function translator(
    steps: number,
    masked: boolean,
  ): Promise<
    Model<
      Parameters<EncoderDecoder["forward"]>[0],
      ReturnType<EncoderDecoder["backward"]>
    >
  > {
    const gru = (N: number) =>
      loadLayer(GRU, { ...loading, sizes: { M: 3, N } });
    const backwards = await gru(2);
    const options = {
      ...loading,
      output: "s",
      sizes: { S: steps, D: 5, M: 2, N: 4, A: 3 },
    } as const;
    const decoder = masked
      ? await loadLayer(MaskedBahdanauDecoder, options)
      : await loadLayer(BahdanauDecoder, options);
    const affine = { ...loading, sizes: { M: 4, K: 2 } };
    const through = await loadLayer(AffineTanh, {
      ...loading,
      sizes: { M: 2, K: 4 },
    });
    return new Model(
      new EncoderDecoder({
        encoder: new Bidirectional(await gru(3), backwards),
        decoder: new Stack([decoder, await loadLayer(Affine, affine)]),
        attention: {
          to: decoder,
          context: "m",
          ...(masked ? { mask: "mask" } : {}),
        },
        bridges: [
          { from: backwards, state: "h", through, to: decoder, into: "s" },
        ],
      }),
      1,
    );
  }

  const source = sequence(randomArray(45, 1), { batch: 3, width: 3 }, lengths);
  const target = sequence(randomArray(24, 9), { batch: 3, width: 2 });

  it("has the gradients that differences have", async () => {
    const model = await translator(5, true);
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
  });

  it("translates a padded batch as it translates each alone", async () => {
    const model = await translator(5, true);
    const output = model.forward({ source, target }).values.slice();
    const cotangent = randomArray(output.length, 4);
    const found = model.backward(cotangent, { inputs: true });
    const grads = model.grads.map(() => 0);
    for (const [b, length] of lengths.entries()) {
      const alone = await translator(length, false);
      const own = sequence(
        entry(source.values, 5, 3, b).subarray(0, length * 3),
        { batch: 1, width: 3 },
      );
      const one = { batch: 1, width: 2 };
      const { values } = alone.forward({
        source: own,
        target: sequence(entry(target.values, 4, 3, b), one),
      });
      expectSame(entry(output, 4, 3, b), values);
      const gradient = alone.backward(entry(cotangent, 4, 3, b), {
        inputs: true,
      });
      expectSame(entry(found.target!, 4, 3, b), gradient.target!);
      const ofSource = entry(found.source!, 5, 3, b);
      expectSame(ofSource.subarray(0, length * 3), gradient.source!);
      expect(ofSource.subarray(length * 3).every((g) => g === 0)).toBe(true);
      alone.grads.forEach((value, i) => (grads[i]! += value));
    }
    expectSame(model.grads, grads);
  });

  it("attends to everything where no source is padded", async () => {
    const whole = sequence(source.values, { batch: 3, width: 3 });
    const [masked, plain] = await Promise.all([
      translator(5, true),
      translator(5, false),
    ]);
    expectSame(
      masked.forward({ source: whole, target }).values,
      plain.forward({ source: whole, target }).values,
    );
  });
});

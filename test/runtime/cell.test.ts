/** The contract of a loaded cell, on the generated files of the library. */
import { describe, expect, expectTypeOf, it } from "vitest";
import { CharLSTM } from "../../generated/char-lstm.js";
import { ClockworkRNN } from "../../generated/clockwork-rnn.js";
import { BahdanauDecoder } from "../../generated/bahdanau-decoder.js";
import { HigherOrderRNN } from "../../generated/higher-order-rnn.js";
import { LSTM } from "../../generated/lstm.js";
import { randomNumbers } from "../../src/runtime/initialize.js";

/** Numbers between −1 and 1 that follow from a name. */
function signal(seed: string, length: number): Float64Array {
  const next = randomNumbers(seed);
  return Float64Array.from({ length }, () => 2 * next() - 1);
}

const tokens = (seed: string, length: number, vocabulary: number): Int32Array =>
  Int32Array.from(signal(seed, length), (x) =>
    Math.floor(((x + 1) / 2) * vocabulary),
  );

const [M, N] = [5, 7];
const load = () => LSTM.load({ sizes: { M, N }, precision: "f64", seed: 3 });

/** Copies, because results are views until the next call. */
const copy = <A extends Float64Array | Float32Array>(array: A): A =>
  array.slice() as A;

function expectClose(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  tolerance: number,
): void {
  expect(a.length).toBe(b.length);
  const scale = Math.max(1e-30, ...Array.from(b, Math.abs));
  for (let i = 0; i < a.length; i++)
    expect(Math.abs(a[i]! - b[i]!) / scale, `at ${i}`).toBeLessThanOrEqual(
      tolerance,
    );
}

// Sums in another order differ by rounding: some hundred operations of 1.1e-16 each.
const rounding = 1e-13;

describe("parameters", () => {
  it("lie in one array with a named view each, without gaps", async () => {
    const cell = await load();
    expect(cell.params).toBeInstanceOf(Float64Array);
    let end = 0;
    for (const { name, offset, shape } of cell.layout) {
      expect(offset).toBe(end);
      const length = shape.reduce((a, b) => a * b, 1);
      const view = cell.param[name as keyof typeof cell.param];
      expect(view.length).toBe(length);
      expect(view.buffer).toBe(cell.params.buffer);
      expect(view.byteOffset).toBe(cell.params.byteOffset + 8 * offset);
      end += length;
    }
    expect(end).toBe(cell.params.length);
    expect(cell.grads.length).toBe(end);
  });

  it("start from the seed: each parameter has its own numbers", async () => {
    const [a, b] = [await load(), await load()];
    expect(a.params).toEqual(b.params);
    b.init(4);
    expect(a.params).not.toEqual(b.params);
    b.init(3);
    expect(a.params).toEqual(b.params);
    expect(a.param.W_i).not.toEqual(a.param.W_f);
    const single = await LSTM.load({ sizes: { M, N }, seed: 3 });
    expect(single.params).toBeInstanceOf(Float32Array);
    expect(single.params).toEqual(Float32Array.from(a.params));
  });

  it("are typed by the cell's own names", async () => {
    const cell = await LSTM.load({ sizes: { M: 1, N: 1 } });
    expectTypeOf(cell.param.W_i).toEqualTypeOf<Float32Array>();
    const { outputs } = cell.forward({ x: [0.5] });
    expectTypeOf(outputs.h).toEqualTypeOf<Float32Array>();
    type Wrong = Parameters<typeof LSTM.load>[0]["sizes"];
    expectTypeOf<Wrong>().toEqualTypeOf<Readonly<Record<"M" | "N", number>>>();
  });
});

describe.each([
  { T: 1, B: 1 },
  { T: 1, B: 3 },
  { T: 6, B: 1 },
  { T: 7, B: 3 },
])("a sequence of $T steps in $B entries", ({ T, B }) => {
  const x = signal("x", T * B * M);
  const dh = signal("dh", T * B * N);
  const start = { h: signal("h", B * N), c: signal("c", B * N) };
  const end = { h: signal("eh", B * N), c: signal("ec", B * N) };

  it("is what single steps with resident state give", async () => {
    const cell = await load();
    const { outputs, states } = cell.forward(
      { x },
      { batch: B, states: start },
    );
    const whole = {
      h: copy(outputs.h),
      end: copy(states.h),
      c: copy(states.c),
    };
    const stepper = cell.stepper({ batch: B, states: start });
    for (let round = 0; round < 2; round++) {
      for (let t = 0; t < T; t++) {
        const { h } = stepper.step({
          x: x.subarray(t * B * M, (t + 1) * B * M),
        });
        expectClose(h, whole.h.subarray(t * B * N, (t + 1) * B * N), rounding);
      }
      expectClose(stepper.states.h, whole.end, rounding);
      expectClose(stepper.states.c, whole.c, rounding);
      stepper.reset();
    }
  });

  it("is what its pieces give, forward and backward", async () => {
    const cell = await load();
    const { outputs } = cell.forward({ x }, { batch: B, states: start });
    const h = copy(outputs.h);
    const whole = cell.backward({ outputs: { h: dh }, states: end });
    const [wholeX, wholeH, wholeC] = [
      whole.inputs.x!,
      whole.states.h,
      whole.states.c,
    ].map(copy);
    const grads = copy(cell.grads);

    // Back-propagation in pieces, each continued exactly: states forwards, their cotangents backwards.
    const cut = Math.floor(T / 2);
    const pieces =
      cut === 0
        ? [[0, T]]
        : [
            [0, cut],
            [cut, T],
          ];
    const rows = (
      from: number,
      to: number,
      array: Float64Array,
      width: number,
    ) => array.subarray(from * B * width, to * B * width);
    const starts: { h: Float64Array; c: Float64Array }[] = [];
    let states: { h: Float64Array; c: Float64Array } = start;
    for (const [from, to] of pieces) {
      starts.push({ h: copy(states.h), c: copy(states.c) });
      // The views of the call before go in as they are.
      const piece = cell.forward(
        { x: rows(from!, to!, x, M) },
        { batch: B, states },
      );
      expectClose(piece.outputs.h, rows(from!, to!, h, N), rounding);
      states = piece.states;
    }
    let cotangents: { h: Float64Array; c: Float64Array } = end;
    cell.grads.fill(0);
    for (const [from, to] of pieces.toReversed()) {
      cell.forward(
        { x: rows(from!, to!, x, M) },
        { batch: B, states: starts.pop()! },
      );
      const back = cell.backward(
        { outputs: { h: rows(from!, to!, dh, N) }, states: cotangents },
        { accumulate: true },
      );
      expectClose(back.inputs.x!, rows(from!, to!, wholeX!, M), rounding);
      cotangents = { h: copy(back.states.h), c: copy(back.states.c) };
    }
    expectClose(cotangents.h, wholeH!, rounding);
    expectClose(cotangents.c, wholeC!, rounding);
    expectClose(cell.grads, grads, rounding);
  });

  it("gives the same bits every time, whatever ran in between", async () => {
    const cell = await load();
    const run = () => {
      const { outputs, states } = cell.forward(
        { x },
        { batch: B, states: start },
      );
      const forward = [copy(outputs.h), copy(states.h), copy(states.c)];
      const { inputs, states: back } = cell.backward({ outputs: { h: dh } });
      return [
        ...forward,
        copy(inputs.x!),
        copy(back.h),
        copy(back.c),
        copy(cell.grads),
      ];
    };
    const first = run();
    cell.forward({ x: signal("other", 11 * 2 * M) }, { batch: 2, keep: false });
    cell.stepper().step({ x: signal("step", M) });
    expect(run()).toEqual(first);
  });

  it("leaves finished entries alone", async () => {
    const cell = await load();
    const lengths = Array.from({ length: B }, (_, b) => (b * 4) % (T + 1));
    const result = cell.forward({ x }, { batch: B, states: start, lengths });
    const h = copy(result.outputs.h);
    const final = copy(result.states.h);
    const back = cell.backward({ outputs: { h: dh }, states: end });
    const [dx, dstart, grads] = [
      copy(back.inputs.x!),
      copy(back.states.h),
      copy(cell.grads),
    ];
    const sum = new Float64Array(grads.length);
    for (let b = 0; b < B; b++) {
      const length = lengths[b]!;
      const column = (array: Float64Array, width: number, steps = length) =>
        Float64Array.from(
          Array.from({ length: steps }, (_, t) => [
            ...array.subarray((t * B + b) * width, (t * B + b + 1) * width),
          ]).flat(),
        );
      const own = (array: Float64Array) => array.subarray(b * N, (b + 1) * N);
      const states = { h: own(start.h), c: own(start.c) };
      const rest = column(h, N, T).subarray(length * N);
      expect(rest.every((value) => value === 0)).toBe(true);
      if (length === 0) {
        expect(own(final)).toEqual(states.h);
        expectClose(own(dstart), own(end.h), rounding);
        continue;
      }
      const alone = cell.forward({ x: column(x, M) }, { states });
      expectClose(column(h, N), alone.outputs.h, rounding);
      expectClose(own(final), alone.states.h, rounding);
      const single = cell.backward({
        outputs: { h: column(dh, N) },
        states: { h: own(end.h), c: own(end.c) },
      });
      expectClose(column(dx, M), single.inputs.x!, rounding);
      expectClose(own(dstart), single.states.h, rounding);
      cell.grads.forEach((value, i) => (sum[i]! += value));
    }
    expectClose(grads, sum, rounding);
  });
});

describe("sequences", () => {
  it("in f32 are those in f64, to the precision of f32", async () => {
    const [T, B] = [9, 2];
    const x = signal("x", T * B * M);
    const exact = await load();
    const single = await LSTM.load({ sizes: { M, N }, seed: 3 });
    const a = exact.forward({ x }, { batch: B });
    const b = single.forward({ x }, { batch: B });
    expect(b.outputs.h).toBeInstanceOf(Float32Array);
    expectClose(b.outputs.h, a.outputs.h, 1e-5);
  });

  it("without `keep` are the same, and cannot go backward", async () => {
    const cell = await load();
    const x = signal("x", 4 * M);
    const kept = copy(cell.forward({ x }).outputs.h);
    expect(cell.forward({ x }, { keep: false }).outputs.h).toEqual(kept);
    expect(() => cell.backward({})).toThrow("keep: true");
    cell.forward({ x });
    expect(() => cell.backward({})).not.toThrow();
  });

  it("give no gradient of inputs that nobody wants", async () => {
    const cell = await load();
    cell.forward({ x: signal("x", 4 * M) });
    const states = { h: signal("dh", N) };
    cell.backward({ states });
    const grads = copy(cell.grads);
    expect(cell.backward({ states }, { inputs: false }).inputs).toEqual({});
    expect(cell.grads).toEqual(grads);
  });

  it("add up gradients when asked", async () => {
    const cell = await load();
    cell.forward({ x: signal("x", 4 * M) });
    const states = { c: signal("dc", N) };
    cell.backward({ states });
    const once = copy(cell.grads);
    cell.backward({ states }, { accumulate: true });
    expectClose(
      cell.grads,
      once.map((value) => 2 * value),
      rounding,
    );
    cell.backward({});
    expect(cell.grads.every((value) => value === 0)).toBe(true);
  });

  it("of tokens start from the learned state", async () => {
    const [V, units, T, B] = [11, 3, 5, 2];
    const cell = await CharLSTM.load({
      sizes: { V, N: units },
      precision: "f64",
    });
    cell.param.h_start.set(signal("h", units));
    const k = tokens("k", T * B, V);
    const learned = copy(cell.forward({ k }, { batch: B }).outputs.logits);
    cell.backward({ outputs: { logits: signal("d", T * B * V) } });
    expect(cell.grad.h_start.some((value) => value !== 0)).toBe(true);
    const both = (array: Float64Array) => Float64Array.of(...array, ...array);
    const states = { h: both(cell.param.h_start), c: both(cell.param.c_start) };
    expectClose(
      cell.forward({ k }, { batch: B, states }).outputs.logits,
      learned,
      rounding,
    );
    cell.backward({ outputs: { logits: signal("d", T * B * V) } });
    expect(cell.grad.h_start.every((value) => value === 0)).toBe(true);
  });

  it("with a context, and with several lags, stream as they run", async () => {
    const [T, B] = [5, 2];
    const attention = await BahdanauDecoder.load({
      sizes: { M: 3, N: 4, S: 6, D: 2, A: 5 },
      precision: "f64",
    });
    const context = { m: signal("m", B * 6 * 2) };
    const x = signal("x", T * B * 3);
    const whole = copy(
      attention.forward({ x }, { batch: B, context }).outputs.s,
    );
    const stepper = attention.stepper({ batch: B, context });
    for (let t = 0; t < T; t++)
      expectClose(
        stepper.step({ x: x.subarray(t * B * 3, (t + 1) * B * 3) }).s,
        whole.subarray(t * B * 4, (t + 1) * B * 4),
        rounding,
      );

    const lags = await HigherOrderRNN.load({
      sizes: { M: 2, N: 3 },
      precision: "f64",
    });
    const states = {
      h: signal("1", 3),
      "h@2": signal("2", 3),
      "h@3": signal("3", 3),
    };
    const u = signal("u", T * 2);
    const all = lags.forward({ x: u }, { states });
    const rows = copy(all.outputs.h);
    expect(all.states["h@2"]).toEqual(rows.slice((T - 2) * 3, (T - 1) * 3));
    const steps = lags.stepper({ states });
    for (let t = 0; t < T; t++)
      expectClose(
        steps.step({ x: u.subarray(t * 2, t * 2 + 2) }).h,
        rows.subarray(t * 3, t * 3 + 3),
        rounding,
      );
  });

  it("know the number of their steps", async () => {
    const [T, units] = [6, 8];
    const cell = await ClockworkRNN.load({
      sizes: { M: 2, N: units },
      precision: "f64",
    });
    const x = signal("x", T * 2);
    const whole = copy(cell.forward({ x }).outputs.h);
    const first = cell.forward({ x: x.subarray(0, 6) });
    const rest = cell.forward(
      { x: x.subarray(6) },
      { states: first.states, t0: 3 },
    );
    expectClose(rest.outputs.h, whole.subarray(3 * units), rounding);
    const stepper = cell.stepper();
    for (let t = 0; t < T; t++)
      expectClose(
        stepper.step({ x: x.subarray(2 * t, 2 * t + 2) }).h,
        whole.subarray(t * units, (t + 1) * units),
        rounding,
      );
  });
});

describe("memory", () => {
  it("does not grow from call to call", async () => {
    const cell = await LSTM.load({ sizes: { M: 16, N: 16 } });
    const [T, B] = [20, 8];
    const x = Float32Array.from(signal("x", T * B * 16));
    const outputs = { h: Float32Array.from(signal("dh", T * B * 16)) };
    const options = { batch: B };
    const stepper = cell.stepper();
    const one = x.subarray(0, 16);
    const buffers = () => {
      const { arrayBuffers } = process.memoryUsage();
      return arrayBuffers;
    };
    const turn = () => {
      cell.forward({ x }, options);
      cell.backward({ outputs });
    };
    for (let i = 0; i < 3; i++) turn();
    stepper.step({ x: one });
    stepper.step({ x: one });
    const steps = buffers();
    for (let i = 0; i < 300; i++) stepper.step({ x: one });
    expect(buffers() - steps).toBeLessThanOrEqual(0);
    turn();
    const sequences = buffers();
    for (let i = 0; i < 50; i++) turn();
    expect(buffers() - sequences).toBeLessThanOrEqual(0);
  });
});

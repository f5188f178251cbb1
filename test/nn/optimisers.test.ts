/** Optimisers against PyTorch, step by step, and against the published formulas where PyTorch has others. */
import { describe, expect, it } from "vitest";
import {
  Adam,
  AdamW,
  clipByNorm,
  clipByValue,
  constant,
  cosine,
  EarlyStopping,
  exponential,
  linear,
  norm,
  ParameterAverage,
  piecewise,
  Random,
  RmsProp,
  Sgd,
  warmup,
  WeightNoise,
} from "cellc/nn";
import type { Optimiser } from "cellc/nn";
import { expectClose, fixture } from "./torch.js";

const start = fixture("optimisers/start").values;
const grads = Array.from({ length: 8 }, (_, i) =>
  fixture("optimisers/grads").values.slice(i * 6, (i + 1) * 6),
);

const trained = (optimiser: Optimiser, rate: number): number[] => {
  const params = start.slice();
  return grads.flatMap((gradient) => {
    const before = gradient.slice();
    optimiser.step(params, gradient, rate);
    expect(gradient).toEqual(before);
    return [...params];
  });
};

describe("optimisers", () => {
  it.each<[string, Optimiser, number]>([
    ["sgd", new Sgd(), 0.1],
    ["sgd_decay", new Sgd({ decay: 0.05 }), 0.1],
    ["sgd_momentum", new Sgd({ momentum: 0.9 }), 0.1],
    ["sgd_nesterov", new Sgd({ momentum: 0.9, nesterov: true }), 0.1],
    ["rmsprop", new RmsProp({ decay: 0.95, epsilon: 1e-4 }), 0.01],
    [
      "rmsprop_centered",
      new RmsProp({
        decay: 0.95,
        epsilon: 1e-4,
        centered: true,
        momentum: 0.9,
      }),
      0.01,
    ],
    ["adam", new Adam(), 0.01],
    ["adam_decay", new Adam({ betas: [0.8, 0.95], decay: 0.1 }), 0.01],
    ["adamw", new AdamW({ decay: 0.1 }), 0.01],
  ])("%s as PyTorch", (name, optimiser, rate) => {
    expectClose(trained(optimiser, rate), fixture(`optimisers/${name}`).values);
  });

  it("RMSProp of Graves (2013), equations 38 to 41", () => {
    const [n, g, delta] = [0, 0, 0].map(() => new Float64Array(6));
    const w = start.slice();
    const wanted = grads.flatMap((epsilon) => {
      for (let i = 0; i < 6; i++) {
        n![i] = 0.95 * n![i]! + 0.05 * epsilon[i]! ** 2;
        g![i] = 0.95 * g![i]! + 0.05 * epsilon[i]!;
        delta![i] =
          0.9 * delta![i]! -
          (1e-4 * epsilon[i]!) / Math.sqrt(n![i]! - g![i]! ** 2 + 1e-4);
        w[i]! += delta![i]!;
      }
      return [...w];
    });
    const graves = new RmsProp({
      decay: 0.95,
      epsilon: 1e-4,
      place: "inside",
      centered: true,
      momentum: 0.9,
    });
    expectClose(trained(graves, 1e-4), wanted);
  });

  it("belong to one vector", () => {
    const adam = new Adam();
    adam.step(start.slice(), grads[0]!, 1);
    expect(() =>
      adam.step(new Float64Array(2), new Float64Array(2), 1),
    ).toThrow("belongs to 6 parameters, and there are 2");
  });
});

describe("clipping", () => {
  it("by the global norm, as PyTorch", () => {
    const gradient = grads[0]!.slice();
    const length = clipByNorm(gradient, 0.5);
    expectClose([length], fixture("optimisers/norm").values);
    // PyTorch divides by the norm plus 1e-6.
    expectClose(gradient, fixture("optimisers/clipped").values, "", 1e-6);
    const short = grads[0]!.slice();
    clipByNorm(short, length + 1);
    expect(short).toEqual(grads[0]!);
  });

  it.each([
    ["whose squares overflow", [3e200, -4e200], 5e200],
    ["whose norm overflows", [1.6e308, 1.2e308], Infinity],
    ["whose squares vanish", [3e-200, 4e-200], 5e-200],
    [
      "of the smallest numbers",
      [3 * 2 ** -1074, 4 * 2 ** -1074],
      5 * 2 ** -1074,
    ],
    ["of very different numbers", [3e200, 1, 4e200, 1e-300], 5e200],
  ])("of a gradient %s", (_, numbers, length) => {
    const gradient = Float64Array.from(numbers);
    if (length < Infinity) expectClose([norm(gradient) / length], [1]);
    expect(clipByNorm(gradient.slice(), 1)).toBe(norm(gradient));
    const limit = Math.min(length / 4, 1);
    clipByNorm(gradient, limit);
    const largest = Math.max(...numbers.map(Math.abs));
    const scaled = numbers.map((value) => value / largest);
    const root = Math.hypot(...scaled);
    // The smallest numbers of all have no further digits.
    const bound = limit < 1e-300 ? 0.5 : 1e-14;
    expectClose(
      [...gradient].map((value) => value / limit),
      scaled.map((value) => value / root),
      "",
      bound,
    );
  });

  it("of float32 numbers at both ends of their range", () => {
    for (const [numbers, limit] of [
      [[1.8e20, 0], 1],
      [[3e38, 3e38], 1],
      [[3e-38, 4e-38], 1e-38],
    ] as const) {
      const gradient = Float32Array.from(numbers);
      const length = Math.hypot(...gradient);
      expectClose([clipByNorm(gradient, limit) / length], [1]);
      // Float32 rounds the numbers.
      expectClose([Math.hypot(...gradient) / limit], [1], "", 1e-7);
    }
  });

  it.each([
    [[NaN, 1], NaN],
    [[1, Infinity], Infinity],
    [[-Infinity, NaN], NaN],
  ])("leaves %j as it is", (numbers, length) => {
    const gradient = Float64Array.from(numbers);
    expect(clipByNorm(gradient, 1)).toBe(length);
    expect([...gradient]).toEqual(numbers);
  });

  it.each([-1, 0, NaN, "1", null])("refuses %s as a limit", (limit) => {
    const given = limit as number;
    expect(() => clipByNorm(new Float32Array(2), given)).toThrow(
      /^the largest norm is .*; it must be a number above 0$/,
    );
    expect(() => clipByValue(new Float32Array(2), given)).toThrow(
      /^the largest value is .*; it must be a number above 0$/,
    );
  });

  it("has no limit with Infinity", () => {
    const gradient = Float64Array.of(1e300, 3);
    clipByNorm(gradient, Infinity);
    clipByValue(gradient, Infinity);
    expect([...gradient]).toEqual([1e300, 3]);
  });

  it("by value, where what is no number stays none", () => {
    const gradient = Float64Array.of(NaN, -Infinity, Infinity);
    clipByValue(gradient, 2);
    expect([...gradient]).toEqual([NaN, -2, 2]);
  });

  it("by value", () => {
    const gradient = Float64Array.of(-3, -0.2, 0.3, 7);
    clipByValue(gradient, 0.25);
    expect([...gradient]).toEqual([-0.25, -0.2, 0.25, 0.25]);
  });
});

describe("schedules", () => {
  it("have the values of their formulas", () => {
    expect(constant(0.3)(7)).toBe(0.3);
    expect([0, 9, 10, 25].map(exponential(1, 0.5, 10))).toEqual([
      1, 1, 0.5, 0.25,
    ]);
    expect(exponential(1, 0.5, 10, true)(5)).toBeCloseTo(Math.SQRT1_2, 15);
    const half = cosine(2, 10, 1);
    expect([0, 5, 10, 99].map((step) => half(step))).toEqual([2, 1.5, 1, 1]);
    expect([0, 5, 10, 11].map(linear(4, 10, 2))).toEqual([4, 3, 2, 2]);
    const pieces = piecewise([
      [0, 1],
      [3, 0.1],
    ]);
    expect([0, 2, 3, 100].map(pieces)).toEqual([1, 1, 0.1, 0.1]);
    expect([0, 1, 3, 4, 5].map(warmup(4, exponential(1, 0.5)))).toEqual([
      0.25, 0.5, 1, 1, 0.5,
    ]);
  });
});

describe("schedules of no steps", () => {
  it.each([
    ["cosine", cosine(0.3, 0), 0],
    ["cosine to a rate", cosine(0.3, 0, 0.1), 0.1],
    ["linear", linear(0.3, 0), 0],
    ["linear to a rate", linear(0.3, 0, 0.2), 0.2],
    ["warmup", warmup(0, constant(0.3)), 0.3],
    ["warmup before cosine", warmup(0, cosine(0.3, 0, 0.1)), 0.1],
  ] as const)("%s, are at their end", (_, schedule, end) => {
    for (const step of [0, 1, 2, 1e9]) expect(schedule(step)).toBe(end);
  });

  it("behind a warm-up rise to their end", () => {
    expect([0, 1, 2, 3, 4].map(warmup(4, linear(1, 0, 0.4)))).toEqual([
      0.1,
      0.2,
      (0.4 * 3) / 4,
      0.4,
      0.4,
    ]);
  });
});

describe("schedules refuse", () => {
  it.each<readonly [string, () => unknown]>([
    ["constant: rate is -1;", () => constant(-1)],
    ["constant: rate is NaN;", () => constant(NaN)],
    ["exponential: rate is Infinity;", () => exponential(Infinity, 1)],
    ["exponential: factor is -0.5;", () => exponential(1, -0.5)],
    [
      "exponential: every is 0; it must be a number above 0",
      () => exponential(1, 0.5, 0),
    ],
    ["cosine: steps is NaN;", () => cosine(1, NaN)],
    ["cosine: steps is -3;", () => cosine(1, -3)],
    ["cosine: least is -1;", () => cosine(1, 3, -1)],
    ['linear: steps is "9";', () => linear(1, "9" as unknown as number)],
    ["linear: last is NaN;", () => linear(1, 9, NaN)],
    ["warmup: steps is -1;", () => warmup(-1, constant(1))],
    [
      "warmup: the schedule behind it is 0.1: a function is wanted; constant(rate) is one",
      () => warmup(3, 0.1 as unknown as () => number),
    ],
    ["piecewise takes a list of", () => piecewise([])],
    ["piecewise takes a list of", () => piecewise([1, 2] as never)],
    ["piecewise: piece 0 begins at step 5;", () => piecewise([[5, 1]])],
    [
      "piecewise: piece 1 begins at step 0;",
      () =>
        piecewise([
          [0, 1],
          [0, 2],
        ]),
    ],
    ["piecewise: piece 0: rate is NaN;", () => piecewise([[0, NaN]])],
  ])("%s", (message, make) => {
    expect(make).toThrow(message);
  });
});

describe("weight noise", () => {
  it("is fresh, of the given size, and leaves the weights alone", () => {
    const params = new Float64Array(20_001).fill(3);
    const noise = new WeightNoise(0.075);
    const random = new Random(1);
    const once = Float64Array.from(noise.around(params, random));
    const again = noise.around(params, random);
    expect(again).not.toEqual(once);
    expect(params.every((value) => value === 3)).toBe(true);
    const mean = once.reduce((a, b) => a + b) / once.length;
    const variance =
      once.reduce((sum, value) => sum + (value - 3) ** 2, 0) / once.length;
    // Four standard errors of the mean and of the variance.
    expect(Math.abs(mean - 3)).toBeLessThan((4 * 0.075) / Math.sqrt(20_001));
    expect(Math.abs(variance / 0.075 ** 2 - 1)).toBeLessThan(
      4 * Math.sqrt(2 / 20_001),
    );
  });
});

describe("an average of the parameters", () => {
  it("weighs the latest most", () => {
    const average = new ParameterAverage(0.6);
    const params = new Float64Array(1);
    expect(average.mean(params)).toBe(params);
    const seen: number[] = [];
    const random = new Random(1);
    for (let n = 0; n < 40; n++) {
      params[0] = random.uniform();
      seen.push(params[0]);
      average.observe(params);
    }
    // What update n keeps: n / (n + 10) up to the fifteenth, then 0.6.
    const keep = seen.map((_, n) => Math.min(0.6, n / (n + 10)));
    const expected = seen.reduce(
      (sum, value, n) =>
        sum +
        value *
          (1 - keep[n]!) *
          keep.slice(n + 1).reduce((product, factor) => product * factor, 1),
      0,
    );
    expect(average.mean(params)[0]).toBeCloseTo(expected, 12);
    expect(params[0]).toBe(seen.at(-1));
  });

  it("goes on where it was saved, and takes no other snapshot", () => {
    const average = new ParameterAverage(0.9);
    const params = Float32Array.of(1, 2);
    average.observe(params);
    const other = new ParameterAverage(0.9);
    other.restore(average.save());
    params.set([3, -5]);
    average.observe(params);
    other.observe(params);
    expect(other.save()).toEqual(average.save());
    expect(() => other.restore({ tensors: {}, numbers: {} })).toThrow(
      "an average: updates is missing",
    );
    expect(() =>
      other.restore({ tensors: {}, numbers: { updates: 3 } }),
    ).toThrow("after 3 updates there is no mean");
    expect(other.save()).toEqual(average.save());
    other.restore(new ParameterAverage(0.9).save());
    expect(other.mean(params)).toBe(params);
  });

  it("keeps less than all", () => {
    expect(() => new ParameterAverage(1)).toThrow("0 ≤ keep < 1");
  });
});

describe("early stopping", () => {
  it("waits, remembers the best, and gives it back", () => {
    const stopping = new EarlyStopping(2);
    const params = Float64Array.of(0);
    const seen = [5, 3, 4, 3.5, 9].map((loss, i) => {
      params[0] = i;
      return [stopping.observe(loss, params), stopping.stopped];
    });
    expect(seen).toEqual([
      [true, false],
      [true, false],
      [false, false],
      [false, true],
      [false, true],
    ]);
    expect(stopping.best).toBe(3);
    stopping.recall(params);
    expect(params[0]).toBe(1);
  });

  it("counts what is no number as no better", () => {
    const stopping = new EarlyStopping(1);
    expect(stopping.observe(NaN, Float64Array.of(1))).toBe(false);
    expect(stopping.stopped).toBe(true);
  });
});

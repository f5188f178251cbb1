/** Random numbers: what a seed is, and what can be drawn from. */
import { describe, expect, it } from "vitest";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { loadLayer, Model, Random, Stack } from "cellc/nn";
import { Affine } from "../../generated/affine.js";
import { loading } from "./check.js";

const first = (seed: number): number => new Random(seed).uniform();

describe("a seed", () => {
  it("of more than 32 bits gives numbers of its own", () => {
    const seeds = [-1, 2 ** 31, 2 ** 32 - 1].flatMap((seed) => [
      seed,
      seed + 2 ** 32,
      seed - 2 ** 32,
      seed + 2 ** 52,
      -seed - 5,
    ]);
    seeds.push(
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
      1,
      2 ** 32 + 1,
    );
    expect(new Set(seeds.map(first)).size).toBe(new Set(seeds).size);
  });

  it.each([0, 1, -1, 2 ** 31 - 1, -(2 ** 31)])(
    "%i gives the numbers that it always gave",
    (seed) => {
      const generator = xoroshiro128plus(seed);
      for (let i = 0; i < 64; i++) generator.next();
      expect(first(seed)).toBe((generator.next() >>> 0) / 2 ** 32);
    },
  );

  it.each([1.5, NaN, Infinity, 2 ** 53, "1"])("is not %s", (seed) => {
    expect(() => new Random(seed as number)).toThrow(
      /^the seed of Random is .*; it must be a whole number/,
    );
  });

  it("of a model reaches all of its cells, however large", async () => {
    const affine = () =>
      loadLayer(Affine, { ...loading, sizes: { M: 2, K: 2 } });
    const weights = async (seed: number) => {
      const model = new Model(
        new Stack([await affine(), await affine()]),
        seed,
      );
      return ["0.W", "1.W"].map((name) => {
        const key = Object.keys(model.param).find((own) =>
          own.startsWith(name),
        );
        return model.param[key!]![0]!;
      });
    };
    const all: number[] = [];
    // The time in milliseconds is a seed that people take.
    for (const seed of [1, 2 ** 32 + 1, 1_764_000_000_000, 2 ** 53 - 1])
      all.push(...(await weights(seed)));
    expect(new Set(all).size).toBe(all.length);
  });
});

describe("a draw", () => {
  const random = new Random(1);

  it.each<readonly [readonly number[], number]>([
    [[1, 5, 2], 1],
    [[5, 5, 2], 0],
    [[-Infinity, -3, -Infinity], 1],
    [[1, Infinity, Infinity], 1],
    [[7], 0],
  ])(
    "at temperature 0 from %j is the first of the largest",
    (logits, index) => {
      expect(random.draw(logits, 0)).toBe(index);
      expect(random.draw(Float32Array.from(logits), 0)).toBe(index);
    },
  );

  it("close to temperature 0 is one of the largest", () => {
    const seen = new Set(
      Array.from({ length: 200 }, () => random.draw([3, 7, 7, 1], 1e-320)),
    );
    expect([...seen].sort()).toEqual([1, 2]);
  });

  it("never is what has no probability", () => {
    const logits = [-Infinity, 2, 1, -Infinity];
    for (const temperature of [1e-3, 1, 1e6])
      for (let i = 0; i < 500; i++)
        expect([1, 2]).toContain(random.draw(logits, temperature));
  });

  it("is from infinite logits alone where there are any", () => {
    const seen = new Set(
      Array.from({ length: 200 }, () =>
        random.draw([Infinity, 1e300, Infinity, -Infinity]),
      ),
    );
    expect([...seen].sort()).toEqual([0, 2]);
  });

  it.each<readonly [ArrayLike<number>, number, string]>([
    [[], 1, "there are no logits to draw from"],
    [new Float32Array(0), 0, "there are no logits to draw from"],
    [[1, NaN, 2], 1, "logit 1 is NaN: numbers are wanted"],
    [[NaN, 1], 0, "logit 0 is NaN"],
    [[-Infinity, -Infinity], 0, "all 2 logits are -Infinity"],
    [[-Infinity], 1, "all 1 logits are -Infinity"],
    [[1, 2], -1, "the temperature is -1; it must be a number from 0 on"],
    [[1, 2], NaN, "the temperature is NaN"],
    [[1, 2], Infinity, "the temperature is Infinity"],
  ])("from %j at %d is an error", (logits, temperature, message) => {
    expect(() => random.draw(logits, temperature)).toThrow(message);
  });

  it.each([0, -1, 1.5, NaN, 2 ** 33])("below %d is an error", (below) => {
    expect(() => random.integer(below)).toThrow("what integer draws below");
  });

  it("of normal numbers has a standard deviation", () => {
    expect(() => random.fillNormal(new Float32Array(2), NaN)).toThrow(
      "the standard deviation of fillNormal is NaN",
    );
  });
});

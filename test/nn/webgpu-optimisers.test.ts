/** Optimisers, clipping and noise on a device against the host's in float64, which are tested against PyTorch. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as host from "cellc/nn";
import * as gpu from "cellc/nn/webgpu";
import type { GpuTensor } from "cellc/runtime";
import { GpuMemory } from "../../src/nn/webgpu/device/memory.js";
import { found } from "../../src/nn/webgpu/device/norm-kernels.js";
import { joined, normOf } from "../../src/nn/webgpu/device/norm.js";
import { openTestDevice } from "../backends/gpu.js";
import type { TestDevice } from "../backends/gpu.js";
import { relativeDifference } from "../specs/settings.js";
import { describeWebgpu } from "../webgpu/support.js";
import { randomArray } from "./check.js";

/** More than a workgroup, and prime. */
const length = 1009;
const steps = 8;

/** Numbers that float32 holds exactly, so that both sides begin with the same. */
const exact = (count: number, seed: number): Float64Array =>
  Float64Array.from(new Float32Array(randomArray(count, seed)));

const start = exact(length, 1);
const grads = Array.from({ length: steps }, (_, i) => exact(length, 10 + i));

/**
 * Float32 rounds each of the steps to 6e-8 of the parameters, and WGSL's division and square root to a few units of
 * that of a step.
 */
const tolerance = 1e-6;

const cases: readonly (readonly [
  name: string,
  here: () => host.Optimiser,
  there: () => gpu.Optimiser,
  rate: number,
])[] = [
  ["Sgd", () => new host.Sgd(), () => new gpu.Sgd(), 0.1],
  [
    "Sgd with decay",
    () => new host.Sgd({ decay: 0.05 }),
    () => new gpu.Sgd({ decay: 0.05 }),
    0.1,
  ],
  ...[false, true].map(
    (nesterov) =>
      [
        `Sgd with ${nesterov ? "Nesterov's " : ""}momentum`,
        () => new host.Sgd({ momentum: 0.9, nesterov, decay: 0.01 }),
        () => new gpu.Sgd({ momentum: 0.9, nesterov, decay: 0.01 }),
        0.1,
      ] as const,
  ),
  ["RmsProp", () => new host.RmsProp(), () => new gpu.RmsProp(), 0.01],
  ...[false, true].map((centered) => {
    const options = {
      decay: 0.95,
      epsilon: 1e-4,
      place: "inside",
      momentum: 0.9,
      centered,
    } as const;
    return [
      `RmsProp of Graves${centered ? "" : ", not centered"}`,
      () => new host.RmsProp(options),
      () => new gpu.RmsProp(options),
      1e-2,
    ] as const;
  }),
  ["Adam", () => new host.Adam(), () => new gpu.Adam(), 0.01],
  [
    "Adam with decay",
    () => new host.Adam({ betas: [0.8, 0.95], decay: 0.1 }),
    () => new gpu.Adam({ betas: [0.8, 0.95], decay: 0.1 }),
    0.01,
  ],
  [
    "AdamW",
    () => new host.AdamW({ decay: 0.1 }),
    () => new gpu.AdamW({ decay: 0.1 }),
    0.01,
  ],
];

describeWebgpu("on a device", () => {
  let test: TestDevice;
  beforeAll(async () => {
    test = await openTestDevice();
  });
  afterAll(() => {
    expect(test.problems).toEqual([]);
    test.device.destroy();
  });

  const tensor = (numbers: ArrayLike<number>): GpuTensor =>
    new GpuMemory("test").fill(test.device, [numbers.length], numbers);

  const expectNear = async (
    actual: GpuTensor,
    expected: ArrayLike<number>,
    most = tolerance,
  ): Promise<void> =>
    expect(
      relativeDifference(await actual.read(), expected),
    ).toBeLessThanOrEqual(most);

  describe.each(cases)("%s", (_, makeHere, makeThere, rate) => {
    it("makes the host's steps", async () => {
      const [here, there] = [makeHere(), makeThere()];
      const wanted = start.slice();
      const params = tensor(start);
      for (const [i, numbers] of grads.entries()) {
        const gradient = tensor(numbers);
        // Another rate each time, as a schedule has it.
        here.step(wanted, numbers, rate / (i + 1));
        there.step(params, gradient, rate / (i + 1));
        await expectNear(params, wanted);
        expect(await gradient.read()).toEqual(new Float32Array(numbers));
      }
      there.dispose();
    });

    it("goes on from the host's snapshot, and the host from its own", async () => {
      const [one, two] = [makeHere(), makeHere()];
      const there = makeThere();
      const wanted = start.slice();
      for (const numbers of grads.slice(0, 3)) one.step(wanted, numbers, rate);
      there.restore(one.save());
      expect((await there.save()).numbers).toEqual(one.save().numbers);
      const params = tensor(wanted);
      for (const numbers of grads.slice(3, 6)) {
        one.step(wanted, numbers, rate);
        there.step(params, tensor(numbers), rate);
      }
      await expectNear(params, wanted);
      two.restore(await there.save());
      const again = Float64Array.from(await params.read());
      for (const numbers of grads.slice(6)) {
        one.step(wanted, numbers, rate);
        two.step(again, numbers, rate);
      }
      expect(relativeDifference(again, wanted)).toBeLessThanOrEqual(tolerance);
      there.dispose();
    });
  });

  it("an optimiser belongs to one vector, and begins anew after an empty snapshot", async () => {
    const adam = new gpu.Adam();
    adam.step(tensor(start), tensor(grads[0]!), 1);
    expect(() => adam.step(tensor([1, 2]), tensor([1, 2]), 1)).toThrow(
      `belongs to ${length} parameters, and there are 2`,
    );
    adam.restore(new host.Adam().save());
    const [params, wanted] = [tensor(start), start.slice()];
    adam.step(params, tensor(grads[0]!), 0.01);
    new host.Adam().step(wanted, grads[0]!, 0.01);
    await expectNear(params, wanted);
    adam.dispose();
  });

  it("an optimiser does not change devices", async () => {
    const adam = new gpu.Adam();
    adam.step(tensor(start), tensor(grads[0]!), 1);
    const { device } = await openTestDevice();
    const there = () => new GpuMemory("test").fill(device, [length], start);
    expect(() => adam.step(there(), there(), 1)).toThrow(
      "mean of an optimiser lies on another device",
    );
    device.destroy();
  });

  describe.each([1, 7, length, 300_007])(
    "a gradient of %i numbers",
    (count) => {
      const gradient = exact(count, 5);
      const clipping = new gpu.Clipping();
      const norm = host.norm(gradient);

      it.each([0.5, 2])("is clipped at %d times its norm", async (times) => {
        const given = tensor(gradient);
        const before = clipping.byNorm(given, times * norm);
        await expectNear(before, [norm]);
        const wanted = gradient.slice();
        host.clipByNorm(wanted, times * norm);
        // A short one stays as it is, to the bit.
        await expectNear(given, wanted, times > 1 ? 0 : tolerance);
      });

      it("is measured alone", async () => {
        const given = tensor(gradient);
        await expectNear(clipping.byNorm(given, Infinity), [norm]);
        await expectNear(given, gradient, 0);
      });

      it("has the same norm, bit for bit, each time", async () => {
        const given = tensor(gradient);
        const once = await clipping.byNorm(given, Infinity).read();
        const again = await clipping.byNorm(given, Infinity).read();
        expect(again).toEqual(once);
      });

      it("is clipped by value", async () => {
        const given = tensor(gradient);
        clipping.byValue(given, 0.25);
        const wanted = gradient.slice();
        host.clipByValue(wanted, 0.25);
        await expectNear(given, wanted, 0);
      });
    },
  );

  describe("a gradient at the ends of float32", () => {
    const clipping = new gpu.Clipping();
    const first = [1.8e20, 0];
    /** 300,007 numbers, so that pieces of many scales are joined. */
    const many = Float32Array.from(
      { length: 300_007 },
      (_, i) => (i % 3 === 0 ? -1 : 1) * 2 ** ((i % 220) - 110),
    );
    it.each<readonly [string, ArrayLike<number>, number]>([
      ["whose squares overflow", first, 1],
      ["whose norm overflows", [3e38, 3e38, -3e38], 1],
      ["whose norm overflows, to a large limit", [3e38, 3e38], 2e38],
      ["whose norm overflows, to a tiny limit", [3e38, 3e38], 1e-30],
      ["whose squares vanish", [3e-30, 4e-30], 1e-30],
      ["of the smallest normal numbers", [3e-38, 4e-38], 4e-38],
      ["whose squares vanish, to a limit beyond", [3e-30, 4e-30], 1e38],
      ["of many sizes", many, 1],
      ["of many sizes, to a large limit", many, 1e30],
      ["of zeros", [0, 0, 0], 1],
    ])("%s", async (_, numbers, limit) => {
      const given = tensor(numbers);
      const before = Float64Array.from(Float32Array.from(numbers));
      const measure = clipping.measure(given, limit);
      const wanted = before.slice();
      const length = host.clipByNorm(wanted, limit);
      const measured = normOf(await measure.read());
      expect(Math.abs(measured - length)).toBeLessThanOrEqual(
        tolerance * length,
      );
      const clipped = await given.read();
      // Numbers below the normal ones may be zero on a device.
      const unit = Math.min(limit, length) || 1;
      expect(
        relativeDifference(
          Array.from(clipped, (value) => value / unit),
          wanted.map((value) => value / unit),
        ),
      ).toBeLessThanOrEqual(tolerance);
    });

    it.each([
      [[1, NaN, 2], NaN],
      [[1, 2, -Infinity], Infinity],
      [[Infinity, NaN], NaN],
    ])("leaves %j as it is", async (numbers, length) => {
      const given = tensor(numbers);
      expect([...(await clipping.byNorm(given, 1).read())]).toEqual([length]);
      expect([...(await given.read())]).toEqual(numbers);
    });

    it("knows the first number that is not finite", async () => {
      const numbers = new Float32Array(300_007).fill(1);
      for (const at of [299_999, 70_001, 70_002]) {
        numbers[at] = at % 2 === 0 ? Infinity : NaN;
        const all = await clipping.measure(tensor(numbers), 1).read();
        expect(joined(all, found.first)).toBe(
          numbers.findIndex((x) => x !== 1),
        );
        expect(all[found.finite]).toBe(0);
      }
    });

    it("is cut by value, where what is no number stays none", async () => {
      const given = tensor([NaN, Infinity, -Infinity, 2, -0.5]);
      clipping.byValue(given, 1);
      expect([...(await given.read())]).toEqual([NaN, 1, -1, 1, -0.5]);
      clipping.byValue(given, Infinity);
      expect([...(await given.read())]).toEqual([NaN, 1, -1, 1, -0.5]);
    });

    it.each([-1, 0, NaN, "1"])("is not clipped at %s", (limit) => {
      const given = tensor([1]);
      expect(() => clipping.byNorm(given, limit as number)).toThrow(
        /^the largest norm is .*; it must be a number above 0$/,
      );
      expect(() => clipping.byValue(given, limit as number)).toThrow(
        /^the largest value is .*; it must be a number above 0$/,
      );
    });
  });

  it("draws the host's noise", async () => {
    const [here, there] = [new host.Random(3), new host.Random(3)];
    const wanted = new host.WeightNoise(0.075).around(start, here);
    const noise = new gpu.WeightNoise(0.075);
    const params = tensor(start);
    await expectNear(noise.around(params, there), wanted);
    await expectNear(params, start, 0);
    expect(there.uniform()).toBe(here.uniform());
    noise.dispose();
  });

  it("averages parameters, through the host's snapshot and back", async () => {
    const here = new host.ParameterAverage(0.6);
    let there = new gpu.ParameterAverage(0.6);
    const memory = new GpuMemory("test");
    const seen = Array.from({ length: 12 }, (_, i) => exact(length, 40 + i));
    const first = tensor(seen[0]!);
    expect(there.mean(first)).toBe(first);
    for (const [i, params] of seen.entries()) {
      here.observe(params);
      there.observe(memory.fill(test.device, [length], params));
      if (i !== 5) continue;
      const between = new host.ParameterAverage(0.6);
      between.restore(await there.save());
      there.dispose();
      there = new gpu.ParameterAverage(0.6);
      there.restore(between.save());
    }
    await expectNear(there.mean(first), here.mean(seen[0]!));
    expect((await there.save()).numbers).toEqual(here.save().numbers);
    there.restore(new host.ParameterAverage(0.6).save());
    expect(there.mean(first)).toBe(first);
    there.dispose();
  });

  it("remembers the best parameters", async () => {
    const stopping = new gpu.EarlyStopping(2);
    const params = tensor([0, 0]);
    const seen: (readonly boolean[])[] = [];
    const memory = new GpuMemory("test");
    for (const [i, loss] of [5, 3, 4, 3.5].entries()) {
      const now = memory.fill(test.device, [2], [i, -i]);
      seen.push([stopping.observe(loss, now), stopping.stopped]);
    }
    expect(seen).toEqual([
      [true, false],
      [true, false],
      [false, false],
      [false, true],
    ]);
    expect(stopping.best).toBe(3);
    stopping.recall(params);
    expect([...(await params.read())]).toEqual([1, -1]);
    // Through the host's snapshot and back.
    const here = new host.EarlyStopping(2);
    here.restore(await stopping.save());
    expect([here.best, here.stopped]).toEqual([3, true]);
    const again = new gpu.EarlyStopping(2);
    again.restore(here.save());
    const other = tensor([7, 7]);
    again.recall(other);
    expect([...(await other.read())]).toEqual([1, -1]);
    expect([again.best, again.stopped]).toEqual([3, true]);
    again.restore(new host.EarlyStopping(2).save());
    expect([again.best, again.stopped]).toEqual([Infinity, false]);
  });
});

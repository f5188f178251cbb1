/** Bidirectional layers whose sides have steps of their own: nothing of those is turned around, however many there are. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as host from "cellc/nn";
import type { Layer, Merge, Sequence } from "cellc/nn";
import { GRU } from "../../generated/gru.js";
import { LSTM } from "../../generated/lstm.js";
import { openTestDevice } from "../backends/gpu.js";
import type { TestDevice } from "../backends/gpu.js";
import { describeWebgpu } from "../webgpu/support.js";
import { expectModelGradients, randomArray } from "./check.js";
import {
  buildOnDevice,
  buildOnHost,
  expectClose,
  expectSame,
} from "./webgpu.js";
import type { Build } from "./webgpu.js";
import type * as gpu from "cellc/nn/webgpu";

const [M, N, B] = [2, 3, 3];
const lengths = [3, 1, 2];

const input = (padded: boolean): Sequence<Float64Array> =>
  host.sequence(
    randomArray(3 * B * M, 1),
    { batch: B, width: M },
    padded ? lengths : undefined,
  );

/** One side: an LSTM that sums up the sequence, what follows behind, and the same steps again where there are any. */
const side = async (
  [nn, load, cell]: Parameters<Build<host.Model>>,
  repeats: number | undefined,
  behind: boolean,
): Promise<Layer> => {
  const rnn = await nn.loadLayer(cell(LSTM), { ...load, sizes: { M, N } });
  const layers: Layer[] = [rnn, new nn.LastStep()];
  if (repeats !== undefined) layers.push(new nn.Repeat(repeats));
  if (behind)
    layers.push(await nn.loadLayer(cell(GRU), { ...load, sizes: { M: N, N } }));
  return new nn.Stack(layers);
};

const both =
  (
    repeats: number | undefined,
    merge: Merge,
    behind = false,
  ): Build<host.Model> =>
  async (...place) => {
    const [nn] = place;
    return new nn.Model(
      new nn.Bidirectional(
        await side(place, repeats, behind),
        await side(place, repeats, behind),
        merge,
      ),
      1,
    );
  };

/** Steps of the input beside repeated ends of it. */
const mixed: Build<host.Model> = async (...place) => {
  const [nn, load, cell] = place;
  const rnn = await nn.loadLayer(cell(LSTM), { ...load, sizes: { M, N } });
  return new nn.Model(
    new nn.Bidirectional(rnn, await side(place, 3, false)),
    1,
  );
};

const repeated = (values: ArrayLike<number>, times: number): number[] =>
  Array.from({ length: times }, () => Array.from(values)).flat();

describe("a bidirectional layer whose sides repeat their ends", () => {
  for (const merge of ["concat", "sum"] as const)
    it.each([2, 3, 4])(`%i times for three steps, ${merge}`, async (times) => {
      for (const padded of [true, false]) {
        const ends = await buildOnHost(both(undefined, merge));
        const model = await buildOnHost(both(times, merge));
        const wanted = repeated(ends.forward(input(padded)).values, times);
        const output = model.forward(input(padded));
        expect([...output.values]).toEqual(wanted);
        expect(output.lengths).toBeUndefined();
        expectModelGradients(model, input(padded));
      }
    });

  it("gives each step of a layer behind them as with any other number", async () => {
    // The first three of four steps are those of three: nothing is read from the end.
    const [three, four] = await Promise.all(
      [3, 4].map((times) => buildOnHost(both(times, "concat", true))),
    );
    const values = [...four!.forward(input(true)).values];
    expect([...three!.forward(input(true)).values]).toEqual(
      values.slice(0, (3 * values.length) / 4),
    );
    expectModelGradients(three!, input(true));
  });

  it("ends them with each entry beside steps of the input", async () => {
    const model = await buildOnHost(mixed);
    const ends = await buildOnHost(both(undefined, "concat"));
    const last = ends.forward(input(true)).values;
    const { values, lengths: kept } = model.forward(input(true));
    expect(kept).toEqual(Int32Array.from(lengths));
    for (let t = 0; t < 3; t++)
      for (let b = 0; b < B; b++)
        for (let i = 0; i < N; i++)
          expect(values[(t * B + b) * 2 * N + N + i]).toBe(
            t < lengths[b]! ? last[b * 2 * N + N + i] : 0,
          );
    expectModelGradients(model, input(true));
  });

  it("adds up no tokens", async () => {
    const layer = new host.Bidirectional(
      new host.LastStep(),
      new host.LastStep(),
      "sum",
    );
    const tokens = host.sequence(Int32Array.of(1, 2), { batch: 1 });
    const pass = { random: undefined, keep: true, t0: 0 };
    expect(() => layer.forward(tokens, pass)).toThrow(
      "tokens cannot be added up",
    );
  });

  it("takes a layer that does not say for one that keeps its steps", async () => {
    const copies = (keepsSteps?: boolean): Layer => ({
      parts: {},
      ...(keepsSteps === undefined ? {} : { keepsSteps }),
      forward: (sequence) => sequence,
      backward: (gradient) => gradient,
    });
    const pass = { random: undefined, keep: true, t0: 0 };
    const rightHalf = (keepsSteps?: boolean): number[] => {
      const layer = new host.Bidirectional(copies(), copies(keepsSteps));
      const { values } = layer.forward(
        host.sequence(Float64Array.of(1, 2, 3), { batch: 1 }),
        pass,
      );
      return [1, 3, 5].map((i) => values[i]!);
    };
    expect(rightHalf()).toEqual([1, 2, 3]);
    expect(rightHalf(true)).toEqual([1, 2, 3]);
    expect(rightHalf(false)).toEqual([3, 2, 1]);
  });
});

describeWebgpu("on a device", () => {
  let test: TestDevice;
  beforeAll(async () => {
    test = await openTestDevice();
  });
  afterAll(() => {
    expect(test.problems).toEqual([]);
    test.device.destroy();
  });

  it.each([
    ["repeated ends", both(3, "concat")],
    ["repeated ends, added up", both(3, "sum")],
    ["a layer behind them", both(3, "concat", true)],
    ["beside steps of the input", mixed],
  ] as const)("%s", async (_, build) => {
    await expectSame(test.device, build, input(true));
    await expectSame(test.device, build, input(false));
  });

  it("repeats both ends for all steps", async () => {
    const ends = await buildOnDevice<gpu.Model>(
      both(undefined, "concat"),
      test.device,
    );
    const model = await buildOnDevice<gpu.Model>(
      both(3, "concat"),
      test.device,
    );
    const last = await (await ends.forward(input(true))).values.read();
    const found = await (await model.forward(input(true))).values.read();
    expectClose({ found }, { found: repeated(last, 3) }, "", 0);
  });
});

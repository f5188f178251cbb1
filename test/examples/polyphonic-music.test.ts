/** Polyphonic music at toy size: the training, its files, the table, the units for a budget. */
import { EventEmitter } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { fromRoll, keys, Random, sequence, toRoll } from "cellc/nn";
import { readMidi, writeMidi } from "cellc/nn/media";
import type { CellModule } from "cellc/runtime";
import { UserError } from "../../examples/common/command.js";
import { makeNet } from "../../examples/common/make-net.js";
import type { Net } from "../../examples/common/net.js";
import { makeGpuNet } from "../../examples/common/on-gpu.js";
import { makeHostNet } from "../../examples/common/on-host.js";
import { writePlot } from "../../examples/common/plot.js";
import type { MusicCells } from "../../examples/polyphonic-music/model.js";
import { makeChorales } from "../../examples/polyphonic-music/chorales.js";
import {
  importMusicCells,
  planMusicModel,
} from "../../examples/polyphonic-music/model.js";
import {
  cut,
  makeBatch,
  readDataSet,
  wholePieces,
} from "../../examples/polyphonic-music/music.js";
import { curves, table } from "../../examples/polyphonic-music/report.js";
import { sample } from "../../examples/polyphonic-music/sample.js";
import {
  compose,
  cutTargets,
  loadTeacher,
  softTargets,
} from "../../examples/polyphonic-music/teacher.js";
import { schedules, train } from "../../examples/polyphonic-music/train.js";
import type { Point } from "../../examples/polyphonic-music/train.js";
import { solveUnits } from "../../examples/polyphonic-music/units.js";
import { ChungLSTM } from "../../generated/chung-lstm.js";
import { ElmanTanh } from "../../generated/elman-tanh.js";
import { GRU } from "../../generated/gru.js";
import { LSTMProjection } from "../../generated/lstm-projection.js";
import { MinGRU } from "../../generated/min-gru.js";
import { temporaryFolder } from "../temporary-folder.js";
import { describeWebgpu } from "../webgpu/support.js";

const folder = temporaryFolder("music");
const chorales = makeChorales(1);
const small = {
  name: "few",
  train: chorales.train.slice(0, 12),
  valid: chorales.valid.slice(0, 4),
  test: chorales.test.slice(0, 4),
};
const [gru, tanh, lstm] = await importMusicCells([
  "GRU",
  "ElmanTanh",
  "VanillaLSTM",
]);

/** A net of a few units on the host. */
const toy = (
  cells: MusicCells,
  units: number,
  backend: "ts" | "wasm" = "wasm",
) => makeHostNet(planMusicModel(cells, units, 1), { backend });

const options = {
  seed: 1,
  rate: 2e-2,
  schedule: "constant",
  momentum: 0.5,
  epsilon: 1e-4,
  noise: 0.02,
  average: 0,
  batch: 4,
  steps: 16,
  epochs: 6,
  patience: 9,
} as const;

it("trains, samples and reports, and goes on where it was stopped", async () => {
  const fresh = () => toy(gru!, 12);
  const whole = await fresh();
  const result = (await train(whole, small, options))!;
  expect(result.curve.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6]);
  // 88 · log 2 = 61 at the start; notes that sound in one step of twenty each: 88 · 0.2 = 17.
  expect(result.curve[0]!.train).toBeLessThan(61);
  expect(result.test).toBeLessThan(17);
  expect(Math.min(...result.curve.map(({ valid }) => valid))).toBeCloseTo(
    result.valid,
    5,
  );

  const checkpoint = join(folder, "few.checkpoint");
  const signals = new EventEmitter();
  const stopped = await train(await fresh(), small, options, {
    checkpoint,
    signals,
    onEpoch: ({ epoch }) => {
      if (epoch === 2) signals.emit("SIGINT");
    },
  });
  expect(stopped).toBeUndefined();
  expect(existsSync(checkpoint)).toBe(true);
  const rest = await fresh();
  const gone = (await train(rest, small, options, { checkpoint }))!;
  expect(existsSync(checkpoint)).toBe(false);
  expect(rest.model.params).toEqual(whole.model.params);
  expect(gone.test).toBe(result.test);
  expect(gone.curve.map(({ valid }) => valid)).toEqual(
    result.curve.map(({ valid }) => valid),
  );

  const [music] = await sample(whole, 1, 30, new Random(1));
  expect(music!.length).toBe(30);
  const read = readMidi(writeMidi(music!), "sample.mid");
  // Silence at the end is not in a MIDI file.
  expect(music!.slice(0, read.length)).toEqual(read);

  const run = { set: "jsb-chorales", cell: "GRU", units: 46, parameters: 9 };
  const finished = [1, 2].map((seed) => ({
    ...run,
    ...result,
    seed,
    test: 8 + seed,
  }));
  expect(table(finished)).toContain("| 9.50 ± 0.71 | 8.54 |");
  const plot = join(folder, "jsb.svg");
  await writePlot(plot, curves("jsb-chorales", finished));
  expect(readFileSync(plot, "utf8")).toMatch(/^<svg[^]*seconds/);
}, 60_000);

describeWebgpu("on a GPU", () => {
  const few = {
    name: "fewer",
    train: small.train.slice(0, 4).map((piece) => piece.slice(0, 12)),
    valid: small.valid.slice(0, 1),
    test: small.test.slice(0, 1),
  };
  const averaged = { ...options, batch: 2, steps: 8, epochs: 4, average: 0.9 };
  let net: Net;
  beforeAll(async () => {
    net = await makeGpuNet(planMusicModel(gru!, 7, 1));
  }, 60_000);
  afterAll(() => net.dispose());

  it("trains as on the host, and goes on there and here where it was stopped", async () => {
    const whole = (await train(await toy(gru!, 7, "ts"), few, averaged))!;
    const checkpoint = join(folder, "moved.checkpoint");
    const stopped = async (net: Net, last: number) => {
      const signals = new EventEmitter();
      const onEpoch = ({ epoch }: Point): void => {
        if (epoch === last) signals.emit("SIGINT");
      };
      const result = await train(net, few, averaged, {
        checkpoint,
        signals,
        onEpoch,
      });
      expect(result).toBeUndefined();
    };
    await stopped(net, 1);
    await stopped(await toy(gru!, 7), 2);
    const gone = (await train(net, few, averaged, { checkpoint }))!;
    // Two roundings of the same numbers, which a few updates drive apart.
    const near = (a: number, b: number) =>
      expect(Math.abs(a / b - 1)).toBeLessThan(1e-4);
    expect(gone.curve.length).toBe(whole.curve.length);
    gone.curve.forEach(({ updates, valid }, i) => {
      expect(updates).toBe(whole.curve[i]!.updates);
      near(valid, whole.curve[i]!.valid);
    });
    near(gone.train, whole.train);
    near(gone.test, whole.test);
    const [music] = await sample(net, 1, 30, new Random(1));
    expect(music!.length).toBe(30);
  }, 120_000);

  it("keeps the parameters that did best", async () => {
    // A rate that throws it off its way.
    const wild = { ...averaged, average: 0, rate: 0.5, patience: 2 };
    const { curve, valid } = (await train(net, few, wild))!;
    const best = Math.min(...curve.map((point) => point.valid));
    expect(valid).toBeCloseTo(best, 5);
    expect(curve.at(-1)!.valid).toBeGreaterThan(best);
  }, 120_000);
});

it("says where there is no GPU", async () => {
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => null } });
  const made = makeNet(planMusicModel(gru!, 7, 1), { backend: "webgpu" });
  await expect(made).rejects.toThrow(UserError);
  await expect(made).rejects.toThrow(/^--backend webgpu: .* no adapter/);
  vi.unstubAllGlobals();
});

it("ends where the loss is no number any more", async () => {
  // So large a step makes infinite parameters of finite ones.
  await expect(
    train(await toy(gru!, 3), small, { ...options, rate: 1e38 }),
  ).rejects.toThrow("the loss is no number after the first epoch");
});

it("keeps what was best before the loss was no number any more", async () => {
  const net = await toy(gru!, 3);
  const study = net.study.bind(net);
  let epoch = 1;
  net.study = (given) => {
    const made = study(given);
    const listen = made.listen.bind(made);
    made.listen = () => {
      const listener = listen();
      const loss = listener.loss.bind(listener);
      listener.loss = async (batch) => {
        const found = await loss(batch);
        return epoch === 3 ? { ...found, sum: NaN } : found;
      };
      return listener;
    };
    return made;
  };
  const result = await train(net, small, options, {
    onEpoch: (point) => (epoch = point.epoch + 1),
  });
  const { curve, diverged } = result!;
  expect([curve.length, diverged]).toEqual([2, 3]);
});

it("lets the rate fall along its schedule", async () => {
  // One batch, so that an epoch is an update; no noise and no momentum, so that an update is in proportion to the rate.
  const one = {
    ...options,
    momentum: 0,
    noise: 0,
    batch: 99,
    steps: 99,
    epochs: 2,
  };
  const second = await Promise.all(
    schedules.map(async (schedule) => {
      const music = await toy(tanh!, 5, "ts");
      const seen: Float32Array[] = [];
      await train(
        music,
        small,
        { ...one, schedule },
        {
          onEpoch: () => seen.push(Float32Array.from(music.model.params)),
        },
      );
      return seen[1]!.map((value, i) => value - seen[0]![i]!);
    }),
  );
  const whole = Math.hypot(...second[0]!);
  const parts = second.map((change) => Math.hypot(...change) / whole);
  // Half way from 1 to 1/100, on the line as on the cosine. Differences of numbers around 1 in f32 keep five digits.
  [1, 0.505, 0.505].forEach((part, i) => expect(parts[i]).toBeCloseTo(part, 4));
});

it("judges and keeps the average of the parameters, also after a stop", async () => {
  const averaged = { ...options, schedule: "cosine", average: 0.95 } as const;
  const fresh = () => toy(gru!, 7);
  const plain = await fresh();
  const whole = await fresh();
  const without = (await train(plain, small, { ...averaged, average: 0 }))!;
  const result = (await train(whole, small, averaged))!;
  // The training itself is the same.
  expect(result.curve.map((point) => point.train)).toEqual(
    without.curve.map((point) => point.train),
  );
  expect(result.valid).not.toBe(without.valid);
  expect(Math.min(...result.curve.map(({ valid }) => valid))).toBeCloseTo(
    result.valid,
    5,
  );

  const checkpoint = join(folder, "averaged.checkpoint");
  const signals = new EventEmitter();
  await train(await fresh(), small, averaged, {
    checkpoint,
    signals,
    onEpoch: ({ epoch }) => {
      if (epoch === 3) signals.emit("SIGINT");
    },
  });
  const rest = await fresh();
  const gone = (await train(rest, small, averaged, { checkpoint }))!;
  expect(gone.test).toBe(result.test);
  expect(rest.model.params).toEqual(whole.model.params);
});

describe("a teacher", () => {
  const few = small.train.slice(0, 5);

  it("mixes what it holds for likely into the notes", async () => {
    const net = await toy(gru!, 6, "ts");
    const trust = 0.3;
    const soft = await softTargets({ net, trust }, few);
    // Step by step, with the states by hand.
    few.forEach((piece, p) => {
      let states = {};
      let before: readonly number[] = [];
      piece.forEach((notes, t) => {
        const input = sequence(toRoll([before]), { batch: 1, width: keys });
        const { values } = net.model.forward(input, { states });
        states = structuredClone(net.model.finalStates());
        const roll = toRoll([notes]);
        for (let i = 0; i < keys; i++) {
          const likely = 1 / (1 + Math.exp(-values[i]!));
          // Both round to f32.
          expect(soft[p]![t * keys + i]).toBeCloseTo(
            trust * likely + (1 - trust) * roll[i]!,
            6,
          );
        }
        before = notes;
      });
    });
    expect(cutTargets(soft, 7).map(({ length }) => length / keys)).toEqual(
      cut(few, 7).map(({ length }) => length),
    );
    expect(
      Float32Array.from(cutTargets(soft, 7).flatMap((a) => [...a])),
    ).toEqual(Float32Array.from(soft.flatMap((a) => [...a])));
  });

  it("writes music to learn from", async () => {
    const net = await toy(gru!, 6, "ts");
    const teacher = { net, trust: 1, composed: 251 };
    const pieces = await compose(teacher, 5, new Random(2));
    expect(pieces.map(({ length }) => length)).toEqual(Array(251).fill(5));
    expect(await compose(teacher, 5, new Random(2))).toEqual(pieces);
    // An untrained net gives every note about one half: 251 · 5 · 88 of them, five standard errors.
    const soft = await softTargets(teacher, pieces);
    const mean = (values: number[]) =>
      values.reduce((a, b) => a + b, 0) / values.length;
    const [likely, sounding] = [soft, pieces.map((piece) => toRoll(piece))].map(
      (all) => mean(all.map((numbers) => mean([...numbers]))),
    );
    expect(Math.abs(sounding! - likely!)).toBeLessThan(
      (5 * 0.5) / Math.sqrt(251 * 5 * keys),
    );

    const student = await toy(tanh!, 5);
    const short = { ...options, epochs: 1, batch: 100, steps: 5 };
    const { curve } = (await train(student, small, { ...short, teacher }))!;
    expect(curve[0]!.updates).toBe(
      Math.ceil((cut(small.train, 5).length + 251) / 100),
    );
  });

  it("comes from a file", async () => {
    const net = await toy(gru!, 3, "ts");
    const file = join(folder, "teacher.safetensors");
    writeFileSync(file, await net.encode());
    const loaded = await loadTeacher(`GRU:3:${file}`, "ts");
    expect(await softTargets({ net: loaded, trust: 1 }, few)).toEqual(
      await softTargets({ net, trust: 1 }, few),
    );
    const load = (text: string) => expect(loadTeacher(text, "ts")).rejects;
    await load(`GRU:4:${file}`).toThrow(/^--teacher: .*shape/);
    await load("GRU:3").toThrow("--teacher GRU:3: expected a cell, its units");
    await load(`GRU:x:${file}`).toThrow("--teacher x: expected a number");
    await load("GRU:3:none").toThrow(/ENOENT/);
  }, 60_000);

  it("changes nothing where it is not trusted, and teaches where it alone is", async () => {
    const teacher = await toy(gru!, 12);
    await train(teacher, small, options);
    const one = { ...options, noise: 0, epochs: 3 };
    const [alone, beside, taught] = await Promise.all(
      [1, 2, 3].map(() => toy(tanh!, 9)),
    );
    await train(alone!, small, one);
    await train(beside!, small, {
      ...one,
      teacher: { net: teacher, trust: 0 },
    });
    expect(beside!.model.params).toEqual(alone!.model.params);

    // The nearer to the teacher's probabilities, the longer it learns: the cross-entropy is over their own entropy.
    const soft = { net: teacher, trust: 1 };
    const { curve } = (await train(taught!, small, { ...one, teacher: soft }))!;
    const targets = await softTargets(soft, small.train);
    let [entropy, steps] = [0, 0];
    for (const all of targets) {
      steps += all.length / keys;
      for (const p of all)
        if (p > 0 && p < 1)
          entropy -= p * Math.log(p) + (1 - p) * Math.log(1 - p);
    }
    const over = curve.map((point) => point.train - entropy / steps);
    expect(Math.min(...over)).toBeGreaterThan(0);
    expect(over[2]).toBeLessThan(over[0]! / 2);
    expect(taught!.model.params).not.toEqual(alone!.model.params);
  });
});

it("starts from how often notes sound, with open forget gates", async () => {
  const pieces = [[[21], [21, 108], []], [[21]]];
  const plan = planMusicModel(lstm!, 3, 1, { forget: 2, frequencies: pieces });
  const { model } = await makeHostNet(plan, { backend: "ts" });
  const { model: plain } = await toy(lstm!, 3, "ts");
  expect([...model.param["rnn.b_f"]!]).toEqual([2, 2, 2]);
  // Three of four steps, one of four, none; half a step is added to sounding and to silence.
  const likely = [3.5 / 5, 1.5 / 5, 0.5 / 5];
  const biases = model.param["notes.b_y"]!;
  [0, 87, 40].forEach((key, i) =>
    expect(1 / (1 + Math.exp(-biases[key]!))).toBeCloseTo(likely[i]!, 6),
  );
  for (const name in plain.param)
    if (!/b_f|b_y/.test(name))
      expect(model.param[name]).toEqual(plain.param[name]);
});

describe("the data", () => {
  it("show the notes of the step before", () => {
    const { inputs, targets } = makeBatch([[[60], [61, 65], []], [[70]]]);
    expect(inputs.lengths).toEqual(Int32Array.of(3, 1));
    // Step by step, both pieces side by side.
    expect(fromRoll(inputs.values)).toEqual([[], [], [60], [], [61, 65], []]);
    expect(fromRoll(targets)).toEqual([[60], [70], [61, 65], [], [], []]);
  });

  it("are cut, and put together, without loss", () => {
    const pieces = [[[1], [2], [3]], [[4]]];
    expect(cut(pieces, 2)).toEqual([[[1], [2]], [[3]], [[4]]]);
    const batches = wholePieces(chorales.train);
    const steps = batches.flatMap(({ inputs }) => [
      ...(inputs.lengths ?? new Int32Array(inputs.batch).fill(inputs.steps)),
    ]);
    expect(steps.sort()).toEqual(
      chorales.train.map(({ length }) => length).sort(),
    );
  });

  it("are the same chorales from the same seed, on the keys of a piano", () => {
    expect(makeChorales(1)).toEqual(chorales);
    expect(makeChorales(2)).not.toEqual(chorales);
    const notes = chorales.train.flat(2);
    expect(Math.min(...notes)).toBeGreaterThanOrEqual(21);
    expect(Math.max(...notes)).toBeLessThanOrEqual(108);
    for (const step of chorales.test.flat()) expect(step.length).toBe(4);
  });

  it("tell what is wrong with a file", () => {
    const file = join(folder, "bad.json");
    writeFileSync(file, '{"train": [[[60]]], "valid": []}');
    expect(() => readDataSet(file)).toThrow('there are no pieces in "valid"');
    writeFileSync(file, "[");
    expect(() => readDataSet(file)).toThrow(/bad\.json is not JSON/);
  });
});

describe("units for a budget", () => {
  const solve = (cell: unknown, budget: number) =>
    solveUnits(cell as CellModule, budget, 88);

  it("come nearest to it", () => {
    // N² + 89 N for tanh units, three times that for a GRU, 4 N² + 355 N for the LSTM with peepholes and no biases.
    expect(solve(ElmanTanh, 20_000)).toEqual({
      units: 104,
      parameters: 20_072,
    });
    expect(solve(GRU, 20_000)).toEqual({ units: 48, parameters: 19_728 });
    expect(solve(ChungLSTM, 20_000)).toEqual({ units: 39, parameters: 19_929 });
    // Two gates that see no state: 2 · 89 N.
    expect(solve(MinGRU, 20_000)).toEqual({ units: 112, parameters: 19_936 });
    expect(solve(GRU, 1)).toEqual({ units: 1, parameters: 270 });
  });

  it("are only for cells that read vectors", () => {
    expect(() => solve(LSTMProjection, 20_000)).toThrow(
      "LSTMProjection does not fit",
    );
  });
});

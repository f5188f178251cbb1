/** One training as in the paper: RMSProp, noise on the weights, clipping, early stopping on held-out pieces. */
import { existsSync, rmSync } from "node:fs";
import {
  batchesByLength,
  constant,
  cosine,
  linear,
  NotFiniteGradient,
  Random,
} from "cellc/nn";
import type { Loss, Schedule } from "cellc/nn";
import { resume, TrainingRun } from "cellc/nn/node";
import type { RunOptions } from "cellc/nn/node";
import { UserError } from "../common/command.js";
import type { Batch, Listener, Net, Study } from "../common/net.js";
import { cut, makeBatch, wholePieces } from "./music.js";
import type { DataSet } from "./music.js";
import { compose, cutTargets, softTargets } from "./teacher.js";
import type { Teacher } from "./teacher.js";

/** Of the rate; over all epochs, whether it stops early or not. */
export const schedules = ["constant", "linear", "cosine"] as const;

export interface TrainOptions {
  readonly seed: number;
  readonly rate: number;
  /** `linear` and `cosine` end at a hundredth of the rate. */
  readonly schedule: (typeof schedules)[number];
  readonly momentum: number;
  /** Under the root of RMSProp. */
  readonly epsilon: number;
  readonly batch: number;
  /** Standard deviation of the noise on the weights. */
  readonly noise: number;
  /** What the running mean of the parameters keeps at each update; with 0 there is none. The mean is judged, and kept. */
  readonly average: number;
  /** Longest part of a piece that is trained on at once. */
  readonly steps: number;
  readonly epochs: number;
  /** Epochs without a better validation before it ends. */
  readonly patience: number;
  /** A net to learn from besides the notes. */
  readonly teacher?: Teacher;
}

export interface TrainSurroundings {
  /** File to go on from where there is one; removed when the training is complete. */
  readonly checkpoint?: string;
  readonly progress?: boolean;
  readonly signals?: RunOptions["signals"];
  readonly onEpoch?: (point: Point) => void;
}

export interface Point {
  readonly epoch: number;
  readonly updates: number;
  readonly seconds: number;
  /**
   * Nats per step; of the training with the noise, as it goes: of the updates whose loss was read. With a teacher the
   * cross-entropy with what it mixes into the notes.
   */
  readonly train: number;
  readonly valid: number;
}

export interface Result {
  readonly curve: readonly Point[];
  /** Nats per step over whole pieces, with the parameters that did best on the held-out ones. */
  readonly train: number;
  readonly valid: number;
  readonly test: number;
  /** The epoch in which the loss ceased to be a number, which ended the training. */
  readonly diverged?: number;
}

/** Gives nothing where it was stopped before its end; the checkpoint knows how far it came. */
export async function train(
  net: Net,
  data: DataSet,
  options: TrainOptions,
  { checkpoint, progress, signals, onEpoch }: TrainSurroundings = {},
): Promise<Result | undefined> {
  const random = new Random(options.seed);
  const { teacher, steps } = options;
  // A generator of its own, so that a training that goes on finds the same pieces.
  const composed =
    teacher && (await compose(teacher, steps, new Random(options.seed)));
  const whole = [...data.train, ...(composed ?? [])];
  const pieces = cut(whole, steps);
  const soft = teacher && cutTargets(await softTargets(teacher, whole), steps);
  const lengths = pieces.map((piece) => piece.length);
  const tokens = lengths.reduce((a, b) => a + b, 0);
  const updates = options.epochs * Math.ceil(pieces.length / options.batch);
  const { epsilon, momentum, patience } = options;
  const study = net.study({
    // Graves (2013) keeps 0.95; the paper gives no constants.
    optimiser: { RmsProp: { decay: 0.95, epsilon, place: "inside", momentum } },
    random,
    rate: rateOf(options, updates),
    largestNorm: 1,
    noise: options.noise > 0 ? options.noise : undefined,
    average: options.average > 0 ? options.average : undefined,
    patience,
  });
  const parts = { ...study.parts, random };
  let curve: Point[] = [];
  if (checkpoint !== undefined && existsSync(checkpoint))
    curve = (await resume(checkpoint, parts)) as Point[];
  const before = curve.at(-1)?.seconds ?? 0;
  const run = new TrainingRun(
    {
      total: options.epochs,
      unit: "steps",
      // One loss per epoch, on the held-out pieces.
      smoothing: 1,
      progress: progress ? process.stderr : false,
      signals,
      checkpoint:
        checkpoint === undefined
          ? undefined
          : { file: checkpoint, parts, facts: () => curve },
    },
    curve.length,
  );
  const valid = wholePieces(data.valid);
  const judge = study.listen();
  let diverged: number | undefined;
  while (curve.length < options.epochs && !study.stopped && !run.stopped) {
    const batches = batchesByLength(lengths, options.batch, random);
    const train = await readOnce(study, batches, (indices) =>
      makeBatch(
        indices.map((i) => pieces[i]!),
        soft && indices.map((i) => soft[i]!),
      ),
    );
    if (!train) {
      diverged = curve.length + 1;
      break;
    }
    const point = {
      epoch: curve.length + 1,
      updates: study.updates,
      seconds: before + run.seconds,
      train: train.value,
      valid: await nats(judge, valid),
    };
    if (!Number.isFinite(point.valid)) {
      diverged = point.epoch;
      break;
    }
    study.judge(point.valid);
    curve.push(point);
    onEpoch?.(point);
    await run.step({ loss: point.valid, tokens });
  }
  await run.end();
  if (run.stopped) return undefined;
  study.recall();
  if (checkpoint !== undefined) rmSync(checkpoint, { force: true });
  if (curve.length === 0)
    throw new UserError(
      "the loss is no number after the first epoch: choose a smaller --rate",
    );
  const listener = net.listen();
  return {
    curve,
    train: await nats(listener, wholePieces(data.train)),
    valid: await nats(listener, valid),
    test: await nats(listener, wholePieces(data.test)),
    ...(diverged === undefined ? {} : { diverged }),
  };
}

/** Updates with all batches, and the mean loss; nothing where there was no update to be made. */
async function readOnce(
  study: Study,
  batches: readonly (readonly number[])[],
  make: (indices: readonly number[]) => Batch,
): Promise<Mean | undefined> {
  const train = new Mean();
  try {
    for (const [i, indices] of batches.entries()) {
      const step = await study.update(make(indices));
      // Each part is read from its beginning.
      study.states.clear();
      const last = i === batches.length - 1;
      if (last || study.updates % study.every === 0)
        train.add(await step.read());
    }
  } catch (error) {
    if (error instanceof NotFiniteGradient) return undefined;
    throw error;
  }
  return train;
}

/** Of losses, by their steps. */
class Mean {
  #sum = 0;
  #steps = 0;

  add({ sum, steps }: Loss): void {
    this.#sum += sum;
    this.#steps += steps;
  }

  get value(): number {
    return this.#sum / this.#steps;
  }
}

/** Per step, over whole pieces. */
async function nats(
  listener: Listener,
  batches: readonly Batch[],
): Promise<number> {
  const mean = new Mean();
  for (const batch of batches) {
    listener.clear();
    mean.add(await listener.loss(batch));
  }
  return mean.value;
}

function rateOf({ rate, schedule }: TrainOptions, updates: number): Schedule {
  const last = rate / 100;
  switch (schedule) {
    case "constant":
      return constant(rate);
    case "linear":
      return linear(rate, updates, last);
    case "cosine":
      return cosine(rate, updates, last);
  }
}

/** One training as in the paper: RMSProp, noise on the weights, clipping, early stopping on held-out pieces. */
import { existsSync, rmSync } from "node:fs";
import {
  batchesByLength,
  constant,
  cosine,
  EarlyStopping,
  linear,
  Random,
  RmsProp,
  Trainer,
  WeightNoise,
} from "cellc/nn";
import type { Schedule } from "cellc/nn";
import { resume, TrainingRun } from "cellc/nn/node";
import type { RunOptions } from "cellc/nn/node";
import { ParameterAverage } from "./average.js";
import type { MusicModel } from "./model.js";
import { cut, makeBatch, wholePieces } from "./music.js";
import type { Batch, DataSet } from "./music.js";

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
  /** Nats per step; of the training with the noise, as it goes. */
  readonly train: number;
  readonly valid: number;
}

export interface Result {
  readonly curve: readonly Point[];
  /** Nats per step over whole pieces, with the parameters that did best on the held-out ones. */
  readonly train: number;
  readonly valid: number;
  readonly test: number;
}

/** Gives nothing where it was stopped before its end; the checkpoint knows how far it came. */
export async function train(
  { model, criterion }: MusicModel,
  data: DataSet,
  options: TrainOptions,
  { checkpoint, progress, signals, onEpoch }: TrainSurroundings = {},
): Promise<Result | undefined> {
  const random = new Random(options.seed);
  // Graves (2013) keeps 0.95; the paper gives no constants.
  const optimiser = new RmsProp({
    decay: 0.95,
    epsilon: options.epsilon,
    place: "inside",
    momentum: options.momentum,
  });
  const stopping = new EarlyStopping(options.patience);
  const average =
    options.average > 0 ? new ParameterAverage(options.average) : undefined;
  const pieces = cut(data.train, options.steps);
  const lengths = pieces.map((piece) => piece.length);
  const updates = options.epochs * Math.ceil(pieces.length / options.batch);
  const trainer = new Trainer({
    model,
    criterion,
    optimiser,
    random,
    rate: rateOf(options, updates),
    largestNorm: 1,
    noise: options.noise > 0 ? new WeightNoise(options.noise) : undefined,
  });
  const parts = {
    model,
    optimiser,
    random,
    stopping,
    trainer,
    ...(average && { average }),
  };
  const curve: Point[] = [];
  if (checkpoint !== undefined && existsSync(checkpoint))
    curve.push(...(resume(checkpoint, parts) as Point[]));
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
  const nats = (batches: readonly Batch[]): number => {
    let [sum, steps] = [0, 0];
    for (const { inputs, targets } of batches) {
      const loss = trainer.evaluate(inputs, targets);
      sum += loss.sum;
      steps += loss.steps;
    }
    return sum / steps;
  };
  while (curve.length < options.epochs && !stopping.stopped && !run.stopped) {
    let [sum, steps] = [0, 0];
    for (const indices of batchesByLength(lengths, options.batch, random)) {
      const { inputs, targets } = makeBatch(indices.map((i) => pieces[i]!));
      const loss = trainer.step(inputs, targets);
      average?.observe(model.params);
      sum += loss.sum;
      steps += loss.steps;
    }
    const judge = (): Point => {
      const point = {
        epoch: curve.length + 1,
        updates: trainer.steps,
        seconds: before + run.seconds,
        train: sum / steps,
        valid: nats(valid),
      };
      stopping.observe(point.valid, model.params);
      return point;
    };
    const point = average ? average.within(model.params, judge) : judge();
    curve.push(point);
    onEpoch?.(point);
    await run.step({ loss: point.valid, tokens: steps });
  }
  run.end();
  if (run.stopped) return undefined;
  stopping.recall(model.params);
  if (checkpoint !== undefined) rmSync(checkpoint, { force: true });
  return {
    curve,
    train: nats(wholePieces(data.train)),
    valid: nats(valid),
    test: nats(wholePieces(data.test)),
  };
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

/** One training as in the paper: RMSProp, noise on the weights, clipping, early stopping on held-out pieces. */
import { existsSync, rmSync } from "node:fs";
import {
  batchesByLength,
  EarlyStopping,
  Random,
  RmsProp,
  Trainer,
  WeightNoise,
} from "cellc/nn";
import { resume, TrainingRun } from "cellc/nn/node";
import type { RunOptions } from "cellc/nn/node";
import type { MusicModel } from "./model.js";
import { cut, makeBatch, wholePieces } from "./music.js";
import type { Batch, DataSet } from "./music.js";

export interface TrainOptions {
  readonly seed: number;
  readonly rate: number;
  readonly momentum: number;
  readonly batch: number;
  /** Standard deviation of the noise on the weights. */
  readonly noise: number;
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
  // The constants of Graves (2013); the paper gives none.
  const optimiser = new RmsProp({
    decay: 0.95,
    epsilon: 1e-4,
    place: "inside",
    momentum: options.momentum,
  });
  const stopping = new EarlyStopping(options.patience);
  const trainer = new Trainer({
    model,
    criterion,
    optimiser,
    random,
    rate: options.rate,
    largestNorm: 1,
    noise: options.noise > 0 ? new WeightNoise(options.noise) : undefined,
  });
  const parts = { model, optimiser, random, stopping, trainer };
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
  const pieces = cut(data.train, options.steps);
  const lengths = pieces.map((piece) => piece.length);
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
      sum += loss.sum;
      steps += loss.steps;
    }
    const point = {
      epoch: curve.length + 1,
      updates: trainer.steps,
      seconds: before + run.seconds,
      train: sum / steps,
      valid: nats(valid),
    };
    curve.push(point);
    stopping.observe(point.valid, model.params);
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

/** One training as in the paper: RMSProp, noise on the weights, clipping, early stopping on held-out pieces. */
import {
  batchesByLength,
  EarlyStopping,
  Random,
  RmsProp,
  Trainer,
  WeightNoise,
} from "cellc/nn";
import type { Notes } from "cellc/nn";
import type { MusicModel } from "./model.js";
import { cut, makeBatch } from "./music.js";
import type { Batch, DataSet } from "./music.js";

export interface TrainOptions {
  readonly seed: number;
  readonly rate: number;
  readonly batch: number;
  /** Standard deviation of the noise on the weights. */
  readonly noise: number;
  readonly largestNorm: number;
  /** Longest part of a piece that is trained on at once. */
  readonly steps: number;
  readonly epochs: number;
  /** Epochs without a better validation before it ends. */
  readonly patience: number;
}

export interface Point {
  readonly epoch: number;
  readonly updates: number;
  readonly seconds: number;
  /** Nats per step. */
  readonly train: number;
  readonly valid: number;
}

export interface Result {
  readonly curve: readonly Point[];
  /** Nats per step with the parameters that did best on the held-out pieces. */
  readonly train: number;
  readonly valid: number;
  readonly test: number;
  readonly testWithoutFirst: number;
}

export function train(
  { model, criterion }: MusicModel,
  data: DataSet,
  options: TrainOptions,
  onEpoch: (point: Point) => void,
): Result {
  const random = new Random(options.seed);
  const trainer = new Trainer({
    model,
    criterion,
    optimiser: new RmsProp({
      decay: 0.95,
      epsilon: (options as any).epsilon ?? 1e-8,
      momentum: (options as any).momentum ?? 0,
    }),
    rate: options.rate,
    random,
    largestNorm: options.largestNorm,
    noise: options.noise > 0 ? new WeightNoise(options.noise) : undefined,
  });
  const stopping = new EarlyStopping(options.patience);
  const parts = cut(data.train, options.steps);
  const lengths = parts.map((part) => part.length);
  const valid = batchesOf(data.valid);
  const evaluate = (batches: readonly Batch[], from = 0): number => {
    let [sum, steps] = [0, 0];
    for (const { inputs, targets } of batches) {
      const weights = new Float32Array(inputs.steps * inputs.batch).fill(
        1,
        from * inputs.batch,
      );
      const loss = trainer.evaluate(inputs, targets, { weights });
      sum += loss.sum;
      steps += loss.steps - from * inputs.batch;
    }
    return sum / steps;
  };
  const curve: Point[] = [];
  const started = performance.now();
  for (let epoch = 1; epoch <= options.epochs && !stopping.stopped; epoch++) {
    let [sum, steps] = [0, 0];
    for (const indices of batchesByLength(lengths, options.batch, random)) {
      const { inputs, targets } = makeBatch(indices.map((i) => parts[i]!));
      const loss = trainer.step(inputs, targets);
      sum += loss.sum;
      steps += loss.steps;
    }
    const point = {
      epoch,
      updates: trainer.steps,
      seconds: (performance.now() - started) / 1000,
      train: sum / steps,
      valid: evaluate(valid),
    };
    curve.push(point);
    stopping.observe(point.valid, model.params);
    onEpoch(point);
  }
  stopping.recall(model.params);
  return {
    curve,
    train: evaluate(batchesOf(data.train)),
    valid: evaluate(valid),
    test: evaluate(batchesOf(data.test)),
    testWithoutFirst: evaluate(batchesOf(data.test), 1),
  };
}

/** Whole pieces, as many at once as fit 16,000 steps. */
function batchesOf(pieces: readonly Notes[]): Batch[] {
  const sorted = [...pieces].sort((a, b) => a.length - b.length);
  const batches: Batch[] = [];
  let group: Notes[] = [];
  for (const piece of sorted) {
    if (group.length > 0 && (group.length + 1) * piece.length > 16_000) {
      batches.push(makeBatch(group));
      group = [];
    }
    group.push(piece);
  }
  if (group.length > 0) batches.push(makeBatch(group));
  return batches;
}

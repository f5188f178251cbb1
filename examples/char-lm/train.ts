/** Truncated back-propagation through time over the text, and the loss on the part that was held out. */
import {
  Adam,
  CarriedStates,
  cosine,
  Random,
  Streams,
  Trainer,
} from "cellc/nn";
import type { CheckpointParts } from "cellc/nn";
import { resume, TrainingRun } from "cellc/nn/node";
import type { RunOptions } from "cellc/nn/node";
import type { CharModel } from "./model.js";

/** Per piece and stream: every twentieth time a stream begins anew, as held-out text and samples do. */
const forgetting = 0.05;

export interface TrainOptions {
  /** Characters of one stream per update, T. */
  readonly steps: number;
  /** Streams side by side, B. */
  readonly batch: number;
  readonly rate: number;
  /** What ends it first. */
  readonly epochs: number;
  readonly seconds: number;
  readonly seed: number;
  readonly checkpoint: string | undefined;
  readonly resume: boolean;
  readonly log: string | undefined;
  readonly progress: boolean;
  /** Where Ctrl-C comes from. Default: the process. */
  readonly signals?: RunOptions["signals"];
  /** Called with the number of updates so far. */
  readonly afterUpdate?: (updates: number) => void;
}

export interface Point {
  readonly updates: number;
  readonly seconds: number;
  readonly part: "train" | "valid";
  /** Per character. */
  readonly nats: number;
}

export interface Learned {
  readonly curve: readonly Point[];
  readonly valid: number;
  readonly seconds: number;
  readonly charactersPerSecond: number;
  readonly stopped: boolean;
}

export async function train(
  { model, criterion }: CharModel,
  text: { readonly train: Int32Array; readonly valid: Int32Array },
  options: TrainOptions,
): Promise<Learned> {
  const { steps, batch, epochs } = options;
  const streams = new Streams(text.train, steps, batch);
  const states = new CarriedStates();
  const random = new Random(options.seed);
  const optimiser = new Adam();
  const endless = !Number.isFinite(epochs);
  const total = endless ? undefined : epochs * streams.pieces;
  /** Down to a tenth along a cosine, by the share of the work that is done. */
  const slope = cosine(1, 1, 0.1);
  let done = 0;
  const trainer = new Trainer({
    model,
    criterion,
    optimiser,
    random,
    largestNorm: 1,
    rate: () => options.rate * slope(done),
  });
  const parts: CheckpointParts = {
    model,
    optimiser,
    random,
    streams,
    states,
    trainer,
  };
  const curve: Point[] = [];
  let before = 0;
  if (options.resume && options.checkpoint !== undefined) {
    const facts = resume(options.checkpoint, parts) as Facts;
    curve.push(...facts.curve);
    before = facts.seconds;
  }
  const seconds = (): number => before + run.seconds;
  const facts = (): Facts => ({ curve, seconds: seconds() });
  const run = new TrainingRun(
    {
      total,
      seconds: endless ? options.seconds - before : undefined,
      unit: "characters",
      log: options.log,
      signals: options.signals,
      progress: options.progress ? process.stderr : false,
      checkpoint:
        options.checkpoint === undefined
          ? undefined
          : { file: options.checkpoint, parts, facts },
    },
    trainer.steps,
  );
  const validate = (): number => {
    const nats = evaluate({ model, criterion }, text.valid);
    curve.push({
      updates: trainer.steps,
      seconds: seconds(),
      part: "valid",
      nats,
    });
    run.log({ epoch: streams.epoch, valid: nats, train: run.loss });
    return nats;
  };
  let valid: number | undefined;
  let going = true;
  while (going && streams.epoch < epochs && seconds() < options.seconds) {
    const epoch = streams.epoch;
    done = Math.max(
      total === undefined ? 0 : trainer.steps / total,
      seconds() / options.seconds,
    );
    const { inputs, targets, first } = streams.next();
    if (first) states.clear();
    states.forget(batch, forgetting, random);
    const loss = trainer.step(inputs, targets, { states: states.current });
    states.keep(model.finalStates());
    options.afterUpdate?.(trainer.steps);
    going = await run.step({ loss: loss.value, tokens: loss.steps });
    if (trainer.steps % 20 === 0)
      curve.push({
        updates: trainer.steps,
        seconds: seconds(),
        part: "train",
        nats: run.loss!,
      });
    valid = streams.epoch > epoch ? validate() : undefined;
  }
  valid ??= validate();
  run.end();
  return {
    curve,
    valid,
    seconds: run.seconds,
    charactersPerSecond: run.speed,
    stopped: run.stopped,
  };
}

interface Facts {
  readonly curve: readonly Point[];
  readonly seconds: number;
}

/** Nats per character over a whole text, read in eight streams that begin without a memory. */
export function evaluate(
  { model, criterion }: CharModel,
  tokens: Int32Array,
): number {
  const streams = new Streams(tokens, 128, Math.min(8, tokens.length - 1));
  const states = new CarriedStates();
  let [sum, count] = [0, 0];
  while (streams.epoch === 0) {
    const { inputs, targets } = streams.next();
    const output = model.forward(inputs, {
      states: states.current,
      keep: false,
    });
    const loss = criterion.forward(output, targets, { keep: false });
    states.keep(model.finalStates());
    sum += loss.sum;
    count += loss.steps;
  }
  return sum / count;
}

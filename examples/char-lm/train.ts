/** Truncated back-propagation through time over the text, and the loss on the part that was held out. */
import { cosine, NotFiniteGradient, Random, Streams } from "cellc/nn";
import type { AnyCheckpointParts, Piece } from "cellc/nn";
import { resume, TrainingRun } from "cellc/nn/node";
import type { RunOptions } from "cellc/nn/node";
import { UserError } from "../common/command.js";
import type { Net } from "../common/net.js";

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
  model: Net,
  text: { readonly train: Int32Array; readonly valid: Int32Array },
  options: TrainOptions,
): Promise<Learned> {
  const { steps, batch, epochs } = options;
  const streams = new Streams(text.train, steps, batch);
  const random = new Random(options.seed);
  const endless = !Number.isFinite(epochs);
  const total = endless ? undefined : epochs * streams.pieces;
  /** Down to a tenth along a cosine, by the share of the work that is done. */
  const slope = cosine(1, 1, 0.1);
  let done = 0;
  const study = model.study({
    optimiser: { Adam: {} },
    rate: () => options.rate * slope(done),
    random,
    largestNorm: 1,
  });
  const parts: AnyCheckpointParts = { ...study.parts, random, streams };
  const curve: Point[] = [];
  let before = 0;
  if (options.resume && options.checkpoint !== undefined) {
    const facts = (await resume(options.checkpoint, parts)) as Facts;
    for (const point of facts.curve) curve.push(point);
    before = facts.seconds;
  }
  const seconds = (): number => before + run.seconds;
  const facts = (): Facts => ({ curve, seconds: seconds() });
  const run = new TrainingRun(
    {
      total,
      seconds: endless ? options.seconds - before : undefined,
      unit: "characters",
      // Of every update a fiftieth, also where not every loss is read.
      smoothing: 1 - 0.98 ** study.every,
      log: options.log,
      signals: options.signals,
      progress: options.progress ? process.stderr : false,
      checkpoint:
        options.checkpoint === undefined
          ? undefined
          : { file: options.checkpoint, parts, facts },
    },
    study.updates,
  );
  const validate = async (): Promise<number> => {
    const nats = await evaluate(model, text.valid);
    curve.push({
      updates: study.updates,
      seconds: seconds(),
      part: "valid",
      nats,
    });
    run.log({ epoch: streams.epoch, valid: nats, train: run.loss });
    return nats;
  };
  /** Gives the loss where it is read. */
  const update = async (piece: Piece): Promise<number | undefined> => {
    try {
      const step = await study.update(piece);
      const read = study.updates % study.every === 0;
      return read ? (await step.read()).value : undefined;
    } catch (error) {
      if (!(error instanceof NotFiniteGradient)) throw error;
      await run.end();
      throw new UserError(error.message);
    }
  };
  let valid: number | undefined;
  let going = true;
  while (going && streams.epoch < epochs && seconds() < options.seconds) {
    const epoch = streams.epoch;
    done = Math.max(
      total === undefined ? 0 : study.updates / total,
      seconds() / options.seconds,
    );
    const piece = streams.next();
    const tokens = piece.targets.length;
    if (piece.first) study.states.clear();
    study.states.forget(piece.inputs.batch, forgetting, random);
    const loss = await update(piece);
    options.afterUpdate?.(study.updates);
    going = await run.step({ loss, tokens });
    if (study.updates % 20 === 0)
      curve.push({
        updates: study.updates,
        seconds: seconds(),
        part: "train",
        nats: run.loss!,
      });
    valid = streams.epoch > epoch ? await validate() : undefined;
  }
  valid ??= await validate();
  await run.end();
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
export async function evaluate(
  model: Net,
  tokens: Int32Array,
): Promise<number> {
  const streams = new Streams(tokens, 128, Math.min(8, tokens.length - 1));
  const listener = model.listen();
  let [sum, count] = [0, 0];
  while (streams.epoch === 0) {
    const loss = await listener.loss(streams.next());
    sum += loss.sum;
    count += loss.steps;
  }
  return sum / count;
}

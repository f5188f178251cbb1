/** One step of training on a device, of which nothing is read: forward, loss, backward, clipping, update. */
import { checkTrainer } from "../given.js";
import type { GpuTensor } from "../../runtime/webgpu/tensor.js";
import type { Loss as ReadLoss } from "../criterion.js";
import { Pace } from "../optimisers/pace.js";
import type { Schedule } from "../optimisers/schedules.js";
import type { Random } from "../random.js";
import type { Persistent, Snapshot } from "../snapshot.js";
import type { StepResult as ReadStepResult } from "../trainer.js";
import type { Criterion, Loss, Targets } from "./criterion.js";
import type { Model, States } from "./model.js";
import { Clipping } from "./optimisers/clip.js";
import type { Optimiser } from "./optimisers/optimiser.js";
import type { WeightNoise } from "./optimisers/weight-noise.js";
import type { GpuSequence, Uploaded } from "./sequence.js";
import { Turns } from "./turns.js";

export interface TrainerParts<I, G> {
  readonly model: Model<I, G>;
  readonly criterion: Criterion;
  readonly optimiser: Optimiser;
  readonly rate: number | Schedule;
  /** Of masks and noise. */
  readonly random: Random;
  /** Largest norm of the whole gradient. */
  readonly largestNorm?: number;
  /** Largest size of each number of the gradient. */
  readonly largestValue?: number;
  readonly noise?: WeightNoise;
}

export interface StepOptions {
  /** Before the first step. */
  readonly states?: States;
  /** `[T, B]`, what each step counts. */
  readonly weights?: ArrayLike<number>;
  readonly t0?: number;
}

export interface StepResult {
  /** The reduced loss, `[1]`, on the device; valid until the next step. */
  readonly value: GpuTensor;
  /** Norm of the gradient before it was clipped, `[1]`. */
  readonly norm: GpuTensor;
  /** Steps that are not padding. */
  readonly steps: number;
  readonly rate: number;
  /** Waits for the device, and brings the numbers in one copy; before the next step. */
  read(): Promise<ReadStepResult>;
}

/** Calls wait for each other. */
export class Trainer<
  I = GpuSequence,
  G = GpuTensor | undefined,
> implements Persistent {
  readonly #parts: TrainerParts<I, G>;
  readonly #pace: Pace;
  readonly #clipping = new Clipping();
  readonly #turns = new Turns();

  constructor(parts: TrainerParts<I, G>) {
    checkTrainer(parts);
    this.#parts = parts;
    this.#pace = new Pace(parts.rate);
  }

  /** Updates so far. */
  get steps(): number {
    return this.#pace.steps;
  }

  /**
   * Resolves as soon as all work is handed to the device. Read a result from time to time: until then the host runs
   * ahead of the device, and what it hands over waits in memory.
   */
  step(
    input: Uploaded<I>,
    targets: Targets,
    options: StepOptions = {},
  ): Promise<StepResult> {
    return this.#turns.take(() => this.#step(input, targets, options));
  }

  async #step(
    input: Uploaded<I>,
    targets: Targets,
    { states, weights: stepWeights, t0 }: StepOptions,
  ): Promise<StepResult> {
    const { model, criterion, optimiser, random, noise } = this.#parts;
    const weights = noise?.around(model.params, random);
    const output = await model.forward(input, { states, random, weights, t0 });
    const loss = await criterion.forward(output, targets, {
      weights: stepWeights,
    });
    await model.backward(await criterion.backward());
    const norm = this.#clip(model.grads);
    const rate = this.#pace.next();
    optimiser.step(model.params, model.grads, rate);
    const read = async (): Promise<ReadStepResult> => {
      const [found, [length]] = await Promise.all([loss.read(), norm.read()]);
      return { ...(found as ReadLoss), norm: length!, rate };
    };
    return { value: loss.value, norm, steps: loss.steps, rate, read };
  }

  /** The loss without masks, noise and update. */
  evaluate(
    input: Uploaded<I>,
    targets: Targets,
    options: StepOptions = {},
  ): Promise<Loss> {
    return this.#turns.take(async () => {
      const { model, criterion } = this.#parts;
      const { states, weights, t0 } = options;
      const output = await model.forward(input, { states, keep: false, t0 });
      return criterion.forward(output, targets, { weights, keep: false });
    });
  }

  #clip(grads: GpuTensor): GpuTensor {
    const { largestNorm = Infinity, largestValue } = this.#parts;
    const norm = this.#clipping.byNorm(grads, largestNorm);
    if (largestValue !== undefined) this.#clipping.byValue(grads, largestValue);
    return norm;
  }

  save(): Snapshot {
    return this.#pace.save();
  }

  restore(snapshot: Snapshot): void {
    this.#pace.restore(snapshot);
  }

  /** Frees its own memory; not its parts. */
  dispose(): void {
    this.#clipping.dispose();
  }
}

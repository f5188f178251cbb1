/** One step of training on a device, of which nothing is read: forward, loss, backward, clipping, update. */
import type { GpuTensor } from "../../runtime/webgpu/tensor.js";
import type { Loss as ReadLoss } from "../criterion.js";
import { NotFiniteGradient } from "../optimisers/not-finite.js";
import { Pace } from "../optimisers/pace.js";
import type { Schedule } from "../optimisers/schedules.js";
import { checkTrainer } from "../optimisers/trainer-parts.js";
import type { Bounds } from "../optimisers/trainer-parts.js";
import type { Random } from "../random.js";
import type { Persistent, Snapshot } from "../snapshot.js";
import type { StepResult as ReadStepResult } from "../trainer.js";
import type { Criterion, Loss, Targets } from "./criterion.js";
import type { Model, States } from "./model.js";
import { found as at } from "./device/norm-kernels.js";
import { normOf } from "./device/norm.js";
import { Watch } from "./device/watch.js";
import { Clipping } from "./optimisers/clip.js";
import type { Optimiser } from "./optimisers/optimiser.js";
import type { WeightNoise } from "./optimisers/weight-noise.js";
import type { GpuSequence, Uploaded } from "./sequence.js";
import { part } from "./part.js";
import { Turns } from "./turns.js";

export interface TrainerParts<I, G> extends Bounds {
  readonly model: Model<I, G>;
  readonly criterion: Criterion;
  readonly optimiser: Optimiser;
  readonly rate: number | Schedule;
  /** Of masks and noise. */
  readonly random: Random;
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
  /** The gradient was not finite, and there was no update. */
  readonly skipped: boolean;
  /**
   * Waits for the device, and brings the numbers in one copy; before the next step. Throws where the gradient of this
   * step, or of one before it, was not finite, unless such steps are skipped.
   */
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
  readonly #watch = new Watch();
  readonly #turns = new Turns();

  constructor(parts: TrainerParts<I, G>) {
    checkTrainer(parts);
    this.#parts = parts;
    this.#pace = new Pace(parts.rate);
  }

  /** Steps so far, those without an update among them. */
  get steps(): number {
    return this.#pace.steps;
  }

  /** Steps without an update, because their gradient was not finite. */
  get skipped(): number {
    return this.#pace.skipped;
  }

  /**
   * Resolves as soon as all work is handed to the device. Read a result from time to time: until then the host runs
   * ahead of the device, and what it hands over waits in memory. From a gradient that is not finite on, the device makes
   * no more updates, until a result is read and tells of it; to skip such steps, each one waits for the device.
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
    const found = this.#clip(model.grads);
    const watched = this.#parts.notFinite !== "skip";
    const going = watched
      ? this.#watch.after(found, this.steps + 1)
      : undefined;
    // Only the device knows whether this step is to make no update.
    const skipped = !watched && (await found.read())[at.finite] === 0;
    const rate = skipped ? this.#pace.skip() : this.#pace.next();
    if (!skipped) optimiser.step(model.params, model.grads, rate, going);
    const read = async (): Promise<ReadStepResult> => {
      const [numbers, length] = await Promise.all([
        loss.read(),
        found.read(),
        this.#tell(),
      ]);
      return { ...numbers, norm: normOf(length), rate, skipped };
    };
    const norm = part(found, at.norm, at.norm + 1);
    return { value: loss.value, norm, steps: loss.steps, rate, skipped, read };
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
      const loss = await criterion.forward(output, targets, {
        weights,
        keep: false,
      });
      const read = async (): Promise<ReadLoss> => {
        const [numbers] = await Promise.all([loss.read(), this.#tell()]);
        return numbers;
      };
      return { ...loss, read };
    });
  }

  #clip(grads: GpuTensor): GpuTensor {
    const { largestNorm = Infinity, largestValue } = this.#parts;
    const found = this.#clipping.measure(grads, largestNorm);
    if (largestValue !== undefined) this.#clipping.byValue(grads, largestValue);
    return found;
  }

  /** Throws where a gradient was not finite, once all steps that followed it are taken back. */
  async #tell(): Promise<void> {
    const { model, optimiser } = this.#parts;
    const stopped = await this.#watch.read();
    if (!stopped) return;
    const { step, first, norm } = stopped;
    await this.#turns.take(async () => {
      // Another result may have told of it already.
      if (!this.#watch.goOn(stopped)) return;
      const none = this.steps - (step - 1);
      this.#pace.leaveOut(none);
      optimiser.leaveOut?.(none);
    });
    throw new NotFiniteGradient(step, norm, model.layout, first);
  }

  save(): Snapshot {
    return this.#pace.save();
  }

  restore(snapshot: Snapshot): void {
    this.#pace.restore(snapshot);
    this.#watch.forget();
  }

  /** Frees its own memory; not its parts. */
  dispose(): void {
    this.#clipping.dispose();
    this.#watch.dispose();
  }
}

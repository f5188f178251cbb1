/** One step of training: forward, loss, backward, clipping, update. */
import type { Criterion, Loss, Targets } from "./criterion.js";
import type { Layer } from "./layers/layer.js";
import type { Model, States } from "./model.js";
import { clipByValue, norm, scaledNorm, scaleDown } from "./optimisers/clip.js";
import { NotFiniteGradient } from "./optimisers/not-finite.js";
import type { Optimiser } from "./optimisers/optimiser.js";
import { Pace } from "./optimisers/pace.js";
import type { Schedule } from "./optimisers/schedules.js";
import { checkTrainer } from "./optimisers/trainer-parts.js";
import type { Bounds } from "./optimisers/trainer-parts.js";
import type { WeightNoise } from "./optimisers/weight-noise.js";
import type { Random } from "./random.js";
import type { Persistent, Snapshot } from "./snapshot.js";
import type { Sequence } from "./sequence.js";

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

export interface StepResult extends Loss {
  /** Norm of the gradient before it was clipped. */
  readonly norm: number;
  readonly rate: number;
  /** The gradient was not finite, and there was no update. */
  readonly skipped: boolean;
}

export class Trainer<
  I = Sequence,
  G = ReturnType<Layer["backward"]>,
> implements Persistent {
  readonly #parts: TrainerParts<I, G>;
  readonly #pace: Pace;

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

  /** Throws where the gradient is not finite, unless such steps are skipped. */
  step(input: I, targets: Targets, options: StepOptions = {}): StepResult {
    const { model, criterion, optimiser, random, noise } = this.#parts;
    const { states, weights: stepWeights, t0 } = options;
    const weights = noise?.around(model.params, random);
    const output = model.forward(input, { states, random, weights, t0 });
    const loss = criterion.forward(output, targets, { weights: stepWeights });
    model.backward(criterion.backward());
    const length = this.#clip();
    const skipped = length === undefined;
    const rate = skipped ? this.#pace.skip() : this.#pace.next();
    if (!skipped) optimiser.step(model.params, model.grads, rate);
    return { ...loss, norm: length ?? norm(model.grads), rate, skipped };
  }

  /** The loss without masks, noise and update. */
  evaluate(input: I, targets: Targets, options: StepOptions = {}): Loss {
    const { model, criterion } = this.#parts;
    const { states, weights, t0 } = options;
    const output = model.forward(input, { states, keep: false, t0 });
    return criterion.forward(output, targets, { weights, keep: false });
  }

  /** The norm before; nothing where the gradient is not finite and its step is skipped. */
  #clip(): number | undefined {
    const { model, largestNorm = Infinity, largestValue } = this.#parts;
    const { grads, layout } = model;
    const length = scaledNorm(grads);
    if (!Number.isFinite(length.root)) {
      if (this.#parts.notFinite === "skip") return undefined;
      const first = grads.findIndex((value) => !Number.isFinite(value));
      throw new NotFiniteGradient(this.steps + 1, length.root, layout, first);
    }
    const before = scaleDown(grads, length, largestNorm);
    if (largestValue !== undefined) clipByValue(grads, largestValue);
    return before;
  }

  save(): Snapshot {
    return this.#pace.save();
  }

  restore(snapshot: Snapshot): void {
    this.#pace.restore(snapshot);
  }
}

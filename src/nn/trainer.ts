/** One step of training: forward, loss, backward, clipping, update. */
import { checkTrainer } from "./given.js";
import type { Criterion, Loss, Targets } from "./criterion.js";
import type { Layer } from "./layers/layer.js";
import type { Model, States } from "./model.js";
import { clipByNorm, clipByValue, norm } from "./optimisers/clip.js";
import type { Optimiser } from "./optimisers/optimiser.js";
import { Pace } from "./optimisers/pace.js";
import type { Schedule } from "./optimisers/schedules.js";
import type { WeightNoise } from "./optimisers/weight-noise.js";
import type { Random } from "./random.js";
import type { Persistent, Snapshot } from "./snapshot.js";
import type { Sequence } from "./sequence.js";

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

export interface StepResult extends Loss {
  /** Norm of the gradient before it was clipped. */
  readonly norm: number;
  readonly rate: number;
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

  /** Updates so far. */
  get steps(): number {
    return this.#pace.steps;
  }

  step(input: I, targets: Targets, options: StepOptions = {}): StepResult {
    const { model, criterion, optimiser, random, noise } = this.#parts;
    const { states, weights: stepWeights, t0 } = options;
    const weights = noise?.around(model.params, random);
    const output = model.forward(input, { states, random, weights, t0 });
    const loss = criterion.forward(output, targets, { weights: stepWeights });
    model.backward(criterion.backward());
    const length = this.#clip();
    const rate = this.#pace.next();
    optimiser.step(model.params, model.grads, rate);
    return { ...loss, norm: length, rate };
  }

  /** The loss without masks, noise and update. */
  evaluate(input: I, targets: Targets, options: StepOptions = {}): Loss {
    const { model, criterion } = this.#parts;
    const { states, weights, t0 } = options;
    const output = model.forward(input, { states, keep: false, t0 });
    return criterion.forward(output, targets, { weights, keep: false });
  }

  #clip(): number {
    const { model, largestNorm, largestValue } = this.#parts;
    const length =
      largestNorm === undefined
        ? norm(model.grads)
        : clipByNorm(model.grads, largestNorm);
    if (largestValue !== undefined) clipByValue(model.grads, largestValue);
    return length;
  }

  save(): Snapshot {
    return this.#pace.save();
  }

  restore(snapshot: Snapshot): void {
    this.#pace.restore(snapshot);
  }
}

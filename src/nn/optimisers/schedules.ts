/** Learning rates by the number of the step, from 0 on. */
export type Schedule = (step: number) => number;

export const constant =
  (rate: number): Schedule =>
  () =>
    rate;

/** `rate` times `factor` after every `every` steps; smoothly in between with `smooth`. */
export const exponential =
  (rate: number, factor: number, every = 1, smooth = false): Schedule =>
  (step) =>
    rate * factor ** (smooth ? step / every : Math.floor(step / every));

/** Along half a cosine from `rate` to `least` in `steps` steps (Loshchilov and Hutter, 2017, without restarts). */
export const cosine =
  (rate: number, steps: number, least = 0): Schedule =>
  (step) =>
    least +
    ((rate - least) / 2) *
      (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps));

/** In a straight line from `rate` to `last` in `steps` steps. */
export const linear =
  (rate: number, steps: number, last = 0): Schedule =>
  (step) =>
    rate + (last - rate) * Math.min(1, step / steps);

/** The rate of the last of `[first step, rate]` that has begun, in increasing order from step 0 on. */
export const piecewise =
  (pieces: readonly (readonly [from: number, rate: number])[]): Schedule =>
  (step) =>
    pieces.findLast(([from]) => step >= from)?.[1] ?? 0;

/** Rises in a straight line over the first `steps` steps; afterwards `next`, whose steps count from there. */
export const warmup =
  (steps: number, next: Schedule): Schedule =>
  (step) =>
    step < steps ? (next(0) * (step + 1)) / steps : next(step - steps);

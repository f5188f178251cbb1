/**
 * Learning rates by the number of the step, from 0 on. A schedule of 0 steps is at its end from the beginning; what
 * makes no schedule is refused as it is made.
 */
import { checkCall, checkNumber, checkSwitch } from "../given.js";
import type { Bounds } from "../given.js";

export type Schedule = (step: number) => number;

/** Checks the numbers of a schedule, each of which is named; 0 and more unless bounds say otherwise. */
function check(
  schedule: string,
  numbers: Readonly<Record<string, number>>,
  bounds: Readonly<Record<string, Bounds>> = {},
): void {
  for (const [name, value] of Object.entries(numbers))
    checkNumber(`${schedule}: ${name}`, value, bounds[name]);
}

/** How much of `steps` steps is over, 0 … 1. */
const done = (step: number, steps: number): number =>
  step < steps ? step / steps : 1;

export function constant(rate: number): Schedule {
  check("constant", { rate });
  return () => rate;
}

/** `rate` times `factor` after every `every` steps; smoothly in between with `smooth`. */
export function exponential(
  rate: number,
  factor: number,
  every = 1,
  smooth = false,
): Schedule {
  check("exponential", { rate, factor, every }, { every: { above: 0 } });
  checkSwitch("exponential: smooth", smooth);
  return (step) =>
    rate * factor ** (smooth ? step / every : Math.floor(step / every));
}

/** Along half a cosine from `rate` to `least` in `steps` steps (Loshchilov and Hutter, 2017, without restarts). */
export function cosine(rate: number, steps: number, least = 0): Schedule {
  check("cosine", { rate, steps, least });
  return (step) =>
    least + ((rate - least) / 2) * (1 + Math.cos(Math.PI * done(step, steps)));
}

/** In a straight line from `rate` to `last` in `steps` steps. */
export function linear(rate: number, steps: number, last = 0): Schedule {
  check("linear", { rate, steps, last });
  return (step) => rate + (last - rate) * done(step, steps);
}

/** The rate of the last of `[first step, rate]` that has begun, in increasing order from step 0 on. */
export function piecewise(
  pieces: readonly (readonly [from: number, rate: number])[],
): Schedule {
  checkPieces(pieces);
  return (step) => pieces.findLast(([from]) => step >= from)?.[1] ?? 0;
}

function checkPieces(pieces: unknown): void {
  const pairs =
    Array.isArray(pieces) &&
    pieces.length > 0 &&
    pieces.every((piece) => Array.isArray(piece) && piece.length === 2);
  if (!pairs)
    throw new TypeError(
      "piecewise takes a list of [first step, rate], such as [[0, 1e-3], [1000, 1e-4]]",
    );
  let before = -1;
  for (const [i, [from, rate]] of pieces.entries()) {
    check(`piecewise: piece ${i}`, { "its first step": from, rate });
    if (i === 0 ? from !== 0 : from <= before)
      throw new RangeError(
        `piecewise: piece ${i} begins at step ${from}; the first piece begins at step 0, and each other one after the one before`,
      );
    before = from;
  }
}

/** Rises in a straight line over the first `steps` steps; afterwards `next`, whose steps count from there. */
export function warmup(steps: number, next: Schedule): Schedule {
  check("warmup", { steps });
  checkCall("warmup: the schedule behind it", next, "constant(rate) is one");
  return (step) =>
    step < steps ? (next(0) * (step + 1)) / steps : next(step - steps);
}

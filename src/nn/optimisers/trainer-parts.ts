/** What a trainer is given besides its parts, and that it has them; the same wherever the model lies. */
import { checkChoice, checkParts } from "../given.js";
import { checkLimit } from "./clip.js";
import { notFiniteChoices } from "./not-finite.js";
import type { NotFinite } from "./not-finite.js";

export interface Bounds {
  /** Largest norm of the whole gradient. */
  readonly largestNorm?: number;
  /** Largest size of each number of the gradient. */
  readonly largestValue?: number;
  /** What happens where a number of the gradient is NaN or infinite. Default `stop`. */
  readonly notFinite?: NotFinite;
}

/** That a trainer has all that it needs, and bounds that are some. */
export function checkTrainer(parts: Bounds): void {
  checkParts("a trainer", parts, [
    "model",
    "criterion",
    "optimiser",
    "rate",
    "random",
  ]);
  const { largestNorm, largestValue, notFinite } = parts;
  if (largestNorm !== undefined)
    checkLimit("a trainer: largestNorm", largestNorm);
  if (largestValue !== undefined)
    checkLimit("a trainer: largestValue", largestValue);
  if (notFinite !== undefined)
    checkChoice("a trainer: notFinite", notFinite, notFiniteChoices);
}

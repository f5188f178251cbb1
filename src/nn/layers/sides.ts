/** How the two sides of a bidirectional layer come together; the same wherever they run. */
import { checkChoice, checkLayer } from "../given.js";

const merges = ["concat", "sum"] as const;

export type Merge = (typeof merges)[number];

/** That these are two layers, and a way to merge them. */
export function checkBidirectional(
  forwards: unknown,
  backwards: unknown,
  merge: unknown,
): void {
  checkLayer(forwards, "the first side of a bidirectional layer");
  checkLayer(backwards, "the second side of a bidirectional layer");
  checkChoice("how a bidirectional layer merges its sides", merge, merges);
}

interface Side {
  readonly steps: number;
  readonly width: number;
}

/** That the outputs of both sides fit together. */
export function checkSides(merge: Merge, left: Side, right: Side): void {
  if (left.steps !== right.steps)
    throw new RangeError(
      `the two sides of a bidirectional layer put out ${left.steps} and ${right.steps} steps`,
    );
  if (merge === "sum" && left.width !== right.width)
    throw new RangeError(
      `outputs of ${left.width} and ${right.width} numbers cannot be added up`,
    );
}

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

/** Whether all of these keep the steps that they read; unknown where one does not say, and none says no. */
export function keepSteps(
  layers: readonly { readonly keepsSteps?: boolean | undefined }[],
): boolean | undefined {
  const known = layers.map(({ keepsSteps }) => keepsSteps);
  if (known.includes(false)) return false;
  return known.includes(undefined) ? undefined : true;
}

interface Side {
  readonly steps: number;
  readonly width: number;
  readonly lengths?: Int32Array;
}

/** That the outputs of both sides fit together. @param tokens whether one of them puts out tokens */
export function checkSides(
  merge: Merge,
  left: Side,
  right: Side,
  tokens: boolean,
): void {
  if (left.steps !== right.steps)
    throw new RangeError(
      `the two sides of a bidirectional layer put out ${left.steps} and ${right.steps} steps`,
    );
  if (merge === "sum" && left.width !== right.width)
    throw new RangeError(
      `outputs of ${left.width} and ${right.width} numbers cannot be added up`,
    );
  if (merge === "sum" && tokens)
    throw new TypeError("tokens cannot be added up");
}

/**
 * What the output of the second side needs so that it stands beside that of the first.
 *
 * - `turn`: its steps are those of the input from its end, and each entry is turned around again.
 * - `cut`: its steps are its own, beside steps of the input, and end where each entry ends.
 * - `none`: both have steps of their own, such as repeated ends of the sequence.
 */
export type Order = "turn" | "cut" | "none";

/** @param keeps whether the second side keeps the steps that it reads, where it says so */
export function orderOf(
  keeps: boolean | undefined,
  input: Side,
  left: Side,
  right: Side,
): Order {
  if (keeps ?? right.steps === input.steps) return "turn";
  return left.lengths && left.steps === input.steps ? "cut" : "none";
}

import type { Floats } from "../../runtime/kernel.js";
import { checkNumber } from "../given.js";

/** A norm as scale · root: the product may be too large for a number, or too small, where its factors are not. */
export interface ScaledNorm {
  readonly scale: number;
  readonly root: number;
}

/** Between these a sum of squares has lost nothing to overflow, and nothing that counts to underflow. */
const safe = { least: 1e-280, most: 1e300 };

/** Of a vector with something that is no number, or infinite, the root is NaN or Infinity. */
export function scaledNorm(vector: Floats): ScaledNorm {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  if ((sum > safe.least && sum < safe.most) || Number.isNaN(sum))
    return { scale: 1, root: Math.sqrt(sum) };
  let scale = 0;
  for (let i = 0; i < vector.length; i++)
    scale = Math.max(scale, Math.abs(vector[i]!));
  if (scale === 0 || scale === Infinity) return { scale: 1, root: scale };
  sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i]! / scale) ** 2;
  return { scale, root: Math.sqrt(sum) };
}

export function norm(vector: Floats): number {
  const { scale, root } = scaledNorm(vector);
  return scale * root;
}

export function checkLimit(what: string, limit: unknown): void {
  checkNumber(what, limit, { above: 0, endless: true });
}

/**
 * Scales a gradient whose norm is above `limit` down to it (Pascanu, Mikolov, Bengio, 2013); gives the norm before. A
 * gradient with something in it that is no number, or infinite, has no direction and stays as it is: so is its norm.
 */
export function clipByNorm(grads: Floats, limit: number): number {
  checkLimit("the largest norm", limit);
  return scaleDown(grads, scaledNorm(grads), limit);
}

/** The same for a norm that is known. */
export function scaleDown(
  grads: Floats,
  { scale, root }: ScaledNorm,
  limit: number,
): number {
  const length = scale * root;
  if (!Number.isFinite(root) || length <= limit) return length;
  const factor = limit / root / scale;
  if (factor > safe.least)
    for (let i = 0; i < grads.length; i++) grads[i]! *= factor;
  else
    for (let i = 0; i < grads.length; i++)
      grads[i] = (grads[i]! / scale) * (limit / root);
  return length;
}

/** Cuts every number to −limit … limit; what is no number stays none. */
export function clipByValue(grads: Floats, limit: number): void {
  checkLimit("the largest value", limit);
  for (let i = 0; i < grads.length; i++)
    grads[i] = Math.min(limit, Math.max(-limit, grads[i]!));
}

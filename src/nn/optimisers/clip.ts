import type { Floats } from "../../runtime/kernel.js";

export function norm(vector: Floats): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  return Math.sqrt(sum);
}

/** Scales a gradient whose norm is above `limit` down to it (Pascanu, Mikolov, Bengio, 2013); gives the norm before. */
export function clipByNorm(grads: Floats, limit: number): number {
  const length = norm(grads);
  if (length > limit) {
    const scale = limit / length;
    for (let i = 0; i < grads.length; i++) grads[i]! *= scale;
  }
  return length;
}

/** Cuts every number to −limit … limit. */
export function clipByValue(grads: Floats, limit: number): void {
  for (let i = 0; i < grads.length; i++)
    grads[i] = Math.min(limit, Math.max(-limit, grads[i]!));
}

/** The loss of the check, Σ cotangent · value, as a dot product over one flat array of values. */
import type { CellCotangents, CellResult } from "../ir/data.js";

/** All values that have a cotangent, copied one behind the other in the order of the cotangents. */
export function flatten(
  result: CellResult,
  cotangents: CellCotangents,
): Float64Array {
  const parts = [
    ...Object.keys(cotangents.outputs).map((name) => result.outputs[name]!),
    ...Object.keys(cotangents.states).map((key) => result.states[key]!),
  ];
  return concatenate(parts);
}

/** The cotangents in the order of `flatten`. */
export const flattenCotangents = (cotangents: CellCotangents): Float64Array =>
  concatenate([
    ...Object.values(cotangents.outputs),
    ...Object.values(cotangents.states),
  ]);

function concatenate(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(
    parts.reduce((length, part) => length + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

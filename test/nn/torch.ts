/** The numbers that `fixtures/make.py` computed with PyTorch. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { decodeTensors } from "cellc/nn";
import type { Tensor, Tensors } from "cellc/nn";

const file = new URL("./fixtures/torch.safetensors", import.meta.url);

export const fixtures: Tensors = decodeTensors(
  readFileSync(file),
  "torch.safetensors",
).tensors;

export function fixture(name: string): Tensor & { values: Float64Array } {
  const tensor = fixtures[name];
  if (!tensor) throw new Error(`there is no fixture ${name}`);
  return tensor as Tensor & { values: Float64Array };
}

/** Those below a prefix, without it. */
export const fixturesBelow = (prefix: string): Tensors =>
  Object.fromEntries(
    Object.entries(fixtures)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );

/** Both sides calculate in float64, in different orders. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what = "",
  bound = 1e-12,
): void {
  expect(actual.length, what).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < actual.length; i++)
    worst = Math.max(
      worst,
      Math.abs(actual[i]! - expected[i]!) / Math.max(1, Math.abs(expected[i]!)),
    );
  expect(worst, what).toBeLessThanOrEqual(bound);
}

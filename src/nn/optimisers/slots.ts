/** How the vectors that an optimiser keeps stand in a snapshot; the same on the host and on a device. */
import type { Floats } from "../../runtime/kernel.js";
import { expectNumber, expectTensor, vector } from "../snapshot.js";
import type { Snapshot } from "../snapshot.js";

/** @param slots none before the first step */
export const slotsSnapshot = (
  names: readonly string[],
  slots: readonly Floats[],
  steps: number,
): Snapshot => ({
  tensors: Object.fromEntries(
    slots.map((slot, i) => [names[i]!, vector(slot)]),
  ),
  numbers: { steps },
});

/** The arrays are those of the snapshot. */
export function readSlots(
  names: readonly string[],
  { tensors, numbers }: Snapshot,
): { readonly steps: number; readonly slots: readonly Floats[] } {
  const steps = expectNumber("the optimiser", numbers, "steps");
  if (steps === 0) return { steps, slots: [] };
  const slots = names.map((name) => {
    const length = tensors[name]?.values.length ?? 0;
    const { values } = expectTensor("the optimiser", tensors, name, [length]);
    return values as Floats;
  });
  return { steps, slots };
}

export const notItsParameters = (its: number, given: number): RangeError =>
  new RangeError(
    `the optimiser belongs to ${its} parameters, and there are ${given}`,
  );

/** How the vectors that an optimiser keeps stand in a snapshot; the same on the host and on a device. */
import type { Floats } from "../../runtime/kernel.js";
import { expectCount, optionalVector, vector } from "../snapshot.js";
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

/**
 * The arrays are those of the snapshot.
 *
 * @param parameters how many the optimiser belongs to, where that is known
 */
export function readSlots(
  names: readonly string[],
  { tensors, numbers }: Snapshot,
  parameters?: number,
): { readonly steps: number; readonly slots: readonly Floats[] } {
  const what = "the optimiser";
  const steps = expectCount(what, numbers, "steps");
  const other = Object.keys(tensors).find((name) => !names.includes(name));
  if (other !== undefined)
    throw new Error(
      `${what}: it keeps ${names.join(", ") || "nothing"}, and no ${other}; another kind of optimiser was saved`,
    );
  if (steps === 0) return { steps, slots: [] };
  let length = parameters;
  const slots = names.map((name) => {
    const slot = optionalVector(what, tensors, name, length);
    if (!slot) throw new Error(`${what}: ${name} is missing`);
    length = slot.length;
    return slot;
  });
  return { steps, slots };
}

/** @param what was made for `its` parameters */
export const notItsParameters = (
  its: number,
  given: number,
  what = "the optimiser",
): RangeError =>
  new RangeError(
    `${what} belongs to ${its} parameters, and there are ${given}`,
  );

/** That what is kept belongs to as many parameters as there are. @param its undefined where nothing is kept */
export function checkItsParameters(
  what: string,
  its: number | undefined,
  given: number,
): void {
  if (its !== undefined && its !== given)
    throw notItsParameters(its, given, what);
}

/** What is to be remembered, wherever it lies: read first, so that files are written and read in one go. */
import type { CheckpointParts } from "./files/checkpoint.js";
import type { AsyncPersistent, Persistent } from "./snapshot.js";

/** Parts of a checkpoint on the host and on devices. */
export type AnyCheckpointParts = Readonly<
  Record<string, Persistent | AsyncPersistent>
>;

/** The parts as they are now; what lies on one device is read in one copy. */
export async function savedParts(
  parts: AnyCheckpointParts,
): Promise<CheckpointParts> {
  const saved = await Promise.all(
    Object.entries(parts).map(async ([name, part]) => {
      const snapshot = await part.save();
      const kept: Persistent = {
        save: () => snapshot,
        restore: (other) => part.restore(other),
      };
      return [name, kept] as const;
    }),
  );
  return Object.fromEntries(saved);
}

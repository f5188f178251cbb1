/** What is to be remembered, wherever it lies: read first, so that files are written and read in one go. */
import type { CheckpointParts } from "./files/checkpoint.js";
import type { AsyncPersistent, Persistent, Snapshot } from "./snapshot.js";

/** Parts of a checkpoint on the host and on devices. */
export type AnyCheckpointParts = Readonly<
  Record<string, Persistent | AsyncPersistent>
>;

/** The parts as they are now, at once unless one lies on a device; what lies on one device is read in one copy. */
export function savedParts(
  parts: AnyCheckpointParts,
): CheckpointParts | Promise<CheckpointParts> {
  const names = Object.keys(parts);
  const snapshots = names.map((name) => parts[name]!.save());
  const withAll = (all: readonly Snapshot[]): CheckpointParts =>
    Object.fromEntries(
      names.map((name, i) => [
        name,
        {
          save: () => all[i]!,
          restore: (other) => parts[name]!.restore(other),
        } satisfies Persistent,
      ]),
    );
  return snapshots.some((snapshot) => snapshot instanceof Promise)
    ? Promise.all(snapshots).then(withAll)
    : withAll(snapshots as readonly Snapshot[]);
}

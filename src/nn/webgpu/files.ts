/** Files as `cellc/nn` writes and reads them, of models on a device: those of the host and of devices are the same. */
import {
  encodeCheckpoint as encodeParts,
  readCheckpoint,
  restoreParts,
} from "../files/checkpoint.js";
import { encodeModel as encodeSaved } from "../files/weights.js";
import { savedParts } from "../saved-parts.js";
import type { AnyCheckpointParts } from "../saved-parts.js";
import type { AsyncPersistent } from "../snapshot.js";

export { decodeModel } from "../files/weights.js";

/** @param facts anything else to remember; JSON */
export const encodeCheckpoint = async (
  parts: AnyCheckpointParts,
  facts: unknown = null,
): Promise<Uint8Array> => encodeParts(await savedParts(parts), facts);

/**
 * Puts the parts back as they were and gives the facts. The file is read and checked to its end before anything is
 * changed; where anything does not fit, nothing is.
 *
 * @param what names the file in errors
 */
export async function decodeCheckpoint(
  bytes: Uint8Array,
  parts: AnyCheckpointParts,
  what: string,
): Promise<unknown> {
  const read = readCheckpoint(bytes, what);
  restoreParts(read, await savedParts(parts));
  return read.facts;
}

export async function encodeModel(
  model: Pick<AsyncPersistent, "save">,
): Promise<Uint8Array> {
  const saved = await model.save();
  return encodeSaved({ save: () => saved });
}

/** Files as `cellc/nn` writes and reads them, of models on a device: those of the host and of devices are the same. */
import {
  decodeCheckpoint as decodeParts,
  encodeCheckpoint as encodeParts,
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

/** Puts the parts back as they were and gives the facts; where anything does not fit, nothing is changed. */
export const decodeCheckpoint = async (
  bytes: Uint8Array,
  parts: AnyCheckpointParts,
  what: string,
): Promise<unknown> => decodeParts(bytes, await savedParts(parts), what);

export async function encodeModel(
  model: Pick<AsyncPersistent, "save">,
): Promise<Uint8Array> {
  const saved = await model.save();
  return encodeSaved({ save: () => saved });
}

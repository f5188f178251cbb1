/** The parameters of a model as a file: names and shapes as the cells give them. */
import type { Persistent } from "../snapshot.js";
import { decodeTensors, encodeTensors } from "./safetensors.js";

const format = "cellc model 1";

export const encodeModel = (model: Pick<Persistent, "save">): Uint8Array =>
  encodeTensors(model.save().tensors, { format });

/** Fills the parameters; the file must have all of them, in their shapes, and nothing else. */
export function decodeModel(
  bytes: Uint8Array,
  model: Pick<Persistent, "restore">,
  what: string,
): void {
  const { tensors } = decodeTensors(bytes, what);
  try {
    model.restore({ tensors, numbers: {} });
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
  }
}

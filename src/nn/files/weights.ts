/** The parameters of a model as a file: names and shapes as the cells give them. */
import type { Model } from "../model.js";
import type { Sequence } from "../sequence.js";
import { decodeTensors, encodeTensors } from "./safetensors.js";

const format = "cellc model 1";

export const encodeModel = <I = Sequence, G = unknown>(
  model: Model<I, G>,
): Uint8Array => encodeTensors(model.save().tensors, { format });

/** Fills the parameters; the file must have all of them, in their shapes, and nothing else. */
export function decodeModel<I = Sequence, G = unknown>(
  bytes: Uint8Array,
  model: Model<I, G>,
  what: string,
): void {
  const { tensors } = decodeTensors(bytes, what);
  try {
    model.restore({ tensors, numbers: {} });
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
  }
}

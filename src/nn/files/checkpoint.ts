/**
 * Everything from which training goes on with the same bits, in one file of the safetensors format: what is to be
 * remembered by name, its tensors under `name/…`, its numbers and the caller's facts as JSON in the metadata.
 */
import type { Persistent, Snapshot, Tensor } from "../snapshot.js";
import { decodeTensors, encodeTensors } from "./safetensors.js";

/** What belongs to a checkpoint: the model, the optimiser, the generator, the position in the data, … */
export type CheckpointParts = Readonly<Record<string, Persistent>>;

const format = "cellc checkpoint 1";

/** @param facts anything else to remember; JSON */
export function encodeCheckpoint(
  parts: CheckpointParts,
  facts: unknown = null,
): Uint8Array {
  const tensors: Record<string, Tensor> = {};
  const numbers: Record<string, Snapshot["numbers"]> = {};
  for (const [part, each] of Object.entries(parts)) {
    const saved = each.save();
    numbers[part] = saved.numbers;
    for (const [name, value] of Object.entries(saved.numbers))
      if (!Number.isFinite(value))
        throw new RangeError(`${part}: ${name} is ${value}, no finite number`);
    for (const [name, tensor] of Object.entries(saved.tensors))
      tensors[`${part}/${name}`] = tensor;
  }
  return encodeTensors(tensors, {
    format,
    numbers: JSON.stringify(numbers),
    facts: JSON.stringify(facts),
  });
}

/** Puts the parts back as they were and gives the facts; where anything does not fit, nothing is changed. */
export function decodeCheckpoint(
  bytes: Uint8Array,
  parts: CheckpointParts,
  what: string,
): unknown {
  const { tensors, metadata } = decodeTensors(bytes, what);
  if (metadata["format"] !== format)
    throw new Error(
      `${what} is no checkpoint of cellc (${metadata["format"] ?? "it says no format"})`,
    );
  const numbers = JSON.parse(metadata["numbers"] ?? "{}") as Record<
    string,
    Snapshot["numbers"]
  >;
  const missing = Object.keys(parts).find(
    (part) => !Object.hasOwn(numbers, part),
  );
  const unknown = Object.keys(numbers).find(
    (part) => !Object.hasOwn(parts, part),
  );
  if (missing !== undefined || unknown !== undefined)
    throw new Error(
      `${what} remembers ${Object.keys(numbers).join(", ")}; asked for are ${Object.keys(parts).join(", ")}`,
    );
  const before = Object.entries(parts).map(
    ([name, part]) => [name, part, part.save()] as const,
  );
  try {
    for (const [name, part] of before)
      part.restore({
        tensors: below(tensors, `${name}/`),
        numbers: numbers[name]!,
      });
  } catch (error) {
    for (const [, part, snapshot] of before) part.restore(snapshot);
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
  }
  return JSON.parse(metadata["facts"] ?? "null");
}

const below = (
  tensors: Snapshot["tensors"],
  prefix: string,
): Snapshot["tensors"] =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );

/**
 * Everything from which training goes on with the same bits, in one file of the safetensors format: what is to be
 * remembered by name, its tensors under `name/…`, its numbers and the caller's facts as JSON in the metadata.
 */
import { checkParts } from "../given.js";
import type { Persistent, Snapshot, Tensor } from "../snapshot.js";
import { decodeTensors, encodeTensors } from "./safetensors.js";
import { isRecord } from "./tensor-header.js";

/** What belongs to a checkpoint: the model, the optimiser, the generator, the position in the data, … */
export type CheckpointParts = Readonly<Record<string, Persistent>>;

const format = "cellc checkpoint 1";
const metadataNames = ["format", "numbers", "facts"];

/** @param facts anything else to remember; JSON */
export function encodeCheckpoint(
  parts: CheckpointParts,
  facts: unknown = null,
): Uint8Array {
  checkParts("the parts of a checkpoint", parts, []);
  checkNames(Object.keys(parts));
  const tensors: [name: string, tensor: Tensor][] = [];
  const numbers: [part: string, numbers: Snapshot["numbers"]][] = [];
  for (const [part, each] of Object.entries(parts)) {
    const saved = each.save();
    numbers.push([part, saved.numbers]);
    for (const [name, value] of Object.entries(saved.numbers))
      if (!Number.isFinite(value))
        throw new RangeError(`${part}: ${name} is ${value}, no finite number`);
    for (const [name, tensor] of Object.entries(saved.tensors))
      tensors.push([`${part}/${name}`, tensor]);
  }
  return encodeTensors(Object.fromEntries(tensors), {
    format,
    numbers: JSON.stringify(Object.fromEntries(numbers)),
    facts: factsText(facts),
  });
}

/** That it can be told which part a tensor belongs to. */
function checkNames(parts: readonly string[]): void {
  for (const part of parts) {
    const below = parts.find((other) => other.startsWith(`${part}/`));
    if (below !== undefined)
      throw new RangeError(
        `parts of a checkpoint cannot be called ${part} and ${below}: the tensors of ${part} are called ${part}/… in the file`,
      );
  }
}

function factsText(facts: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(facts);
  } catch (error) {
    throw new TypeError(
      `the facts of a checkpoint cannot be written as JSON: ${(error as Error).message}`,
      { cause: error },
    );
  }
  return text ?? "null";
}

/** A file that was read and found whole; nothing is put back yet. */
export interface Checkpoint {
  readonly what: string;
  readonly tensors: Snapshot["tensors"];
  /** By part. */
  readonly numbers: ReadonlyMap<string, Snapshot["numbers"]>;
  readonly facts: unknown;
}

/** @param what names the file in errors */
export function readCheckpoint(bytes: Uint8Array, what: string): Checkpoint {
  const { tensors, metadata } = decodeTensors(bytes, what);
  if (metadata["format"] !== format)
    throw new Error(
      `${what} is no checkpoint of cellc (${metadata["format"] ?? "it says no format"})`,
    );
  const odd = Object.keys(metadata).find(
    (name) => !metadataNames.includes(name),
  );
  if (odd !== undefined)
    throw new Error(
      `${what} has metadata ${JSON.stringify(odd)}; a checkpoint of cellc has ${metadataNames.join(", ")}`,
    );
  const parsed = (name: string): unknown => {
    try {
      return JSON.parse(metadata[name] ?? "");
    } catch (error) {
      throw new Error(
        `${what}: the ${name} of the checkpoint are no JSON: ${(error as Error).message}`,
        { cause: error },
      );
    }
  };
  return {
    what,
    tensors,
    numbers: readParts(parsed("numbers"), what),
    facts: parsed("facts"),
  };
}

function readParts(
  parts: unknown,
  what: string,
): ReadonlyMap<string, Snapshot["numbers"]> {
  if (!isRecord(parts))
    throw new Error(`${what}: the numbers of the checkpoint are no parts`);
  for (const [part, numbers] of Object.entries(parts))
    if (
      !isRecord(numbers) ||
      !Object.values(numbers).every((number) => Number.isFinite(number))
    )
      throw new Error(
        `${what}: the numbers of ${part} in the checkpoint are not finite numbers by name`,
      );
  return new Map(Object.entries(parts) as [string, Snapshot["numbers"]][]);
}

/** Puts the parts back as they were; where anything does not fit, nothing is changed. */
export function restoreParts(
  { what, tensors, numbers }: Checkpoint,
  parts: CheckpointParts,
): void {
  const names = Object.keys(parts);
  if (
    names.length !== numbers.size ||
    !names.every((part) => numbers.has(part))
  )
    throw new Error(
      `${what} remembers ${[...numbers.keys()].join(", ") || "nothing"}; asked for are ${names.join(", ") || "none"}`,
    );
  const before = Object.entries(parts).map(
    ([name, part]) => [name, part, part.save()] as const,
  );
  let begun = 0;
  try {
    for (const [name, part] of before) {
      begun++;
      part.restore({
        tensors: below(tensors, `${name}/`),
        numbers: numbers.get(name)!,
      });
    }
  } catch (error) {
    for (const [, part, snapshot] of before.slice(0, begun).reverse())
      part.restore(snapshot);
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Puts the parts back as they were and gives the facts. The file is read and checked to its end before anything is
 * changed; where anything does not fit, nothing is.
 *
 * @param what names the file in errors
 */
export function decodeCheckpoint(
  bytes: Uint8Array,
  parts: CheckpointParts,
  what: string,
): unknown {
  const read = readCheckpoint(bytes, what);
  restoreParts(read, parts);
  return read.facts;
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

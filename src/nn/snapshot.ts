/** What can be put into a checkpoint: everything that changes while a model is trained. */
import type { Values } from "./sequence.js";

export interface Tensor {
  readonly values: Values;
  /** Row-major; the product of the extents is the number of values. */
  readonly shape: readonly number[];
  /** Of a parameter that only some of the cells have which the tensors may be for; the others leave it out. */
  readonly optional?: boolean;
}

export interface Snapshot {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly numbers: Readonly<Record<string, number>>;
}

export interface Persistent {
  /** The arrays are copies. */
  save(): Snapshot;
  /** Throws, and leaves everything as it was, where the snapshot is not of such a thing. */
  restore(snapshot: Snapshot): void;
}

/** The same for what lies on a device, which has to be read first. */
export interface AsyncPersistent {
  save(): Promise<Snapshot>;
  /** Throws, and leaves everything as it was, where the snapshot is not of such a thing. */
  restore(snapshot: Snapshot): void;
}

export const vector = (values: Values): Tensor => ({
  values: values.slice(),
  shape: [values.length],
});

/** The tensor of that name, if it has the expected shape. */
export function expectTensor(
  what: string,
  tensors: Snapshot["tensors"],
  name: string,
  shape: readonly number[],
): Tensor {
  const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  if (!tensor) throw new Error(`${what}: ${name} is missing`);
  if (tensor.shape.join() !== shape.join())
    throw new Error(
      `${what}: ${name} has shape [${tensor.shape.join(", ")}]; expected [${shape.join(", ")}]`,
    );
  return tensor;
}

export function expectNumber(
  what: string,
  numbers: Snapshot["numbers"],
  name: string,
): number {
  const number = Object.hasOwn(numbers, name) ? numbers[name] : undefined;
  if (typeof number !== "number")
    throw new Error(`${what}: ${name} is missing`);
  return number;
}

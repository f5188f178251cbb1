/** What can be put into a checkpoint: everything that changes while a model is trained. */
import type { Floats } from "../runtime/kernel.js";
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
  const length = shape.reduce((a, b) => a * b, 1);
  // Asked for here, where nothing has been changed yet: what a file cannot give as numbers throws.
  const { values } = tensor;
  if (values.length !== length)
    throw new Error(
      `${what}: ${name} of shape [${shape.join(", ")}] has ${values.length} numbers; expected ${length}`,
    );
  return tensor;
}

/** A vector of floats that may be missing. @param length expected, where it is known */
export function optionalVector(
  what: string,
  tensors: Snapshot["tensors"],
  name: string,
  length?: number,
): Floats | undefined {
  const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  if (!tensor) return undefined;
  const { values } = tensor;
  if (!(values instanceof Float32Array || values instanceof Float64Array))
    throw new Error(`${what}: ${name} has no floats`);
  expectTensor(what, tensors, name, [length ?? values.length]);
  return values;
}

export function expectNumber(
  what: string,
  numbers: Snapshot["numbers"],
  name: string,
): number {
  const number = Object.hasOwn(numbers, name) ? numbers[name] : undefined;
  if (typeof number !== "number")
    throw new Error(`${what}: ${name} is missing`);
  if (!Number.isFinite(number))
    throw new Error(`${what}: ${name} is ${number}, no finite number`);
  return number;
}

/** The whole number of that name, from 0 on. */
export function expectCount(
  what: string,
  numbers: Snapshot["numbers"],
  name: string,
): number {
  const count = expectNumber(what, numbers, name);
  if (!Number.isSafeInteger(count) || count < 0)
    throw new Error(`${what}: ${name} is ${count}, no whole number from 0 on`);
  return count;
}

/** Checks of what callers hand over; every message names the array, what is expected and what came. */
import type { BackendName, CellInfo, Numbers, ValueInfo } from "./info.js";
import type { Sizes } from "./kernel.js";
import { own } from "./own.js";

/** The largest number of a step on each backend; those that count in 32 bits have no larger ones. */
export const lastStep = {
  ts: Number.MAX_SAFE_INTEGER,
  wasm: 2 ** 31 - 1,
  webgpu: 2 ** 31 - 1,
} as const satisfies Readonly<Record<BackendName, number>>;

/** Typed arrays of more elements than this cannot be made everywhere. */
const largestArray = 2 ** 31 - 1;

const list = (names: Iterable<string>): string => {
  const all = [...names];
  return all.length === 0 ? "none" : all.join(", ");
};

/** The sizes of a cell: all there, none unknown, whole numbers from 1 on. */
export function checkSizes(info: CellInfo, sizes: Sizes): Sizes {
  checkNames(`${info.name}: size`, Object.keys(sizes), info.sizes);
  for (const name of info.sizes) {
    const value = own(sizes, name);
    if (value === undefined)
      throw new TypeError(
        `${info.name}: size ${name} is missing (sizes: ${list(info.sizes)})`,
      );
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(
        `${info.name}: size ${name} is ${shown(value)}; it must be a whole number from 1 on`,
      );
  }
  return Object.fromEntries(info.sizes.map((name) => [name, sizes[name]!]));
}

/** That the sizes give whole numbers wherever the cell divides or subtracts them. */
export function checkRequirements(info: CellInfo, sizes: Sizes): void {
  for (const { where, least, size } of info.requirements) {
    const value = size(sizes);
    if (!Number.isInteger(value) || value < least)
      throw new RangeError(
        `${info.name}: ${where} gives ${value} with ${showSizes(sizes)}; it must be a whole number from ${least} on`,
      );
  }
}

/** The shape in numbers; an error where no array can hold so many. */
export function checkShape(
  cell: string,
  value: ValueInfo,
  sizes: Sizes,
): readonly number[] {
  const shape = value.shape(sizes);
  if (elements(shape) > largestArray)
    throw new RangeError(
      `${cell}: ${value.name}: ${value.type} would have ${elements(shape)} elements with ${showSizes(sizes)}, which is more than an array can hold`,
    );
  return shape;
}

const showSizes = (sizes: Sizes): string =>
  Object.entries(sizes)
    .map(([name, size]) => `${name} = ${size}`)
    .join(", ");

export const elements = (shape: readonly number[]): number =>
  shape.reduce((product, extent) => product * extent, 1);

/** An error for the first name that is not among the known ones. */
export function checkNames(
  what: string,
  names: readonly string[],
  known: readonly string[],
): void {
  for (const name of names)
    if (!known.includes(name))
      throw new TypeError(
        `${what} ${name} is unknown; the cell has: ${list(known)}`,
      );
}

/** A whole number of at least 1. */
export function checkCount(what: string, value: number): number {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(
      `${what} is ${shown(value)}; it must be a whole number from 1 on`,
    );
  return value;
}

/** The number of elements. `expected` is how a message spells the shape, such as `[T=5, B=2, M=3]`. */
export function checkLength(
  what: string,
  array: Numbers,
  length: number,
  expected: string,
): void {
  if (array.length === length) return;
  if (isDetached(array))
    throw new TypeError(
      `${what}: the memory of this array is gone: results of a cell last until its next call, and what was sent to a worker is the worker's; take a copy before (slice())`,
    );
  throw new RangeError(
    `${what}: expected ${counted(length, "number")} for ${expected}, got ${array.length}`,
  );
}

/** A flat array of numbers: callers without types may give others, nested ones above all, that would be read as NaN. */
export function checkNumbers(what: string, array: Numbers): void {
  const given: unknown = array;
  if (given instanceof BigInt64Array || given instanceof BigUint64Array)
    throw new TypeError(
      `${what}: expected a flat array of numbers, got BigInts; Float64Array.from(array, Number) makes numbers of them`,
    );
  if (ArrayBuffer.isView(given) && !(given instanceof DataView)) return;
  if (typeof given !== "object" || typeof array?.length !== "number")
    throw new TypeError(
      `${what}: expected a flat array of numbers, got ${shortly(given)}`,
    );
  // Other things with a length are the work of somebody who knows what they do.
  if (!Array.isArray(array)) return;
  for (let i = 0; i < array.length; i++)
    if (typeof array[i] !== "number")
      throw new TypeError(
        `${what}: expected a flat array of numbers; element ${i} is ${shortly(array[i])}`,
      );
}

function shortly(value: unknown): string {
  if (typeof value === "string") return "a string";
  if (value instanceof DataView) return "a DataView";
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return "an array";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value ? "an object" : shown(value);
}

/** A number with its noun. */
export const counted = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? "" : "s"}`;

/** A value in a message; a BigInt must not look like a number. */
export function shown(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "object" && value ? shortly(value) : String(value);
}

/** Typed arrays whose memory has gone elsewhere have no elements any more. */
function isDetached(array: Numbers): boolean {
  if (!ArrayBuffer.isView(array) || array.length > 0) return false;
  try {
    new Uint8Array((array as unknown as ArrayBufferView).buffer);
    return false;
  } catch {
    return true;
  }
}

/** An object that has arrays by name. */
export function checkRecord(
  what: string,
  record: unknown,
  values: readonly { readonly name: string }[],
): void {
  if (
    typeof record === "object" &&
    record !== null &&
    !Array.isArray(record) &&
    !ArrayBuffer.isView(record)
  )
    return;
  throw new TypeError(
    `${what}: expected an object with arrays by name (${list(values.map(({ name }) => name))}), got ${shortly(record)}`,
  );
}

/** Entries of a batch, and how many steps each of them has. */
export interface Entries {
  readonly batch: number;
  readonly lengths?: Numbers;
}

/** Tokens are whole numbers in 0 … vocabulary − 1; behind the end of a sequence, `[T, B]`, nobody reads them. */
export function checkTokens(
  what: string,
  tokens: Numbers,
  vocabulary: number,
  { batch, lengths }: Entries = { batch: 1 },
): void {
  for (let i = 0; i < tokens.length; i++) {
    if (lengths && Math.floor(i / batch) >= lengths[i % batch]!) continue;
    const token = tokens[i]!;
    if (!(token >= 0 && token < vocabulary && Number.isInteger(token)))
      throw new RangeError(
        `${what}[${i}] is ${shown(token)}; tokens are whole numbers from 0 to ${vocabulary - 1}`,
      );
  }
}

/** Steps of each batch entry, 0 … T. */
export function checkLengths(
  lengths: Numbers,
  steps: number,
  batch: number,
): void {
  checkNumbers("lengths", lengths);
  checkLength("lengths", lengths, batch, `[B=${batch}]`);
  for (let i = 0; i < batch; i++) {
    const length = lengths[i]!;
    if (!(length >= 0 && length <= steps && Number.isInteger(length)))
      throw new RangeError(
        `lengths[${i}] is ${shown(length)}; lengths are whole numbers from 0 to the ${counted(steps, "step")} of the sequence`,
      );
  }
}

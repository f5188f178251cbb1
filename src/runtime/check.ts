/** Checks of what callers hand over; every message names the array, what is expected and what came. */
import type { CellInfo, Numbers, ValueInfo } from "./info.js";
import type { Sizes } from "./kernel.js";

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
    const value = sizes[name];
    if (value === undefined)
      throw new TypeError(
        `${info.name}: size ${name} is missing (sizes: ${list(info.sizes)})`,
      );
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(
        `${info.name}: size ${name} is ${String(value)}; it must be a whole number from 1 on`,
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
        `${info.name}: ${where} gives ${value} with ${shown(sizes)}; it must be a whole number from ${least} on`,
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
      `${cell}: ${value.name}: ${value.type} would have ${elements(shape)} elements with ${shown(sizes)}, which is more than an array can hold`,
    );
  return shape;
}

const shown = (sizes: Sizes): string =>
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
      `${what} is ${String(value)}; it must be a whole number from 1 on`,
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
  if (array.length !== length)
    throw new RangeError(
      `${what}: expected ${length} numbers for ${expected}, got ${array.length}`,
    );
}

/** A flat array of numbers: callers without types may give others, nested ones above all, that would be read as NaN. */
export function checkNumbers(what: string, array: Numbers): void {
  if (ArrayBuffer.isView(array)) return;
  const given: unknown = array;
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
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return "an array";
  return typeof value === "object" && value ? "an object" : String(value);
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
        `${what}[${i}] is ${String(token)}; tokens are whole numbers from 0 to ${vocabulary - 1}`,
      );
  }
}

/** Steps of each batch entry, 0 … T. */
export function checkLengths(
  lengths: Numbers,
  steps: number,
  batch: number,
): void {
  checkLength("lengths", lengths, batch, `[B=${batch}]`);
  for (let i = 0; i < batch; i++) {
    const length = lengths[i]!;
    if (!(length >= 0 && length <= steps && Number.isInteger(length)))
      throw new RangeError(
        `lengths[${i}] is ${String(length)}; lengths are whole numbers from 0 to the ${steps} steps of the sequence`,
      );
  }
}

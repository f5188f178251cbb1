/** The types of numbers that the safetensors format knows, and how each is read into an array. */
import { tagOf } from "../given.js";
import type { Values } from "../sequence.js";

interface Type {
  /** Of one number; some are smaller than a byte. */
  readonly bits: number;
  /**
   * Of bytes of their own, at the start of their buffer. A text where there are numbers that no array here can hold.
   * Missing where none can hold any.
   */
  readonly read?: (buffer: ArrayBuffer) => Values | string;
}

/** Floats of 8 and 16 bits become float32, whole numbers 32-bit integers, or float64 where one of them needs more. */
const types: Readonly<Record<string, Type>> = {
  F64: { bits: 64, read: (buffer) => new Float64Array(buffer) },
  F32: { bits: 32, read: (buffer) => new Float32Array(buffer) },
  F16: {
    bits: 16,
    read: (buffer) => Float32Array.from(new Uint16Array(buffer), halfFloat),
  },
  BF16: {
    bits: 16,
    read: (buffer) => upperHalves(new Uint16Array(buffer)),
  },
  F8_E5M2: {
    bits: 8,
    // The upper half of a binary16.
    read: (buffer) =>
      Float32Array.from(new Uint8Array(buffer), (byte) => halfFloat(byte << 8)),
  },
  F8_E4M3: {
    bits: 8,
    read: (buffer) => Float32Array.from(new Uint8Array(buffer), quarterFloat),
  },
  F8_E8M0: {
    bits: 8,
    read: (buffer) =>
      Float32Array.from(new Uint8Array(buffer), (byte) =>
        byte === 255 ? NaN : 2 ** (byte - 127),
      ),
  },
  I64: { bits: 64, read: (buffer) => long(new BigInt64Array(buffer)) },
  U64: { bits: 64, read: (buffer) => long(new BigUint64Array(buffer)) },
  I32: { bits: 32, read: (buffer) => new Int32Array(buffer) },
  U32: { bits: 32, read: (buffer) => narrowed(new Uint32Array(buffer)) },
  I16: {
    bits: 16,
    read: (buffer) => Int32Array.from(new Int16Array(buffer)),
  },
  U16: {
    bits: 16,
    read: (buffer) => Int32Array.from(new Uint16Array(buffer)),
  },
  I8: { bits: 8, read: (buffer) => Int32Array.from(new Int8Array(buffer)) },
  U8: { bits: 8, read: (buffer) => Int32Array.from(new Uint8Array(buffer)) },
  BOOL: {
    bits: 8,
    read: (buffer) =>
      Int32Array.from(new Uint8Array(buffer), (byte) => (byte === 0 ? 0 : 1)),
  },
  C64: { bits: 64 },
  F8_E4M3FNUZ: { bits: 8 },
  F8_E5M2FNUZ: { bits: 8 },
  F6_E2M3: { bits: 6 },
  F6_E3M2: { bits: 6 },
  F4: { bits: 4 },
};

/** Undefined where the type is not known. */
export const bitsOf = (dtype: string): number | undefined =>
  Object.hasOwn(types, dtype) ? types[dtype]!.bits : undefined;

/** The numbers, or why there are none. */
export function readNumbers(
  dtype: string,
  buffer: ArrayBuffer,
): Values | string {
  const read = Object.hasOwn(types, dtype) ? types[dtype]!.read : undefined;
  if (read) return read(buffer);
  const readable = Object.keys(types).filter((name) => types[name]!.read);
  return `holds numbers of the type ${dtype}; read are ${readable.join(", ")}`;
}

/** The types of what may be written, by kinds of arrays. */
const written: Readonly<Record<string, string>> = {
  Float64Array: "F64",
  Float32Array: "F32",
  Int32Array: "I32",
  Uint32Array: "U32",
  Int16Array: "I16",
  Uint16Array: "U16",
  Int8Array: "I8",
  Uint8Array: "U8",
  Uint8ClampedArray: "U8",
  BigInt64Array: "I64",
  BigUint64Array: "U64",
};

/** Undefined where arrays of this kind are not written. */
export const dtypeOf = (values: ArrayBufferView): string | undefined => {
  const tag = tagOf(values);
  return tag !== undefined && Object.hasOwn(written, tag)
    ? written[tag]
    : undefined;
};

/** Float32 numbers whose upper halves these are. */
function upperHalves(words: Uint16Array): Float32Array {
  const all = Uint32Array.from(words, (word) => word << 16);
  return new Float32Array(all.buffer);
}

function narrowed(values: Uint32Array): Values {
  return values.some((value) => value > 0x7fffffff)
    ? Float64Array.from(values)
    : Int32Array.from(values);
}

function long(values: BigInt64Array | BigUint64Array): Values | string {
  const found = new Float64Array(values.length);
  let small = true;
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!Number.isSafeInteger(value))
      return `holds ${values[i]}, which has more than the 53 bits of a float64`;
    found[i] = value;
    small &&= value === (value | 0);
  }
  return small ? Int32Array.from(found) : found;
}

/** IEEE 754 binary16. */
function halfFloat(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** FP8 Formats for Deep Learning. Micikevicius et al., 2022: E4M3, with NaN and without infinities. */
function quarterFloat(byte: number): number {
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte >> 3) & 15;
  const fraction = byte & 7;
  if (exponent === 0) return sign * fraction * 2 ** -9;
  if (exponent === 15 && fraction === 7) return NaN;
  return sign * (8 + fraction) * 2 ** (exponent - 10);
}

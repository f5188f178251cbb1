/**
 * The safetensors format (Hugging Face): a length of 8 bytes, a header in JSON with name, type, shape and place of each
 * tensor, then the numbers, little-endian as all machines that run this are.
 */
import type { Values } from "../sequence.js";
import type { Tensor } from "../snapshot.js";

export type Tensors = Readonly<Record<string, Tensor>>;

export interface TensorFile {
  readonly tensors: Tensors;
  readonly metadata: Readonly<Record<string, string>>;
}

type Kind = "F64" | "F32" | "F16" | "BF16" | "I64" | "I32";

const bytesOf: Readonly<Record<Kind, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
};

/** As the format's own library has it; more is no header of tensors. */
const longestHeader = 100_000_000;

const kindOf = (values: Values): Kind =>
  values instanceof Float64Array
    ? "F64"
    : values instanceof Float32Array
      ? "F32"
      : "I32";

export function encodeTensors(
  tensors: Tensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header["__metadata__"] = metadata;
  let end = 0;
  // Wide numbers first, so that all are aligned.
  const order = Object.entries(tensors).sort(
    ([, a], [, b]) => bytesOf[kindOf(b.values)] - bytesOf[kindOf(a.values)],
  );
  for (const [name, { values, shape }] of order) {
    if (shape.reduce((a, b) => a * b, 1) !== values.length)
      throw new RangeError(
        `${name}: ${values.length} numbers are no [${shape.join(", ")}]`,
      );
    const from = end;
    end += values.byteLength;
    header[name] = {
      dtype: kindOf(values),
      shape,
      data_offsets: [from, end],
    };
  }
  let text = JSON.stringify(header);
  const length = new TextEncoder().encode(text).length;
  text += " ".repeat((8 - (length % 8)) % 8);
  const head = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + head.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let at = 8 + head.length;
  for (const [, { values }] of order) {
    bytes.set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      at,
    );
    at += values.byteLength;
  }
  return bytes;
}

/** Reads a file; `what` names it in errors. Half and brain floats become float32, 64-bit integers 32-bit ones. */
export function decodeTensors(bytes: Uint8Array, what: string): TensorFile {
  const fault = (text: string): Error => new Error(`${what}: ${text}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8)
    throw fault(
      `${bytes.length} bytes are too short for a file in the safetensors format`,
    );
  const length = view.getBigUint64(0, true);
  if (length > longestHeader || Number(length) > bytes.length - 8)
    throw fault(
      `not a file in the safetensors format, or cut off: its header would have ${length} bytes, and ${bytes.length - 8} follow`,
    );
  const start = 8 + Number(length);
  const header = parseHeader(bytes.subarray(8, start), fault);
  // A plain array: the `slice` of Node's buffers does not copy.
  const data = new Uint8Array(
    bytes.buffer,
    bytes.byteOffset + start,
    bytes.length - start,
  );
  const tensors: Record<string, Tensor> = {};
  const ranges: (readonly [from: number, to: number, name: string])[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") {
      metadata = checkMetadata(entry, fault);
      continue;
    }
    const { kind, shape, from, to } = checkEntry(name, entry, data, fault);
    ranges.push([from, to, name]);
    tensors[name] = {
      values: readNumbers(data.slice(from, to), kind, (text) =>
        fault(`${name} ${text}`),
      ),
      shape,
    };
  }
  ranges.sort(([a, c], [b, d]) => a - b || c - d);
  let end = 0;
  for (const [from, to, name] of ranges) {
    if (from !== end)
      throw fault(
        `${name} begins at byte ${from} of the numbers, where ${end} is expected`,
      );
    end = to;
  }
  if (end !== data.length)
    throw fault(
      `${data.length} bytes of numbers follow the header, which describes ${end}`,
    );
  return { tensors, metadata };
}

type Fault = (text: string) => Error;

function parseHeader(
  bytes: Uint8Array,
  fault: Fault,
): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    );
  } catch {
    throw fault("its header is not JSON: no file in the safetensors format");
  }
  if (!isRecord(parsed)) throw fault("its header is not a JSON object");
  return parsed;
}

function checkMetadata(entry: unknown, fault: Fault): Record<string, string> {
  if (
    !isRecord(entry) ||
    !Object.values(entry).every((value) => typeof value === "string")
  )
    throw fault("its metadata are not texts by name");
  return entry as Record<string, string>;
}

interface Entry {
  readonly kind: Kind;
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
}

function checkEntry(
  name: string,
  entry: unknown,
  data: Uint8Array,
  fault: Fault,
): Entry {
  const { dtype, shape, data_offsets: place } = isRecord(entry) ? entry : {};
  if (typeof dtype !== "string" || !isCounts(shape) || !isCounts(place))
    throw fault(`the header gives ${name} no dtype, shape and data_offsets`);
  const [from = 0, to = 0] = place;
  if (!Object.hasOwn(bytesOf, dtype))
    throw fault(
      `${name} holds numbers of the type ${dtype}; known are ${Object.keys(bytesOf).join(", ")}`,
    );
  const kind = dtype as Kind;
  if (place.length !== 2 || from > to || to > data.length)
    throw fault(
      `${name} lies at the bytes ${place.join(" to ")} of ${data.length}`,
    );
  const wanted = shape.reduce((a, b) => a * b, bytesOf[kind]);
  if (to - from !== wanted)
    throw fault(
      `${name} of the type ${kind} and shape [${shape.join(", ")}] needs ${wanted} bytes and has ${to - from}`,
    );
  return { kind, shape, from, to };
}

/** @param bytes of their own, at the start of their buffer */
function readNumbers(bytes: Uint8Array, kind: Kind, fault: Fault): Values {
  const { buffer } = bytes;
  switch (kind) {
    case "F64":
      return new Float64Array(buffer);
    case "F32":
      return new Float32Array(buffer);
    case "I32":
      return new Int32Array(buffer);
    case "F16":
      return Float32Array.from(new Uint16Array(buffer), halfFloat);
    case "BF16": {
      const words = Uint32Array.from(
        new Uint16Array(buffer),
        (word) => word << 16,
      );
      return new Float32Array(words.buffer);
    }
    case "I64": {
      const large = new BigInt64Array(buffer);
      const values = Int32Array.from(large, Number);
      const bad = large.findIndex((value, i) => value !== BigInt(values[i]!));
      if (bad >= 0)
        throw fault(`holds ${large[bad]}, which has more than 32 bits`);
      return values;
    }
  }
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

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.every((each) => Number.isSafeInteger(each) && each >= 0);

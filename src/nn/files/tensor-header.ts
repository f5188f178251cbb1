/** The header of a file in the safetensors format: JSON with the type, the shape and the place of each tensor. */
import { bitsOf } from "./dtypes.js";
import { repeatedName } from "./json-names.js";

export interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Where its numbers begin and end, in bytes after the header. */
  readonly from: number;
  readonly to: number;
}

export interface Header {
  /** In the order of the header. */
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

export const metadataName = "__metadata__";

type Fault = (text: string) => Error;

/**
 * @param bytes of the header
 * @param room bytes that follow it, which the tensors fill without holes and overlaps
 */
export function readHeader(
  bytes: Uint8Array,
  room: number,
  fault: Fault,
): Header {
  const { [metadataName]: metadata = {}, ...rest } = parse(bytes, fault);
  const entries = Object.entries(rest).map(([name, entry]) =>
    readEntry(name, entry, room, fault),
  );
  const inOrder = [...entries].sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, from, to } of inOrder) {
    if (from !== end)
      throw fault(
        `${shownName(name)} begins at byte ${from} of the numbers, where ${end} is expected`,
      );
    end = to;
  }
  if (end !== room)
    throw fault(
      `${room} bytes of numbers follow the header, which describes ${end}`,
    );
  return { entries, metadata: checkMetadata(metadata, fault) };
}

function parse(
  bytes: Uint8Array,
  fault: Fault,
): Readonly<Record<string, unknown>> {
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    parsed = JSON.parse(text);
  } catch {
    throw fault("its header is not JSON: no file in the safetensors format");
  }
  if (!isRecord(parsed)) throw fault("its header is not a JSON object");
  const twice = repeatedName(text);
  if (twice !== undefined)
    throw fault(`its header has ${shownName(twice)} twice in one place`);
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

function readEntry(
  name: string,
  entry: unknown,
  room: number,
  fault: Fault,
): Entry {
  const { dtype, shape, data_offsets: place } = isRecord(entry) ? entry : {};
  if (typeof dtype !== "string" || !isCounts(shape) || !isCounts(place))
    throw fault(
      `the header gives ${shownName(name)} no dtype, shape and data_offsets`,
    );
  const [from = 0, to = 0] = place;
  if (place.length !== 2 || from > to || to > room)
    throw fault(
      `${shownName(name)} lies at the bytes ${shownList(place, " to ")} of ${room}`,
    );
  const bits = bitsOf(dtype);
  const wanted = bits && Math.ceil((bits * elements(shape)) / 8);
  if (wanted !== undefined && to - from !== wanted)
    throw fault(
      `${shownName(name)} of the type ${dtype} and shape [${shownList(shape, ", ")}] needs ${wanted} bytes and has ${to - from}`,
    );
  return { name, dtype, shape, from, to };
}

/** Also where the product of some extents has no number. */
export const elements = (shape: readonly number[]): number =>
  shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1);

/** A name as it may stand in a message: names of files are anybody's. */
export function shownName(name: string): string {
  const short = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  return /^[\P{C}]+$/u.test(short) ? short : JSON.stringify(short);
}

const shownList = (numbers: readonly number[], between: string): string =>
  numbers.length > 10
    ? `${numbers.slice(0, 10).join(between)}, …`
    : numbers.join(between);

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.every((each) => Number.isSafeInteger(each) && each >= 0);

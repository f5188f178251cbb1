/** RIFF: a file of chunks, each with a name of four letters, a length, and a pad byte where the length is odd. */

export interface Chunk {
  readonly id: string;
  /** Shorter than `length` where the file ends before. */
  readonly data: Uint8Array;
  /** As the file says; undefined where its writer did not know. */
  readonly length: number | undefined;
}

export interface RiffFile {
  /** What kind of file it is, such as `WAVE`. */
  readonly form: string;
  readonly chunks: readonly Chunk[];
}

const headLength = 12;

/** Writers to a pipe do not know the length: ffmpeg then gives the largest one, SoX one just below 2³¹. */
const unspecified = 0x7fff0000;

/** The letters at a place; anything else than letters as its number. */
export const lettersAt = (bytes: Uint8Array, at: number): string =>
  Array.from(bytes.subarray(at, at + 4), (byte) =>
    isPrintable(byte) ? String.fromCharCode(byte) : `\\x${hex(byte)}`,
  ).join("");

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;

const isName = (bytes: Uint8Array, at: number): boolean =>
  at + 4 <= bytes.length && bytes.subarray(at, at + 4).every(isPrintable);

/** Reads RIFF, and RF64 and BW64, whose long chunks have their lengths in a chunk `ds64`. */
export function readRiff(
  bytes: Uint8Array,
  fault: (why: string) => Error,
): RiffFile {
  if (bytes.length < headLength)
    throw fault(`its ${bytes.length} bytes are too few`);
  const kind = lettersAt(bytes, 0);
  if (kind !== "RIFF" && kind !== "RF64" && kind !== "BW64")
    throw fault(
      `it begins with "${kind}", where "RIFF", "RF64" or "BW64" is expected`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const never = view.getUint32(4, true) === 0;
  const chunks: Chunk[] = [];
  let long = new Map<string, number>();
  let at = headLength;
  while (at + 8 <= bytes.length) {
    const id = lettersAt(bytes, at);
    const from = at + 8;
    const room = bytes.length - from;
    let length: number | undefined = view.getUint32(at + 4, true);
    if (length === 0xffffffff && long.has(id)) length = long.get(id)!;
    else if (length >= unspecified && length > room) length = undefined;
    // A recording that never came to its end: no length was ever filled in.
    else if (length === 0 && never && id === "data" && room > 0)
      length = isName(bytes, from) ? 0 : undefined;
    const to = from + Math.min(length ?? room, room);
    const data = bytes.subarray(from, to);
    if (id === "ds64" && kind !== "RIFF") long = longLengths(data);
    chunks.push({ id, data, length });
    // Some writers forget the pad byte.
    const forgotten = isName(bytes, to) && !isName(bytes, to + 1);
    at = to + (data.length % 2 === 1 && !forgotten ? 1 : 0);
  }
  return { form: lettersAt(bytes, 8), chunks };
}

/** Lengths of 64 bits: of the file, of `data`, the number of samples, and a table for other chunks. */
function longLengths(data: Uint8Array): Map<string, number> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const found = new Map<string, number>();
  const long = (at: number): number => Number(view.getBigUint64(at, true));
  if (data.length >= 16) found.set("data", long(8));
  if (data.length >= 28)
    for (let at = 28; at + 12 <= data.length; at += 12)
      found.set(lettersAt(data, at), long(at + 4));
  return found;
}

export interface PlainChunk {
  readonly id: string;
  readonly data: Uint8Array;
}

/** A file of at most 4 GiB. */
export function writeRiff(
  form: string,
  chunks: readonly PlainChunk[],
): Uint8Array {
  const padded = (length: number): number => length + (length % 2);
  const all = chunks.reduce(
    (sum, { data }) => sum + 8 + padded(data.length),
    headLength,
  );
  if (all - 8 > 0xffffffff)
    throw new RangeError(
      `${all} bytes are too many for a RIFF file, which holds ${0xffffffff + 8}`,
    );
  const bytes = new Uint8Array(all);
  const view = new DataView(bytes.buffer);
  const letters = (at: number, text: string): void => {
    for (let i = 0; i < 4; i++) bytes[at + i] = text.charCodeAt(i);
  };
  letters(0, "RIFF");
  view.setUint32(4, all - 8, true);
  letters(8, form);
  let at = headLength;
  for (const { id, data } of chunks) {
    letters(at, id);
    view.setUint32(at + 4, data.length, true);
    bytes.set(data, at + 8);
    at += 8 + padded(data.length);
  }
  return bytes;
}

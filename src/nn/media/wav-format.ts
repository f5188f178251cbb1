/** The chunk `fmt ` of a WAV file: how its samples are written. */

export type Coding = "integer" | "float" | "A-law" | "µ-law" | "ADPCM";

export interface WavFormat {
  readonly coding: Coding;
  readonly channels: number;
  /** Samples per second. */
  readonly rate: number;
  /** Bytes of one sample of all channels; compressed, of a block of them. */
  readonly block: number;
}

const codings: Readonly<Record<number, Coding>> = {
  1: "integer",
  2: "ADPCM",
  3: "float",
  6: "A-law",
  7: "µ-law",
  0x11: "ADPCM",
};

const extensible = 0xfffe;

/** What follows the number of the coding in the name of a sub-format: by Microsoft, and of Ambisonics. */
const families = [
  "000000001000800000aa00389b71",
  "00002107d3118644c8c1ca000000",
];

/** @param data of the chunk */
export function readWavFormat(
  data: Uint8Array,
  fault: (why: string) => Error,
): WavFormat {
  if (data.length < 16)
    throw fault(`its format has ${data.length} bytes, where 16 are needed`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const word = (at: number): number => view.getUint16(at, true);
  const tag = word(0) === extensible ? subFormat(data, view, fault) : word(0);
  const coding = Object.hasOwn(codings, tag) ? codings[tag] : undefined;
  if (coding === undefined)
    throw fault(
      `its samples are of the coding ${shown(tag)}; read are integers (1), floats (3), A-law (6), µ-law (7) and ADPCM (2 and 0x11)`,
    );
  const [channels, rate] = [word(2), view.getUint32(4, true)];
  const [block, bits] = [word(12), word(14)];
  if (channels === 0) throw fault("it has no channels");
  if (rate === 0) throw fault("it has 0 samples per second");
  if (coding === "ADPCM") checkAdpcm(data, tag, channels, block, fault);
  else checkBlock(coding, channels, block, bits, fault);
  return { coding, channels, rate, block };
}

const shown = (tag: number): string =>
  tag > 9 ? `0x${tag.toString(16)}` : String(tag);

function subFormat(
  data: Uint8Array,
  view: DataView,
  fault: (why: string) => Error,
): number {
  if (data.length < 40)
    throw fault(
      `its format is extensible and has ${data.length} bytes, where 40 are needed`,
    );
  const family = Array.from(data.subarray(26, 40), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  if (!families.includes(family))
    throw fault(`its samples are of an unknown sub-format (…${family})`);
  return view.getUint16(24, true);
}

/** Bytes of one number. */
const sizes: Readonly<Record<Exclude<Coding, "ADPCM">, readonly number[]>> = {
  integer: [1, 2, 3, 4],
  float: [4, 8],
  "A-law": [1],
  "µ-law": [1],
};

function checkBlock(
  coding: Exclude<Coding, "ADPCM">,
  channels: number,
  block: number,
  bits: number,
  fault: (why: string) => Error,
): void {
  const size = block / channels;
  const known = sizes[coding];
  // Integers of fewer bits stand at the upper end of their bytes; 24 bits also in four of them.
  const least = coding === "integer" ? Math.min(8 * size - 7, 17) : 8 * size;
  if (!known.includes(size) || bits < least || bits > 8 * size)
    throw fault(
      `its samples are ${coding} numbers of ${bits} bits, and a sample of ${channels} ${channels === 1 ? "channel" : "channels"} takes ${block} bytes; read are numbers of ${known.map((each) => 8 * each).join(", ")} bits`,
    );
}

/** That a block has room for what the format says is in it. */
function checkAdpcm(
  data: Uint8Array,
  tag: number,
  channels: number,
  block: number,
  fault: (why: string) => Error,
): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const microsoft = tag === 2;
  const head = (microsoft ? 7 : 4) * channels;
  const most =
    (microsoft ? 2 : 1) + Math.floor(((block - head) * 2) / channels);
  const more = data.length >= 18 ? view.getUint16(16, true) : 0;
  const samples = more >= 2 && data.length >= 20 ? view.getUint16(18, true) : 0;
  const predictors =
    more >= 4 && data.length >= 22 ? view.getUint16(20, true) : 0;
  const needed = microsoft ? 22 + 4 * predictors : 20;
  if (
    block < head ||
    (microsoft && channels > 2) ||
    samples > most ||
    data.length < needed
  )
    throw fault(
      `its format does not fit together: ADPCM of ${channels} channels, ${block} bytes and ${samples} samples to a block`,
    );
}

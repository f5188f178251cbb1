/** WAV files as numbers, and back. */
import decode from "@audio/decode-wav";
import {
  checkArray,
  checkBytes,
  checkChoice,
  checkNumber,
  checkParts,
} from "../given.js";
import { readRiff, writeRiff } from "./riff.js";
import type { Chunk, PlainChunk } from "./riff.js";
import { readWavFormat } from "./wav-format.js";
import type { WavFormat } from "./wav-format.js";
import { floats, integers, putTogether, takeApart } from "./wav-samples.js";

export interface Sound {
  /** Samples per second. */
  readonly rate: number;
  /** One array per channel, of one length, in −1 … 1. */
  readonly channels: readonly Float32Array[];
}

/**
 * Reads integers of 8 to 32 bits (n bits over 2ⁿ⁻¹), floats, A-law, µ-law and ADPCM, also of the extensible format and
 * in RF64. A file without samples has channels without numbers.
 *
 * @param what names the file in errors: it is none, it is cut off, or its samples are of another kind
 */
export function readWav(bytes: Uint8Array, what: string): Sound {
  checkBytes("readWav", bytes);
  const fault = (why: string): Error =>
    new Error(`${what} is no WAV file that can be read: ${why}`);
  const { form, chunks } = readRiff(bytes, fault);
  if (form !== "WAVE") throw fault(`it is RIFF of the kind "${form}"`);
  const chunk = (id: string): Chunk => {
    const found = chunks.find((each) => each.id === id);
    if (!found)
      throw fault(
        `it has no chunk "${id}"; it has: ${named(chunks) || "none"}`,
      );
    const { data, length = data.length } = found;
    if (data.length < length)
      throw fault(
        `it is cut off: its chunk "${id}" should have ${length} bytes, and ${data.length} are there`,
      );
    return found;
  };
  const head = chunk("fmt ");
  const format = readWavFormat(head.data, fault);
  const { data, length } = chunk("data");
  const { block, rate } = format;
  // Where nobody knows the length the end may be anywhere.
  if (length !== undefined && format.coding !== "ADPCM" && length % block !== 0)
    throw fault(
      `its ${length} bytes of samples are not a whole number of ${block} bytes, of ${format.channels} channels each`,
    );
  return { rate, channels: samples(format, head.data, data, fault) };
}

/** Names of chunks, of a file with many the first ones. */
const named = (chunks: readonly Chunk[]): string =>
  chunks
    .slice(0, 10)
    .map(({ id }) => `"${id}"`)
    .join(", ");

function samples(
  { coding, channels, block }: WavFormat,
  format: Uint8Array,
  data: Uint8Array,
  fault: (why: string) => Error,
): Float32Array[] {
  if (coding === "integer")
    return takeApart(data, integers[block / channels]!, channels);
  if (coding === "float")
    return takeApart(data, floats[block / channels]!, channels);
  if (data.length < block)
    return Array.from({ length: channels }, () => new Float32Array(0));
  // The library reads the samples; files it does not always find its way in.
  const plain = [
    { id: "fmt ", data: format },
    { id: "data", data },
  ];
  try {
    return decode(writeRiff("WAVE", plain)).channelData;
  } catch (error) {
    throw fault((error as Error).message);
  }
}

/**
 * Numbers beyond −1 … 1 are cut to it, except in 32 bits.
 *
 * @param bits 8, 16, 24: whole numbers; 32: the very float32 numbers
 */
export async function writeWav(
  sound: Sound,
  bits: 8 | 16 | 24 | 32 = 16,
): Promise<Uint8Array> {
  checkParts("writeWav", sound, ["rate", "channels"]);
  checkChoice("the bits of a WAV file", String(bits), ["8", "16", "24", "32"]);
  const { rate, channels } = sound;
  const float = bits === 32;
  checkSound(sound, bits / 8);
  const kind = float ? floats[4]! : integers[bits / 8]!;
  const data = putTogether(channels, kind as Required<typeof kind>);
  const format = new DataView(new ArrayBuffer(float ? 18 : 16));
  const block = channels.length * kind.bytes;
  format.setUint16(0, float ? 3 : 1, true);
  format.setUint16(2, channels.length, true);
  format.setUint32(4, rate, true);
  format.setUint32(8, Math.min(rate * block, 0xffffffff), true);
  format.setUint16(12, block, true);
  format.setUint16(14, bits, true);
  const chunks: PlainChunk[] = [{ id: "fmt ", data: asBytes(format) }];
  if (float) {
    const count = new DataView(new ArrayBuffer(4));
    count.setUint32(0, channels[0]!.length, true);
    chunks.push({ id: "fact", data: asBytes(count) });
  }
  return writeRiff("WAVE", [...chunks, { id: "data", data }]);
}

const asBytes = ({ buffer }: DataView): Uint8Array => new Uint8Array(buffer);

function checkSound({ rate, channels }: Sound, bytes: number): void {
  checkNumber("the rate of a sound", rate, {
    least: 1,
    below: 2 ** 32,
    whole: true,
  });
  const most = Math.floor(0xffff / bytes);
  if (!Array.isArray(channels) || channels.length < 1 || channels.length > most)
    throw new RangeError(
      `the channels of a sound are a list of 1 to ${most} arrays`,
    );
  channels.forEach((values: Float32Array, c) => {
    checkArray(`channel ${c} of the sound`, values, ", a Float32Array");
    if (values.length !== channels[0].length)
      throw new RangeError(
        `channel ${c} of the sound has ${values.length} samples, channel 0 has ${channels[0].length}`,
      );
    const bad = bytes === 4 ? -1 : values.findIndex(Number.isNaN);
    if (bad >= 0)
      throw new RangeError(
        `channel ${c} of the sound is NaN at sample ${bad}; only 32 bits can hold that`,
      );
  });
}

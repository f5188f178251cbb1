/** WAV files as numbers, and back. */
import decode from "@audio/decode-wav";
import encode from "@audio/encode-wav";

export interface Sound {
  /** Samples per second. */
  readonly rate: number;
  /** One array per channel, of one length, in −1 … 1. */
  readonly channels: readonly Float32Array[];
}

export function readWav(bytes: Uint8Array, what: string): Sound {
  const fault = (why: string): Error =>
    new Error(`${what} is no WAV file that can be read: ${why}`);
  let found;
  try {
    found = decode(bytes);
  } catch (error) {
    throw fault((error as Error).message);
  }
  const { channelData, sampleRate } = found;
  if (channelData.length === 0 || !(sampleRate > 0))
    throw fault("it has no channels");
  return { rate: sampleRate, channels: channelData };
}

/** @param bits 16: whole numbers; 32: the very float32 numbers */
export async function writeWav(
  { rate, channels }: Sound,
  bits: 16 | 32 = 16,
): Promise<Uint8Array> {
  const encoder = await encode({ sampleRate: rate, bitDepth: bits });
  try {
    const head = encoder.encode([...channels]);
    const tail = encoder.flush();
    const bytes = new Uint8Array(head.length + tail.length);
    bytes.set(head);
    bytes.set(tail, head.length);
    return bytes;
  } finally {
    encoder.free();
  }
}

/** Samples in bytes, as numbers: n bits are whole numbers over 2ⁿ⁻¹, so that each comes back as it was. */

type Read = (view: DataView, at: number) => number;
type Write = (view: DataView, at: number, value: number) => void;

interface SampleKind {
  readonly bytes: number;
  readonly read: Read;
  readonly write?: Write;
}

/** The nearest whole number of n bits. */
const code = (value: number, bits: number): number => {
  const half = 2 ** (bits - 1);
  return Math.min(Math.max(Math.round(value * half), -half), half - 1);
};

export const integers: Readonly<Record<number, SampleKind>> = {
  1: {
    bytes: 1,
    read: (view, at) => (view.getUint8(at) - 128) / 2 ** 7,
    write: (view, at, value) => view.setUint8(at, code(value, 8) + 128),
  },
  2: {
    bytes: 2,
    read: (view, at) => view.getInt16(at, true) / 2 ** 15,
    write: (view, at, value) => view.setInt16(at, code(value, 16), true),
  },
  3: {
    bytes: 3,
    read: (view, at) =>
      (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23,
    write: (view, at, value) => {
      const number = code(value, 24);
      view.setUint16(at, number & 0xffff, true);
      view.setInt8(at + 2, number >> 16);
    },
  },
  4: { bytes: 4, read: (view, at) => view.getInt32(at, true) / 2 ** 31 },
};

export const floats: Readonly<Record<number, SampleKind>> = {
  4: {
    bytes: 4,
    read: (view, at) => view.getFloat32(at, true),
    write: (view, at, value) => view.setFloat32(at, value, true),
  },
  8: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

/** One array per channel. */
export function takeApart(
  data: Uint8Array,
  { bytes, read }: SampleKind,
  channels: number,
): Float32Array[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const block = bytes * channels;
  const length = Math.floor(data.length / block);
  return Array.from({ length: channels }, (_, c) => {
    const values = new Float32Array(length);
    for (let i = 0, at = c * bytes; i < length; i++, at += block)
      values[i] = read(view, at);
    return values;
  });
}

/** Sample by sample, in each the channels in their order. */
export function putTogether(
  channels: readonly Float32Array[],
  { bytes, write }: Required<SampleKind>,
): Uint8Array {
  const [first] = channels;
  const length = first?.length ?? 0;
  const block = bytes * channels.length;
  const data = new Uint8Array(length * block);
  const view = new DataView(data.buffer);
  channels.forEach((values, c) => {
    for (let i = 0, at = c * bytes; i < length; i++, at += block)
      write(view, at, values[i]!);
  });
  return data;
}

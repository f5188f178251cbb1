/** WAV files, put together by hand. */
import type { Sound } from "cellc/nn/media";

export const letters = (text: string): number[] =>
  Array.from(text, (letter) => letter.charCodeAt(0));
export const u16 = (number: number): number[] => [number & 255, number >> 8];
export const u32 = (number: number): number[] => [
  ...u16(number & 0xffff),
  ...u16(number >>> 16),
];
export const u64 = (number: number): number[] => [...u32(number), ...u32(0)];

/** @param length where it is not that of the bytes */
export const chunk = (
  id: string,
  bytes: readonly number[],
  length = bytes.length,
): number[] => [
  ...letters(id),
  ...u32(length),
  ...bytes,
  ...(bytes.length % 2 === 1 ? [0] : []),
];

export const file = (
  kind: string,
  ...chunks: readonly number[][]
): Uint8Array => {
  const all = chunks.flat();
  return Uint8Array.from([
    ...letters(kind),
    ...u32(kind === "RIFF" ? all.length + 4 : 0xffffffff),
    ...letters("WAVE"),
    ...all,
  ]);
};

export interface Format {
  readonly tag?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly block?: number;
  readonly more?: readonly number[];
}

export const format = ({
  tag = 1,
  channels = 1,
  rate = 8000,
  bits = 16,
  block = (channels * bits) / 8,
  more = [],
}: Format = {}): number[] =>
  chunk("fmt ", [
    ...u16(tag),
    ...u16(channels),
    ...u32(rate),
    ...u32(rate * block),
    ...u16(block),
    ...u16(bits),
    ...more,
  ]);

export const numbers = (sound: Sound): number[][] =>
  sound.channels.map((channel) => [...channel]);

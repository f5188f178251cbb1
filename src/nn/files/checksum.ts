/**
 * A checksum over all that a file of tensors holds, whatever the order in which another program writes it anew: CRC-32
 * (ISO/IEC 8802-3), which finds every single flipped bit and every damage that is not longer than four bytes.
 */

export interface Checked {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Eight hexadecimal digits. */
export function checksumOf(
  tensors: readonly Checked[],
  metadata: Readonly<Record<string, string>>,
): string {
  const crc = new Crc32();
  const text = (part: unknown): void =>
    crc.add(new TextEncoder().encode(JSON.stringify(part)));
  for (const entry of sorted(Object.entries(metadata), ([name]) => name))
    text(entry);
  for (const { name, dtype, shape, bytes } of sorted(tensors, (t) => t.name)) {
    text([name, dtype, shape]);
    crc.add(bytes);
  }
  return crc.toString();
}

const sorted = <T>(all: readonly T[], nameOf: (each: T) => string): T[] =>
  [...all].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));

/** `tables[k][b]`: what the byte b, with k bytes of zeros after it, leaves. */
const tables = Array.from({ length: 4 }, () => new Int32Array(256));
for (let byte = 0; byte < 256; byte++) {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++)
    rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  tables[0]![byte] = rest;
}
for (let k = 1; k < 4; k++)
  for (let byte = 0; byte < 256; byte++) {
    const before = tables[k - 1]![byte]!;
    tables[k]![byte] = (before >>> 8) ^ tables[0]![before & 255]!;
  }

class Crc32 {
  #rest = ~0;

  add(bytes: Uint8Array): void {
    const [one, two, three, four] = tables as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    let rest = this.#rest;
    let i = 0;
    // Four bytes at a time.
    for (const end = bytes.length - 3; i < end; i += 4) {
      rest ^=
        bytes[i]! |
        (bytes[i + 1]! << 8) |
        (bytes[i + 2]! << 16) |
        (bytes[i + 3]! << 24);
      rest =
        four[rest & 255]! ^
        three[(rest >>> 8) & 255]! ^
        two[(rest >>> 16) & 255]! ^
        one[rest >>> 24]!;
    }
    for (; i < bytes.length; i++)
      rest = (rest >>> 8) ^ one[(rest ^ bytes[i]!) & 255]!;
    this.#rest = rest;
  }

  toString(): string {
    return (~this.#rest >>> 0).toString(16).padStart(8, "0");
  }
}

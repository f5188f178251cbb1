/** WAV files against bytes put together here, by the format's description (Microsoft and IBM, 1991; EBU Tech 3306). */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readWav } from "cellc/nn/media";
import type { Sound } from "cellc/nn/media";
import {
  chunk,
  file,
  format,
  letters,
  numbers,
  u16,
  u32,
  u64,
} from "./wav-file.js";
import type { Format } from "./wav-file.js";

/** −1, 0, the smallest step, one half and the largest number, in 16 bits. */
const data = chunk("data", [0, 0x80, 0, 0, 1, 0, 0, 0x40, 0xff, 0x7f]);
const values = [-1, 0, 2 ** -15, 0.5, 1 - 2 ** -15];

const odd = chunk("note", [1, 2, 3]);

describe("a WAV file is read", () => {
  it.each<[string, Uint8Array]>([
    ["plain", file("RIFF", format(), data)],
    ["an odd chunk before the samples", file("RIFF", format(), odd, data)],
    ["an odd chunk before the format", file("RIFF", odd, format(), data)],
    [
      "an odd chunk whose pad byte was forgotten",
      file("RIFF", format(), odd.slice(0, -1), data),
    ],
    ["chunks after the samples", file("RIFF", format(), data, odd, odd)],
    [
      "a chunk that is cut off after the samples",
      file("RIFF", format(), data, chunk("LIST", [1, 2], 100)),
    ],
    [
      "a length that its writer did not know",
      file("RIFF", format(), chunk("data", data.slice(8), 0xffffffff)),
    ],
    [
      "the length that SoX gives to a pipe",
      file("RIFF", format(), chunk("data", data.slice(8), 0x7ffff000)),
    ],
    [
      "lengths of 64 bits",
      file(
        "RF64",
        chunk("ds64", [...u64(1000), ...u64(10), ...u64(5), ...u32(0)]),
        format(),
        chunk("data", data.slice(8), 0xffffffff),
        odd,
      ),
    ],
    [
      "lengths of 64 bits of other chunks too",
      file(
        "BW64",
        chunk("ds64", [
          ...u64(1000),
          ...u64(10),
          ...u64(5),
          ...u32(1),
          ...letters("axml"),
          ...u64(4),
        ]),
        format(),
        chunk("axml", [1, 2, 3, 4], 0xffffffff),
        chunk("data", data.slice(8), 0xffffffff),
        odd,
      ),
    ],
    [
      "the extensible format",
      file(
        "RIFF",
        format({
          tag: 0xfffe,
          more: [
            ...u16(22),
            ...u16(16),
            ...u32(4),
            ...u16(1),
            0,
            0,
            0,
            0,
            0x10,
            0,
            0x80,
            0,
            0,
            0xaa,
            0,
            0x38,
            0x9b,
            0x71,
          ],
        }),
        data,
      ),
    ],
    [
      "a recording that was killed",
      file("RIFF", format(), data).map((byte, at) =>
        (at >= 4 && at < 8) || (at >= 40 && at < 44) ? 0 : byte,
      ),
    ],
  ])("with %s", (_, bytes) => {
    expect(numbers(readWav(bytes, "a.wav"))).toEqual([values]);
    // Out of a larger buffer, at an odd place.
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    expect(numbers(readWav(moved.subarray(3), "a.wav"))).toEqual([values]);
  });

  it.each<[string, Format, number[], number[][]]>([
    ["8 bits", { bits: 8 }, [0, 64, 128, 255], [[-1, -0.5, 0, 127 / 128]]],
    [
      "24 bits",
      { bits: 24 },
      [0, 0, 0x80, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
      [[-1, 2 ** -23, -(2 ** -23), 1 - 2 ** -23]],
    ],
    [
      "32 bits",
      { bits: 32 },
      [...u32(0x80000000), ...u32(0x40000000), ...u32(0xffffff00)],
      [[-1, 0.5, -(2 ** -23)]],
    ],
    [
      "12 bits, at the upper end of 16",
      { bits: 12, block: 2 },
      [0x10, 0x40],
      [[0.5 + 2 ** -11]],
    ],
    [
      "24 bits in four bytes",
      { bits: 24, block: 4 },
      [0, 0, 0, 0x20],
      [[0.25]],
    ],
    [
      "floats of 32 bits",
      { tag: 3, bits: 32 },
      [...new Uint8Array(Float32Array.of(0.1, -7, Infinity).buffer)],
      [[Math.fround(0.1), -7, Infinity]],
    ],
    [
      "floats of 64 bits",
      { tag: 3, bits: 64 },
      [...new Uint8Array(Float64Array.of(0.1, -1e-3).buffer)],
      [[Math.fround(0.1), Math.fround(-1e-3)]],
    ],
    [
      "three channels",
      { channels: 3, bits: 8 },
      [0, 128, 192, 128, 64, 32],
      [
        [-1, 0],
        [0, -0.5],
        [0.5, -0.75],
      ],
    ],
    // ITU-T G.711, tables 1 and 2: the smallest and the largest of both signs, in 16 bits.
    [
      "A-law",
      { tag: 6, bits: 8 },
      [0xd5, 0x55, 0xaa, 0x2a],
      [[8, -8, 32256, -32256].map((code) => code / 2 ** 15)],
    ],
    [
      "µ-law",
      { tag: 7, bits: 8 },
      [0xff, 0x7f, 0x80, 0x00],
      [[0, 0, 32124, -32124].map((code) => code / 2 ** 15)],
    ],
    ["no samples", {}, [], [[]]],
    ["no samples of two channels", { channels: 2 }, [], [[], []]],
    ["no samples of A-law", { tag: 6, bits: 8 }, [], [[]]],
  ])("of %s", (_, head, bytes, expected) => {
    const sound = readWav(
      file("RIFF", format(head), chunk("data", bytes), odd),
      "a.wav",
    );
    expect(sound.rate).toBe(8000);
    const found = numbers(sound).map((own) => own.map((value) => value + 0));
    expect(found).toEqual(expected);
  });

  it.each<[string, unknown, string]>([
    ["nothing", new Uint8Array(0), "its 0 bytes are too few"],
    ["zeros", new Uint8Array(50), '"\\x00\\x00\\x00\\x00", where "RIFF"'],
    [
      "another kind of RIFF",
      file("RIFF").map((byte, at) => (at === 8 ? 65 : byte)),
      'RIFF of the kind "AAVE"',
    ],
    ["no format", file("RIFF", data), 'no chunk "fmt "; it has: "data"'],
    ["no samples", file("RIFF", format()), 'no chunk "data"; it has: "fmt "'],
    ["nothing inside", file("RIFF"), "it has: none"],
    [
      "samples that are cut off",
      file("RIFF", format(), data).subarray(0, 48),
      'cut off: its chunk "data" should have 10 bytes, and 4 are there',
    ],
    [
      "long samples that are cut off",
      file(
        "RF64",
        chunk("ds64", [...u64(1000), ...u64(20), ...u64(5), ...u32(0)]),
        format(),
        chunk("data", data.slice(8), 0xffffffff),
      ),
      "should have 20 bytes, and 10 are there",
    ],
    [
      "half a sample",
      file("RIFF", format(), chunk("data", [1, 2, 3])),
      "its 3 bytes of samples are not a whole number of 2 bytes",
    ],
    ["no channels", file("RIFF", format({ channels: 0 }), data), "no channels"],
    [
      "no time",
      file("RIFF", format({ rate: 0 }), data),
      "it has 0 samples per second",
    ],
    [
      "another coding",
      file("RIFF", format({ tag: 0x55 }), data),
      "of the coding 0x55; read are integers (1)",
    ],
    [
      "another sub-format",
      file(
        "RIFF",
        format({ tag: 0xfffe, more: Array.from({ length: 24 }, () => 1) }),
        data,
      ),
      "of an unknown sub-format",
    ],
    [
      "half an extensible format",
      file("RIFF", format({ tag: 0xfffe, more: [2, 0, 16, 0] }), data),
      "has 20 bytes, where 40 are needed",
    ],
    [
      "a short format",
      file("RIFF", chunk("fmt ", [1, 0, 1, 0]), data),
      "its format has 4 bytes, where 16 are needed",
    ],
    [
      "a size that does not fit",
      file("RIFF", format({ channels: 2, block: 3 }), data),
      "integer numbers of 16 bits, and a sample of 2 channels takes 3 bytes",
    ],
    ["no size", file("RIFF", format({ block: 0 }), data), "takes 0 bytes"],
    [
      "floats of 16 bits",
      file("RIFF", format({ tag: 3 }), data),
      "float numbers of 16 bits",
    ],
    [
      "impossible ADPCM",
      file(
        "RIFF",
        format({ tag: 0x11, bits: 4, block: 8, more: [2, 0, 255, 255] }),
        data,
      ),
      "ADPCM of 1 channels, 8 bytes and 65535 samples to a block",
    ],
  ])("only where it can be: %s", (_, bytes, message) => {
    const read = (): Sound => readWav(bytes as Uint8Array, "a.wav");
    expect(read).toThrow(/^a\.wav is no WAV file that can be read: /);
    expect(read).toThrow(message);
  });

  it.each([[[1, 2, 3]], [null], ["RIFF"], [new ArrayBuffer(8)]])(
    "out of bytes only: %j",
    (given) =>
      expect(() => readWav(given as never, "a.wav")).toThrow(
        "readWav takes the bytes of a file, a Uint8Array; got",
      ),
  );
});

it("damaged files are told in words", () => {
  const whole = [
    file("RIFF", format({ channels: 2 }), odd, chunk("data", [1, 2, 3, 4])),
    file(
      "RIFF",
      format({ tag: 2, bits: 4, block: 14, more: [4, 0, 16, 0, 0, 0] }),
      chunk(
        "data",
        Array.from({ length: 28 }, (_, i) => i),
      ),
    ),
    file(
      "RF64",
      chunk("ds64", [...u64(9), ...u64(4), ...u64(2), ...u32(0)]),
      format(),
      chunk("data", [1, 2, 3, 4], 0xffffffff),
    ),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...whole),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.option(fc.nat(), { nil: undefined }),
      (bytes, changes, cut) => {
        const damaged = bytes.slice(0, cut && cut % bytes.length);
        for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
        try {
          const { rate, channels } = readWav(damaged, "a.wav");
          expect(rate).toBeGreaterThan(0);
          expect(new Set(channels.map(({ length }) => length)).size).toBe(1);
        } catch (error) {
          if ((error as Error).name === "AssertionError") throw error;
          expect((error as Error).constructor).toBe(Error);
          expect((error as Error).message).toMatch(/^a\.wav is no WAV file/);
        }
      },
    ),
    { numRuns: 3000 },
  );
});

/** WAV files that are written, against bytes put together by hand. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readWav, writeWav } from "cellc/nn/media";
import { chunk, file, format, u32 } from "./wav-file.js";

describe("a WAV file is written", () => {
  it.each([8, 16, 24] as const)(
    "so that every number of %i bits comes back as it was",
    async (bits) => {
      // Of the 2²⁴ of 24 bits each 1999th, and those at the ends.
      const half = 2 ** (bits - 1);
      const step = bits === 24 ? 1999 : 1;
      const codes: number[] = [half - 1];
      for (let code = -half; code < half; code += step) codes.push(code);
      const bytes = codes.flatMap((code) =>
        bits === 8 ? [code + 128] : u32(code).slice(0, bits / 8),
      );
      const before = file("RIFF", format({ bits }), chunk("data", bytes));
      const sound = readWav(before, "a.wav");
      const other = codes.filter(
        (code, i) => sound.channels[0]![i] !== code / half,
      );
      expect(other).toEqual([]);
      const after = await writeWav(sound, bits);
      expect(Buffer.compare(after, before)).toBe(0);
    },
  );

  it("to the nearest number, and cut where it is too large", async () => {
    const channels = [Float32Array.of(1, -1, 7, -Infinity, 0.4 / 2 ** 15)];
    const back = readWav(await writeWav({ rate: 1, channels }), "a.wav");
    const most = 1 - 2 ** -15;
    expect([...back.channels[0]!]).toEqual([most, -1, most, -1, 0]);
  });

  it("with the very bits of float32 in 32 bits", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }).chain((channels) =>
          fc
            .array(
              fc.tuple(...Array.from({ length: channels }, () => fc.float())),
              {
                maxLength: 20,
              },
            )
            .map((samples) =>
              Array.from({ length: channels }, (_, c) =>
                Float32Array.from(samples, (sample) => sample[c]!),
              ),
            ),
        ),
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        async (channels, rate) => {
          const back = readWav(await writeWav({ rate, channels }, 32), "a");
          expect(back).toEqual({ rate, channels });
        },
      ),
    );
  });

  it.each<[string, unknown, number, string]>([
    ["nothing", undefined, 16, "writeWav takes an object with rate, channels"],
    ["no channels", { rate: 1, channels: [] }, 16, "a list of 1 to 32767"],
    [
      "numbers in a list",
      { rate: 1, channels: [[0, 1]] },
      16,
      "channel 0 of the sound is a Array: a typed array is wanted",
    ],
    [
      "channels of two lengths",
      { rate: 1, channels: [new Float32Array(2), new Float32Array(3)] },
      16,
      "channel 1 of the sound has 3 samples, channel 0 has 2",
    ],
    [
      "NaN in 16 bits",
      { rate: 1, channels: [Float32Array.of(0, NaN)] },
      16,
      "channel 0 of the sound is NaN at sample 1",
    ],
    ["a rate of one half", { rate: 0.5, channels: [] }, 16, "rate of a sound"],
    [
      "12 bits",
      { rate: 1, channels: [] },
      12,
      '"12"; there are: 8, 16, 24, 32',
    ],
  ])("only where it can be: %s", async (_, sound, bits, message) => {
    await expect(writeWav(sound as never, bits as never)).rejects.toThrow(
      message,
    );
  });
});

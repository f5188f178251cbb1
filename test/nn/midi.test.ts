/** MIDI files against bytes put together here, by the format's description (MIDI Manufacturers Association, RP-001). */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Notes } from "cellc/nn";
import { readMidi, writeMidi } from "cellc/nn/media";

const letters = (text: string): number[] =>
  Array.from(text, (letter) => letter.charCodeAt(0));

const chunk = (
  id: string,
  bytes: readonly number[],
  length = bytes.length,
): number[] => [...letters(id), 0, 0, length >> 8, length & 255, ...bytes];

interface Head {
  readonly format?: number;
  readonly tracks?: number;
  readonly division?: number;
  readonly more?: readonly number[];
}

/** Two ticks to a quarter note, so that a tick is a step. */
const head = ({
  format = 0,
  tracks = 1,
  division = 2,
  more = [],
}: Head = {}): number[] =>
  chunk("MThd", [0, format, 0, tracks, division >> 8, division & 255, ...more]);

const end = [0, 0xff, 0x2f, 0];
const track = (...events: readonly number[][]): number[] =>
  chunk("MTrk", events.flat());

const on = (wait: number, key: number, channel = 0): number[] => [
  wait,
  0x90 + channel,
  key,
  64,
];
const off = (wait: number, key: number, channel = 0): number[] => [
  wait,
  0x80 + channel,
  key,
  0,
];

const file = (...chunks: readonly number[][]): Uint8Array =>
  Uint8Array.from(chunks.flat());

describe("a MIDI file is read", () => {
  it.each<[string, Uint8Array, Notes]>([
    [
      "notes that wait for each other",
      file(head(), track(on(1, 60), on(1, 64), off(1, 60), off(2, 64), end)),
      [[], [60], [60, 64], [64], [64]],
    ],
    [
      "running status, and ends that are beginnings without loudness",
      file(
        head(),
        track([0, 0x91, 60, 64, 1, 64, 64, 1, 60, 0, 1, 64, 0], end),
      ),
      [[60], [60, 64], [64]],
    ],
    [
      "other events in between",
      file(
        head(),
        track(
          [0, 0xff, 0x01, 3, 1, 0x90, 2],
          on(0, 60),
          [1, 0xf0, 3, 1, 2, 0xf7, 0, 0xf7, 1, 9],

          [0, 0xa0, 60, 1],
          [0, 0xb0, 7, 1],
          [0, 0xc0, 5],
          [0, 0xd0, 5],

          [0, 0xe0, 1, 2],
          off(1, 60),
          end,
        ),
      ),
      [[60], [60]],
    ],
    [
      "long waits",
      file(head(), track([0x81, 0x00, 0x90, 60, 64], off(1, 60), end)),
      [...Array.from({ length: 128 }, () => []), [60]],
    ],
    [
      "several tracks, channels and a longer header",
      file(
        head({ format: 1, tracks: 2, more: [1, 2] }),
        track(on(0, 60), on(0, 60, 3), off(1, 60), off(2, 60, 3), end),
        track(on(1, 62), off(1, 62), end),
      ),
      [[60], [60, 62], [60]],
    ],
    [
      "unknown chunks",
      file(
        chunk("MThd", [0, 1, 0, 2, 0, 2]),
        chunk("XFIH", [1, 2, 3]),
        track(on(0, 60), off(1, 60), end),
        chunk("MTr?", []),
        track(on(1, 62), off(1, 62), end),
        letters("anything"),
      ),
      [[60], [62]],
    ],
    [
      "no drums",
      file(
        head(),
        track(on(0, 40, 9), on(0, 60), off(1, 60), off(9, 40, 9), end),
      ),
      [[60]],
    ],
    [
      "a note without an end, until the end of its track",
      file(head(), track(on(1, 60), on(1, 62), off(1, 62), [2, 0xff, 0x2f, 0])),
      [[], [60], [60, 62], [60], [60]],
    ],
    [
      "a note without an end in a track that has none either",
      file(head(), track(on(0, 60), [3, 0xb0, 7, 1])),
      [[60], [60], [60]],
    ],
    [
      "a note without an end as the last event",
      file(head(), track(on(1, 60), end)),
      [[], [60]],
    ],
    [
      "an end without a note",
      file(head(), track(off(0, 60), on(1, 62), off(1, 62), end)),
      [[], [62]],
    ],
    [
      "a note that begins again before it ends",
      file(head(), track(on(0, 60), on(1, 60), off(1, 60), off(2, 60), end)),
      [[60], [60], [60], [60]],
    ],
    [
      "short notes, one step each",
      file(
        head({ division: 480 }),
        track(on(0, 60), off(1, 60), on(100, 62), off(0, 62), end),
      ),
      [[60, 62]],
    ],
    ["no notes", file(head(), track(end)), []],
    ["no tracks", file(head({ tracks: 0 })), []],
    [
      "what lies behind the end of a track, left aside",
      file(head(), track(on(0, 60), off(1, 60), end, [1, 2, 3])),
      [[60]],
    ],
  ])("with %s", (_, bytes, notes) => {
    expect(readMidi(bytes, "a.mid")).toEqual(notes);
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    expect(readMidi(moved.subarray(1), "a.mid")).toEqual(notes);
  });

  const whole = file(head(), track(on(0, 60), off(1, 60), end));
  it.each<[string, unknown, string]>([
    ["nothing", new Uint8Array(0), "is no MIDI file: it does not begin"],
    ["text", new Uint8Array(letters("once upon")), "is no MIDI file"],
    ["half a header", whole.subarray(0, 12), "the chunk MThd is cut off"],
    ["a header alone", whole.subarray(0, 14), "should have 1 tracks, and 0"],
    [
      "half a track",
      whole.subarray(0, 25),
      "track 1 is cut off: it should have 12 bytes, and 3 are there",
    ],
    [
      "a track too few",
      file(head({ format: 1, tracks: 2 }), track(end)),
      "it should have 2 tracks, and 1 are there",
    ],
    ["a short header", file(chunk("MThd", [0, 0])), "has 2 bytes, where 6"],
    [
      "time in frames",
      file(head({ division: 0xe728 }), track(end)),
      "it counts time in SMPTE frames, 25 per second, and not in quarter notes",
    ],
    ["no time", file(head({ division: 0 }), track(end)), "0 ticks per quarter"],
    ["a later format", file(head({ format: 3 }), track(end)), "format 3"],
    [
      "pieces that do not sound together",
      file(head({ format: 2, tracks: 2 }), track(end), track(end)),
      "it is of the format 2: 2 pieces",
    ],
    [
      "half an event",
      file(head(), track([0, 0x90, 60])),
      "track 1: it ends in the middle of an event",
    ],
    [
      "a text that is longer than its track",
      file(head(), track([0, 0xff, 1, 100, 65])),
      "track 1: it ends in the middle of an event",
    ],
    [
      "an event that does not exist",
      file(head(), track([0, 0xf4])),
      "the byte 0xf4 before byte 2 begins no event",
    ],
    [
      "an event that goes on wrongly",
      file(head(), track([0, 0x90, 60, 0x90])),
      "the byte 0x90 before byte 4 stands where an event goes on",
    ],
    [
      "an event that goes on before there was one",
      file(head(), track([0, 60, 64])),
      "byte 1 belongs to an event before, and there is none",
    ],
    [
      "a number without an end",
      file(head(), track([0xff, 0xff, 0xff, 0xff, 0x7f])),
      "track 1: the number before byte 4 has more than four bytes",
    ],
    [
      "a piece of years",
      file(
        head({ division: 1 }),
        track([0, 0x90, 60, 64, 0xff, 0xff, 0xff, 0x7f, 0x80, 60, 0], end),
      ),
      "has 536870910 steps",
    ],
    ["a list", [...whole], "readMidi takes the bytes of a file, a Uint8Array"],
  ])("only where it can be: %s", (_, bytes, message) => {
    expect(() => readMidi(bytes as Uint8Array, "a.mid")).toThrow(message);
  });

  it("in time that grows with its length alone", () => {
    const count = 60_000;
    const events = Array.from({ length: count }, () => on(0, 60)).flat();
    const ends = Array.from({ length: count }, () => off(1, 60)).flat();
    const bytes = events.length + ends.length + 4;
    const long = file(
      head({ division: 480 }),
      [...letters("MTrk"), 0, bytes >> 16, (bytes >> 8) & 255, bytes & 255],
      [...events, ...ends, ...end],
    );
    const start = performance.now();
    expect(readMidi(long, "a.mid").length).toBe(count / 240);
    // Far below a second where the machine is free.
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

const anyNotes = fc.array(fc.uniqueArray(fc.nat(127), { maxLength: 5 }), {
  maxLength: 60,
});

/** As it is read: in order, without silence at the end. */
const asRead = (notes: Notes): number[][] => {
  const all = notes.map((step) => [...step].sort((a, b) => a - b));
  while (all.at(-1)?.length === 0) all.pop();
  return all;
};

describe("a MIDI file is written", () => {
  it("so that all notes come back at any resolution and tempo", () => {
    const resolution = fc.oneof(
      fc.integer({ min: 1, max: 2 ** 15 - 1 }),
      fc.double({ min: 0.001, max: 2 ** 15 - 1, noNaN: true }),
    );
    fc.assert(
      fc.property(
        anyNotes,
        resolution,
        fc.double({ min: 3.58, max: 6e7, noNaN: true }),
        (notes, stepsPerQuarter, tempo) => {
          const bytes = writeMidi(notes, { stepsPerQuarter, tempo });
          const found = readMidi(bytes, "a.mid", { stepsPerQuarter });
          expect(found).toEqual(asRead(notes));
        },
      ),
    );
  });

  it.each([7, 11, 64, 479, 480, 481, 960, 1000, 0.3, 28.7, 32767])(
    "with 2000 steps at %d steps per quarter note",
    (stepsPerQuarter) => {
      const notes = Array.from({ length: 2000 }, (_, t) => [
        60 + ((t * t) % 7),
      ]);
      const bytes = writeMidi(notes, { stepsPerQuarter });
      expect(readMidi(bytes, "a.mid", { stepsPerQuarter })).toEqual(notes);
    },
  );

  it("as the format has it", () => {
    expect([...writeMidi([[60], [60, 64], []], { tempo: 100 })]).toEqual([
      ...chunk("MThd", [0, 0, 0, 1, 480 >> 8, 480 & 255]),
      ...track(
        // 600,000 microseconds
        [0, 0xff, 0x51, 3, 0x09, 0x27, 0xc0],
        [0, 0x90, 60, 127],
        // 240 ticks
        [0x81, 0x70, 0x90, 64, 127],
        [0x81, 0x70, 0x80, 60, 0],
        [0, 0x80, 64, 0],
        end,
      ),
    ]);
  });

  it("also where nothing sounds for longer than one event can wait", () => {
    const notes = [...Array.from({ length: 600 }, () => []), [60]];
    const options = { stepsPerQuarter: 0.001 };
    const bytes = writeMidi(notes, options);
    expect(readMidi(bytes, "a.mid", options)).toEqual(notes);
  });

  it("in time that grows with its length alone", () => {
    const notes = Array.from({ length: 50_000 }, (_, t) => [60 + (t % 12)]);
    const start = performance.now();
    const bytes = writeMidi(notes);
    expect(readMidi(bytes, "a.mid")).toEqual(notes);
    // Half a second where the machine is free; with one copy of the file per event 8,000 steps took a minute.
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  it.each<[string, unknown, object, string]>([
    [
      "a slow tempo",
      [[60]],
      { tempo: 3 },
      "the tempo is 3; a MIDI file has 3.58",
    ],
    ["no tempo", [[60]], { tempo: 0 }, "the tempo is 0"],
    ["a tempo that goes back", [[60]], { tempo: -120 }, "the tempo is -120"],
    ["a tempo that is none", [[60]], { tempo: NaN }, "the tempo is NaN"],
    ["an endless tempo", [[60]], { tempo: Infinity }, "the tempo is Infinity"],
    ["no steps", [[60]], { stepsPerQuarter: 0 }, "stepsPerQuarter is 0"],
    [
      "too many steps",
      [[60]],
      { stepsPerQuarter: 32768 },
      "stepsPerQuarter is 32768; it must be a number from 0.001 to 32767",
    ],
    [
      "an unknown option",
      [[60]],
      { stepPerQuarter: 4 },
      "writeMidi has no option stepPerQuarter; did you mean stepsPerQuarter?",
    ],
    ["a note that is none", [[60], [128]], {}, "step 1 has the note 128"],
    ["half a note", [[60.5]], {}, "step 0 has the note 60.5"],
    ["a step that is none", [[60], 60], {}, "step 1 of the music is no list"],
    ["no music", undefined, {}, "writeMidi takes a list of steps"],
  ])("only where it can be: %s", (_, notes, options, message) => {
    expect(() => writeMidi(notes as Notes, options)).toThrow(message);
  });
});

it("damaged files are told in words", () => {
  const whole = [
    writeMidi([[60, 64], [64], [], [67]], { stepsPerQuarter: 3 }),
    file(
      head({ format: 1, tracks: 2 }),
      track([0, 0xff, 1, 2, 65, 66, 0, 0x90, 60, 64, 1, 60, 0], end),
      chunk("XFIH", [1]),
      track(on(0, 60), [3, 0xf0, 1, 2], off(9, 60), end),
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
          for (const step of readMidi(damaged, "a.mid"))
            for (const note of step) expect(note).toBeLessThan(128);
        } catch (error) {
          if ((error as Error).name === "AssertionError") throw error;
          expect((error as Error).constructor).toBe(Error);
          expect((error as Error).message).toMatch(/^a\.mid(:| is | has )/);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

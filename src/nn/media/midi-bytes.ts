/** Writes a standard MIDI file of one track. */
import type { Note } from "./midi-notes.js";

const velocity = 127;

/** The longest time between two events. */
const longest = 2 ** 28 - 1;

export interface MidiPiece {
  readonly ticksPerQuarter: number;
  readonly microsecondsPerQuarter: number;
  readonly notes: readonly Note[];
}

export function writeNotes(piece: MidiPiece): Uint8Array {
  const { ticksPerQuarter, microsecondsPerQuarter, notes } = piece;
  const track: number[] = [
    0,
    0xff,
    0x51,
    3,
    ...bigEndian(microsecondsPerQuarter, 3),
  ];
  let now = 0;
  const wait = (ticks: number): void => {
    let rest = ticks - now;
    now = ticks;
    // A text without letters, so that another time can begin.
    for (; rest > longest; rest -= longest)
      track.push(...inSevens(longest), 0xff, 0x01, 0);
    track.push(...inSevens(rest));
  };
  for (const [ticks, status, key] of events(notes)) {
    wait(ticks);
    track.push(status, key, status === on ? velocity : 0);
  }
  track.push(0, 0xff, 0x2f, 0);
  return Uint8Array.from([
    ...chunk("MThd", 6),
    0,
    0,
    0,
    1,
    ...bigEndian(ticksPerQuarter, 2),
    ...chunk("MTrk", track.length),
    ...track,
  ]);
}

const [off, on] = [0x80, 0x90];

/** In the order of time; at one time ends come before beginnings. */
const events = (
  notes: readonly Note[],
): readonly (readonly [ticks: number, status: number, key: number])[] =>
  notes
    .flatMap(({ key, from, to }) => [
      [from, on, key] as const,
      [to, off, key] as const,
    ])
    .sort(([a, s, k], [b, r, l]) => a - b || s - r || k - l);

const bigEndian = (number: number, count: number): number[] =>
  Array.from(
    { length: count },
    (_, i) => Math.floor(number / 256 ** (count - 1 - i)) % 256,
  );

/** Seven bits to a byte, the highest first; all but the last one marked. */
function inSevens(number: number): number[] {
  const bytes = [number % 128];
  for (let rest = number >> 7; rest > 0; rest >>= 7)
    bytes.unshift((rest & 127) | 128);
  return bytes;
}

const chunk = (name: string, length: number): number[] => [
  ...Array.from(name, (letter) => letter.charCodeAt(0)),
  ...bigEndian(length, 4),
];

/** MIDI files as sets of notes per step, and back. */
import { checkOptions } from "../../runtime/options.js";
import type { Notes } from "../data/piano-roll.js";
import { checkBytes } from "../given.js";
import { writeNotes } from "./midi-bytes.js";
import { readNotes } from "./midi-notes.js";
import type { Note } from "./midi-notes.js";

export interface MidiReading {
  /** Steps per quarter note. Default 2: eighths, as the data sets of Boulanger-Lewandowski et al. (2012) have them. */
  readonly stepsPerQuarter?: number;
}

export interface MidiWriting extends MidiReading {
  /** Quarter notes per minute, from 3.58 on: a file counts at most 2²⁴ − 1 microseconds to each. Default 120. */
  readonly tempo?: number;
}

/** Ticks per quarter note that a file can have. */
const mostTicks = 0x7fff;
const usualTicks = 480;
const microsecondsPerMinute = 60_000_000;

/** Longer pieces are no music: a few bytes can ask for more than there is memory. */
const mostSteps = 10_000_000;
const mostNotes = 30_000_000;

/**
 * The notes that sound at each step, over all tracks, without channel 10 (drums). A note belongs to the steps from the one
 * nearest to its beginning to the one nearest to its end, and to one step at least; without an end it sounds until the
 * end of its track. The last step is the last one that has notes.
 *
 * @param what names the file in errors: it is none, it is cut off, or it counts time in frames (SMPTE)
 */
export function readMidi(
  bytes: Uint8Array,
  what: string,
  options: MidiReading = {},
): number[][] {
  checkBytes("readMidi", bytes);
  checkOptions("cellc/nn/media", "readMidi", options, readingOptions);
  const perQuarter = stepsPerQuarter(options);
  const { ticksPerQuarter, notes } = readNotes(bytes, what);
  const step = (ticks: number): number =>
    Math.round((ticks * perQuarter) / ticksPerQuarter);
  const byKey = Array.from({ length: 128 }, (): [number, number][] => []);
  let length = 0;
  for (const { key, from, to } of notes) {
    const [first, end] = [step(from), Math.max(step(to), step(from) + 1)];
    byKey[key]!.push([first, end]);
    length = Math.max(length, end);
  }
  const parts = byKey.map(united);
  const count = parts
    .flat()
    .reduce((sum, [first, end]) => sum + end - first, 0);
  if (length > mostSteps || count > mostNotes)
    throw new Error(
      `${what} has ${length} steps with ${count} notes, at ${perQuarter} steps per quarter note; read are at most ${mostSteps} and ${mostNotes}`,
    );
  const steps = Array.from({ length }, (): number[] => []);
  // Key by key, so that the notes of each step are in order.
  parts.forEach((own, key) => {
    for (const [first, end] of own)
      for (let t = first; t < end; t++) steps[t]!.push(key);
  });
  return steps;
}

/** Without overlaps. */
function united(parts: readonly [number, number][]): [number, number][] {
  const all: [number, number][] = [];
  for (const [first, end] of [...parts].sort(([a], [b]) => a - b)) {
    const last = all.at(-1);
    if (last && first <= last[1]) last[1] = Math.max(last[1], end);
    else all.push([first, end]);
  }
  return all;
}

/**
 * A MIDI file with one track. A note that sounds at neighbouring steps is held. Silence at the end is not in the file;
 * all else comes back from `readMidi` with the same `stepsPerQuarter`.
 */
export function writeMidi(notes: Notes, options: MidiWriting = {}): Uint8Array {
  checkOptions("cellc/nn/media", "writeMidi", options, writingOptions);
  const perQuarter = stepsPerQuarter(options);
  const { tempo = 120 } = options;
  const microsecondsPerQuarter = Math.round(microsecondsPerMinute / tempo);
  if (!(microsecondsPerQuarter >= 1 && microsecondsPerQuarter < 2 ** 24))
    throw new RangeError(
      `the tempo is ${String(tempo)}; a MIDI file has 3.58 to 60,000,000 quarter notes per minute`,
    );
  checkNotes(notes);
  const ticksPerQuarter = ticksFor(perQuarter);
  const ticks = (step: number): number =>
    Math.round((step * ticksPerQuarter) / perQuarter);
  const held: Note[] = [];
  const begun = new Map<number, number>();
  for (let t = 0; t <= notes.length; t++) {
    const now = new Set(notes[t]);
    for (const [key, from] of begun) {
      if (now.has(key)) continue;
      begun.delete(key);
      held.push({ key, from: ticks(from), to: ticks(t) });
    }
    for (const key of now) if (!begun.has(key)) begun.set(key, t);
  }
  return writeNotes({ ticksPerQuarter, microsecondsPerQuarter, notes: held });
}

/** Whole ticks to a step where they go, and always more than one to a step, so that none is lost in rounding. */
function ticksFor(perQuarter: number): number {
  if (Number.isInteger(perQuarter))
    return perQuarter * Math.max(1, Math.floor(usualTicks / perQuarter));
  return perQuarter < usualTicks / 2 ? usualTicks : mostTicks;
}

const readingOptions = new Set(["stepsPerQuarter"]);
const writingOptions = new Set(["stepsPerQuarter", "tempo"]);

function stepsPerQuarter({ stepsPerQuarter: given = 2 }: MidiReading): number {
  if (!(typeof given === "number" && given >= 0.001 && given <= mostTicks))
    throw new RangeError(
      `stepsPerQuarter is ${String(given)}; it must be a number from 0.001 to ${mostTicks}`,
    );
  return given;
}

function checkNotes(notes: unknown): void {
  if (!Array.isArray(notes))
    throw new TypeError(
      "writeMidi takes a list of steps, each a list of notes",
    );
  notes.forEach((step: unknown, t) => {
    if (!Array.isArray(step))
      throw new TypeError(`step ${t} of the music is no list of notes`);
    for (const note of step)
      if (!(Number.isInteger(note) && note >= 0 && note <= 127))
        throw new RangeError(
          `step ${t} has the note ${String(note)}; notes are whole numbers from 0 to 127`,
        );
  });
}

/** MIDI files as sets of notes per step, and back. */
import midi from "@tonejs/midi";
import type { Notes } from "../data/piano-roll.js";

export interface MidiReading {
  /** Steps per quarter note. Default 2: eighths, as the data sets of Boulanger-Lewandowski et al. (2012) have them. */
  readonly stepsPerQuarter?: number;
}

/**
 * The notes that sound at each step, over all tracks but drums. A note belongs to the steps from the one nearest to its
 * beginning to the one nearest to its end, and to one step at least.
 */
export function readMidi(
  bytes: Uint8Array,
  what: string,
  { stepsPerQuarter = 2 }: MidiReading = {},
): number[][] {
  let file;
  try {
    file = new midi.Midi(bytes);
  } catch (error) {
    throw new Error(`${what} is no MIDI file: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const ticks = file.header.ppq / stepsPerQuarter;
  const steps: Set<number>[] = [];
  for (const { instrument, notes } of file.tracks) {
    if (instrument.percussion) continue;
    for (const note of notes) {
      const from = Math.round(note.ticks / ticks);
      const to = Math.round((note.ticks + note.durationTicks) / ticks);
      for (let t = from; t < Math.max(to, from + 1); t++) {
        while (steps.length <= t) steps.push(new Set());
        steps[t]!.add(note.midi);
      }
    }
  }
  return steps.map((step) => [...step].sort((a, b) => a - b));
}

export interface MidiWriting extends MidiReading {
  /** Quarter notes per minute. Default 120. */
  readonly tempo?: number;
}

/** A MIDI file with one track. A note that sounds at neighbouring steps is held. */
export function writeMidi(
  notes: Notes,
  { stepsPerQuarter = 2, tempo = 120 }: MidiWriting = {},
): Uint8Array {
  const file = new midi.Midi();
  file.header.setTempo(tempo);
  const ticks = file.header.ppq / stepsPerQuarter;
  const track = file.addTrack();
  const begun = new Map<number, number>();
  for (let t = 0; t <= notes.length; t++) {
    const now = new Set(notes[t]);
    for (const [note, from] of begun) {
      if (now.has(note)) continue;
      begun.delete(note);
      track.addNote({
        midi: note,
        ticks: from * ticks,
        durationTicks: (t - from) * ticks,
      });
    }
    for (const note of now) if (!begun.has(note)) begun.set(note, t);
  }
  return file.toArray();
}

/** Music as sets of notes: which keys of the piano sound at each step. */

/** MIDI numbers of the notes that sound, step by step. */
export type Notes = readonly (readonly number[])[];

/** Keys of a piano: MIDI notes 21 (A0) to 108 (C8). */
export const lowestKey = 21;
export const keys = 88;

/** `[steps, width]` of zeros and ones; throws for a note outside the range. */
export function toRoll(
  notes: Notes,
  lowest = lowestKey,
  width = keys,
): Float32Array {
  const roll = new Float32Array(notes.length * width);
  notes.forEach((step, t) => {
    for (const note of step) {
      if (!Number.isInteger(note) || note < lowest || note >= lowest + width)
        throw new RangeError(
          `step ${t} has the note ${String(note)}; notes are whole numbers from ${lowest} to ${lowest + width - 1}`,
        );
      roll[t * width + note - lowest] = 1;
    }
  });
  return roll;
}

/** The notes of `[steps, width]` numbers that are above one half. */
export function fromRoll(
  roll: ArrayLike<number>,
  lowest = lowestKey,
  width = keys,
): number[][] {
  return Array.from({ length: roll.length / width }, (_, t) =>
    Array.from({ length: width }, (_, i) => i)
      .filter((i) => roll[t * width + i]! > 0.5)
      .map((i) => lowest + i),
  );
}

/** Parts of a data set by name, such as `train`, `valid` and `test`. */
export type MusicParts = Readonly<Record<string, readonly Notes[]>>;

/** Reads JSON of the form `{ "train": [[[60, 64], …], …], … }`; `what` names it in errors. */
export function parseMusic(text: string, what: string): MusicParts {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`${what} is not JSON: ${(error as Error).message}`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new Error(
      `${what} should be an object of parts, such as { "train": …, "valid": …, "test": … }`,
    );
  for (const [part, pieces] of Object.entries(parsed))
    checkPieces(pieces, `${what}: ${part}`);
  return parsed as MusicParts;
}

function checkPieces(pieces: unknown, where: string): void {
  if (!Array.isArray(pieces))
    throw new Error(`${where} should be a list of pieces`);
  pieces.forEach((piece: unknown, i) => {
    if (!Array.isArray(piece))
      throw new Error(`${where}[${i}] should be a list of steps`);
    piece.forEach((step: unknown, t) => {
      const fine =
        Array.isArray(step) &&
        step.every(
          (note) => Number.isInteger(note) && note >= 0 && note <= 127,
        );
      if (!fine)
        throw new Error(
          `${where}[${i}][${t}] should be a list of MIDI notes, whole numbers from 0 to 127`,
        );
    });
  });
}

/** Pieces of music as batches: at each step the notes of the step before come in, those of the step are the target. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { keys, pad, parseMusic, toRoll } from "cellc/nn";
import type { Notes, Sequence } from "cellc/nn";
import { UserError } from "../common/command.js";

export interface DataSet {
  readonly name: string;
  readonly train: readonly Notes[];
  readonly valid: readonly Notes[];
  readonly test: readonly Notes[];
}

/** Reads JSON with the parts train, valid and test. */
export function readDataSet(file: string): DataSet {
  const name = basename(file, ".json");
  let parts;
  try {
    parts = parseMusic(readFileSync(file, "utf8"), file);
  } catch (error) {
    throw new UserError((error as Error).message);
  }
  const part = (key: string): readonly Notes[] => {
    const pieces = (parts[key] ?? []).filter((piece) => piece.length > 0);
    if (pieces.length === 0)
      throw new UserError(`${file}: there are no pieces in "${key}"`);
    return pieces;
  };
  return {
    name,
    train: part("train"),
    valid: part("valid"),
    test: part("test"),
  };
}

export interface MusicBatch {
  /** `[T, B, 88]`; silence before the first step. */
  readonly inputs: Sequence<Float32Array>;
  /** `[T, B, 88]` */
  readonly targets: Float32Array;
}

/** @param targets `[T, 88]` of each piece; by default its notes */
export function makeBatch(
  pieces: readonly Notes[],
  targets?: readonly Float32Array[],
): MusicBatch {
  const rolls = pieces.map((piece) => toRoll(piece));
  const late = rolls.map((roll) => {
    const moved = new Float32Array(roll.length);
    moved.set(roll.subarray(0, roll.length - keys), keys);
    return moved;
  });
  return {
    inputs: pad(late, keys),
    targets: pad(targets ?? rolls, keys).values,
  };
}

/** Pieces cut into parts of at most `steps` steps. */
export const cut = (pieces: readonly Notes[], steps: number): Notes[] =>
  pieces.flatMap((piece) =>
    Array.from({ length: Math.ceil(piece.length / steps) }, (_, i) =>
      piece.slice(i * steps, (i + 1) * steps),
    ),
  );

/** Whole pieces of like lengths, as many at once as fit 16,000 steps. */
export function wholePieces(pieces: readonly Notes[]): MusicBatch[] {
  const sorted = [...pieces].sort((a, b) => a.length - b.length);
  const batches: MusicBatch[] = [];
  let group: Notes[] = [];
  for (const piece of sorted) {
    if (group.length > 0 && (group.length + 1) * piece.length > 16_000) {
      batches.push(makeBatch(group));
      group = [];
    }
    group.push(piece);
  }
  if (group.length > 0) batches.push(makeBatch(group));
  return batches;
}

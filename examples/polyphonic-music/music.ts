/** Pieces of music as batches: at each step the notes of the step before come in, those of the step are the target. */
import { pad, toRoll } from "cellc/nn";
import type { Notes, Sequence } from "cellc/nn";

export const keys = 88;

export interface DataSet {
  readonly name: string;
  readonly train: readonly Notes[];
  readonly valid: readonly Notes[];
  readonly test: readonly Notes[];
}

export interface Batch {
  /** `[T, B, 88]`; silence before the first step. */
  readonly inputs: Sequence<Float32Array>;
  /** `[T, B, 88]` */
  readonly targets: Float32Array;
}

export function makeBatch(pieces: readonly Notes[]): Batch {
  const rolls = pieces.map((piece) => toRoll(piece));
  const late = rolls.map((roll) => {
    const moved = new Float32Array(roll.length);
    moved.set(roll.subarray(0, roll.length - keys), keys);
    return moved;
  });
  return { inputs: pad(late, keys), targets: pad(rolls, keys).values };
}

/** Pieces cut into parts of at most `steps` steps. */
export const cut = (pieces: readonly Notes[], steps: number): Notes[] =>
  pieces.flatMap((piece) =>
    Array.from({ length: Math.ceil(piece.length / steps) }, (_, i) =>
      piece.slice(i * steps, (i + 1) * steps),
    ),
  );

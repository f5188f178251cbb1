/** A recurrent layer over 88 notes with a linear read-out, and the loss over what it puts out. */
import { keys, toRoll } from "cellc/nn";
import type { Notes } from "cellc/nn";
import type { CellModule } from "cellc/runtime";
import { checkVectorCell, importCells } from "../common/cells.js";
import { readCount, UserError } from "../common/command.js";
import type { NetPlan } from "../common/net.js";
import { forgetBias } from "../common/start.js";

/** Units of a cell by its name. */
export interface NetChoice {
  readonly cell: string;
  readonly units: number;
}

/** `GRU:46`, as an option of the command line has it. */
export function readNet(option: string, text: string): NetChoice {
  const [cell = "", units = ""] = text.split(":");
  if (cell === "" || units === "")
    throw new UserError(
      `--${option} ${text}: expected a cell and its units, such as GRU:46`,
    );
  return { cell, units: readCount(option, units) };
}

export interface MusicCells {
  readonly recurrent: CellModule;
  readonly readOut: CellModule;
  readonly loss: CellModule;
}

export async function importMusicCells(
  names: readonly string[],
): Promise<MusicCells[]> {
  const [readOut, loss, ...cells] = await importCells(
    "Affine",
    "SigmoidCrossEntropy",
    ...names,
  );
  return cells.map((recurrent) => {
    checkVectorCell(recurrent);
    return { recurrent, readOut: readOut!, loss: loss! };
  });
}

export interface Start {
  /** Of the forget gates' biases, in cells that have them. Default: as the cell says. */
  readonly forget?: number;
  /** Pieces: the biases of the read-out begin at how often each of their notes sounds. */
  readonly frequencies?: readonly Notes[];
}

export const planMusicModel = (
  { recurrent, readOut, loss }: MusicCells,
  units: number,
  seed: number,
  { forget, frequencies }: Start = {},
): NetPlan => ({
  layers: async ({ load }) => {
    const rnn = await load(recurrent, { M: keys, N: units });
    return { rnn, notes: await load(readOut, { M: rnn.width, K: keys }) };
  },
  loss,
  lossSizes: { K: keys },
  seed,
  start: (name, shape) =>
    name === "notes.b_y"
      ? frequencies && logitsOfNotes(frequencies)
      : forget === undefined
        ? undefined
        : forgetBias(name, shape, forget),
});

/** Of how often each note sounds; half a time is added to sounding and to silence, so that all are finite. */
export function logitsOfNotes(pieces: readonly Notes[]): Float32Array {
  const counts = new Float32Array(keys);
  let steps = 0;
  for (const piece of pieces) {
    steps += piece.length;
    toRoll(piece).forEach((on, i) => (counts[i % keys]! += on));
  }
  return counts.map((count) => Math.log((count + 0.5) / (steps - count + 0.5)));
}

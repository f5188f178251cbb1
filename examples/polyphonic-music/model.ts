/** A recurrent layer over 88 notes with a linear read-out, and the loss over what it puts out. */
import { keys } from "cellc/nn";
import type { CellModule } from "cellc/runtime";
import { checkVectorCell, importCells } from "../common/cells.js";
import type { NetPlan } from "../common/net.js";

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

export const planMusicModel = (
  { recurrent, readOut, loss }: MusicCells,
  units: number,
  seed: number,
): NetPlan => ({
  layers: async ({ load }) => {
    const rnn = await load(recurrent, { M: keys, N: units });
    return { rnn, notes: await load(readOut, { M: rnn.width, K: keys }) };
  },
  loss,
  lossSizes: { K: keys },
  seed,
});

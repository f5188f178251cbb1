/** A recurrent layer over 88 notes with a linear read-out, and the loss over what it puts out. */
import { keys, loadCriterion, loadLayer, Model, Stack } from "cellc/nn";
import type { Criterion } from "cellc/nn";
import type { CellModule } from "cellc/runtime";
import { checkVectorCell, importCells } from "../common/cells.js";
import type { Backend } from "../common/command.js";

export interface MusicModel {
  readonly model: Model;
  readonly criterion: Criterion;
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

export async function makeModel(
  { recurrent, readOut, loss }: MusicCells,
  units: number,
  backend: Backend,
  seed: number,
): Promise<MusicModel> {
  const layer = await loadLayer(recurrent, {
    backend,
    sizes: { M: keys, N: units },
  });
  const model = new Model(
    new Stack({
      rnn: layer,
      notes: await loadLayer(readOut, {
        backend,
        sizes: { M: layer.width, K: keys },
      }),
    }),
    seed,
  );
  const criterion = await loadCriterion(loss, {
    backend,
    sizes: { K: keys },
  });
  return { model, criterion };
}

/** Embedded characters, recurrent layers of any cell that reads vectors, logits. */
import type { CellModule } from "cellc/runtime";
import { checkVectorCell, importCells } from "../common/cells.js";
import type { LayerMaker, NetPlan } from "../common/net.js";
import { forgetBias } from "../common/start.js";

export interface CharCells {
  readonly recurrent: CellModule;
  readonly table: CellModule;
  readonly readOut: CellModule;
  readonly loss: CellModule;
}

/** @param cell name of a cell in `specs/` */
export async function importCharCells(cell: string): Promise<CharCells> {
  const [recurrent, table, readOut, loss] = await importCells(
    cell,
    "Embedding",
    "Affine",
    "SoftmaxCrossEntropy",
  );
  checkVectorCell(recurrent!);
  return {
    recurrent: recurrent!,
    table: table!,
    readOut: readOut!,
    loss: loss!,
  };
}

export interface ModelOptions {
  readonly layers: number;
  readonly units: number;
  /** Numbers that stand for a character. */
  readonly embedding: number;
  readonly dropout: number;
  readonly seed: number;
}

/** @param vocabulary how many characters there are */
export const planCharModel = (
  cells: CharCells,
  vocabulary: number,
  options: ModelOptions,
): NetPlan => ({
  layers: (make) => makeLayers(cells, vocabulary, options, make),
  loss: cells.loss,
  lossSizes: { K: vocabulary },
  seed: options.seed,
  start: (name, shape) => forgetBias(name, shape, 1),
});

async function makeLayers<L>(
  { recurrent, table, readOut }: CharCells,
  vocabulary: number,
  { layers: count, units, embedding, dropout }: ModelOptions,
  { load, drop }: LayerMaker<L>,
): Promise<Record<string, L>> {
  const layers: Record<string, L> = {
    embedding: await load(table, { V: vocabulary, D: embedding }),
  };
  let width = embedding;
  for (let i = 0; i < count; i++) {
    if (dropout > 0) layers[`dropout${i}`] = drop(dropout);
    const layer = await load(recurrent, { M: width, N: units });
    layers[`rnn${i}`] = layer;
    ({ width } = layer);
  }
  if (dropout > 0) layers["dropout"] = drop(dropout);
  layers["logits"] = await load(readOut, { M: width, K: vocabulary });
  return layers;
}

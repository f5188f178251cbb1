/** Embedded characters, recurrent layers of any cell that reads vectors, logits. */
import { Dropout, loadCriterion, loadLayer, Model, Stack } from "cellc/nn";
import type { Criterion, Layer } from "cellc/nn";
import type { CellModule } from "cellc/runtime";
import { checkVectorCell, importCells } from "../common/cells.js";
import type { Backend } from "../common/command.js";

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
  readonly backend: Backend;
  readonly threads?: number;
  readonly seed: number;
}

export interface CharModel {
  readonly model: Model;
  readonly criterion: Criterion;
}

export async function makeModel(
  { recurrent, table, readOut, loss }: CharCells,
  vocabulary: number,
  options: ModelOptions,
): Promise<CharModel> {
  const { embedding, dropout, units, backend, threads } = options;
  const layers: Record<string, Layer> = {
    embedding: await loadLayer(table, {
      backend,
      sizes: { V: vocabulary, D: embedding },
    }),
  };
  let width = embedding;
  for (let i = 0; i < options.layers; i++) {
    if (dropout > 0) layers[`dropout${i}`] = new Dropout(dropout);
    const layer = await loadLayer(recurrent, {
      backend,
      threads,
      sizes: { M: width, N: units },
    });
    layers[`rnn${i}`] = layer;
    ({ width } = layer);
  }
  if (dropout > 0) layers["dropout"] = new Dropout(dropout);
  layers["logits"] = await loadLayer(readOut, {
    backend,
    threads,
    sizes: { M: width, K: vocabulary },
  });
  const model = new Model(new Stack(layers), options.seed);
  // Forget gates begin open (Jozefowicz, Zaremba, Sutskever, 2015).
  for (const name in model.param)
    if (/^rnn\d+\.b_f$/.test(name)) model.param[name]!.fill(1);
  const criterion = await loadCriterion(loss, {
    backend,
    sizes: { K: vocabulary },
  });
  return { model, criterion };
}

/** Embedded characters, recurrent layers of any cell that reads vectors, logits. */
import { Dropout, loadCriterion, loadLayer, Model, Stack } from "cellc/nn";
import type { CellLayer, Criterion, Layer } from "cellc/nn";
import type { CellModule } from "cellc/runtime";
import { importCells } from "../common/cells.js";
import { UserError } from "../common/command.js";
import type { Backend } from "../common/command.js";

export interface ModelOptions {
  /** Name of a cell in `specs/`. */
  readonly cell: string;
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
  vocabulary: number,
  options: ModelOptions,
): Promise<CharModel> {
  const { layers: count, embedding, dropout, backend, threads, seed } = options;
  const [cell, table, readOut, loss] = (await importCells(
    options.cell,
    "Embedding",
    "Affine",
    "SoftmaxCrossEntropy",
  )) as [CellModule, CellModule, CellModule, CellModule];
  const layers: Record<string, Layer> = {
    embedding: await loadLayer(table, {
      backend,
      sizes: { V: vocabulary, D: embedding },
    }),
  };
  let width = embedding;
  for (let i = 0; i < count; i++) {
    if (dropout > 0) layers[`dropout${i}`] = new Dropout(dropout);
    const layer = await recurrentLayer(cell, width, options);
    layers[`rnn${i}`] = layer;
    ({ width } = layer);
  }
  if (dropout > 0) layers["dropout"] = new Dropout(dropout);
  layers["logits"] = await loadLayer(readOut, {
    backend,
    threads,
    sizes: { M: width, K: vocabulary },
  });
  const model = new Model(new Stack(layers), seed);
  // Forget gates begin open (Jozefowicz, Zaremba, Sutskever, 2015).
  for (const name in model.param)
    if (/^rnn\d+\.b_f$/.test(name)) model.param[name]!.fill(1);
  const criterion = await loadCriterion(loss, {
    backend,
    sizes: { K: vocabulary },
  });
  return { model, criterion };
}

async function recurrentLayer(
  cell: CellModule,
  width: number,
  { units, backend, threads }: ModelOptions,
): Promise<CellLayer> {
  const fits =
    cell.sizes.every((size) => size === "M" || size === "N") &&
    cell.inputs.length === 1 &&
    cell.inputs[0]!.vocabulary === undefined &&
    cell.outputs.length === 1 &&
    cell.context.length === 0;
  if (!fits)
    throw new UserError(
      `--cell ${cell.name}: expected a cell with one input [M] and one output, whose sizes are M and N; this one has the sizes ${cell.sizes.join(", ")}, the inputs ${cell.inputs.map(({ name }) => name).join(", ")} and the outputs ${cell.outputs.map(({ name }) => name).join(", ")}`,
    );
  return loadLayer(cell, {
    backend,
    threads,
    sizes: { M: width, N: units },
  });
}

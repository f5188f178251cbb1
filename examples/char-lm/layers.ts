/** Embedded characters, recurrent layers of any cell that reads vectors, logits; the same wherever they run. */
import type { CellModule } from "cellc/runtime";
import type { CharCells, ModelOptions } from "./model.js";

/** How a place makes its layers. */
export interface LayerMaker<L> {
  readonly load: (
    cell: CellModule,
    sizes: Readonly<Record<string, number>>,
  ) => Promise<L & { readonly width: number }>;
  readonly drop: (rate: number) => L;
}

/** The layers in their order; their names name the parameters. */
export async function makeLayers<L>(
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

/** Forget gates begin open (Jozefowicz, Zaremba, Sutskever, 2015). */
export const isForgetBias = (name: string): boolean =>
  /^rnn\d+\.b_f$/.test(name);

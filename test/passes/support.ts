/** Cells from source text, as the passes see them. */
import { compile } from "../../src/compile.js";
import type { CompiledCell } from "../../src/compile.js";
import { renderAll } from "../../src/diagnostics/render.js";
import type { Node } from "../../src/ir/graph.js";
import { reachable } from "../../src/ir/graph.js";

/** The only cell of a text that must compile. */
export function cellOf(source: string): CompiledCell {
  const { cells, diagnostics, sources } = compile(source);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0 || cells.length !== 1)
    throw new Error(renderAll(errors, sources) || `${cells.length} cells`);
  return cells[0]!;
}

export const lstm = `cell LSTM {
  input x: [M]
  state h: [N], c: [N]
  gate i = sigmoid(affine(x, h[t-1]))
  gate f = sigmoid(affine(x, h[t-1]))
  gate o = sigmoid(affine(x, h[t-1]))
  gate g = tanh(affine(x, h[t-1]))
  c = f * c[t-1] + i * g
  h = o * tanh(c)
  output h
}`;

export const gru = `cell GRU {
  input x: [M]
  state h: [N]
  gate r = sigmoid(affine(x, h[t-1]))
  gate z = sigmoid(affine(x, h[t-1]))
  gate n = tanh(affine(x, r * h[t-1]))
  h = (1 - z) * h[t-1] + z * n
  output h
}`;

/** Operations that some nodes depend on. */
export const opsOf = (...nodes: Node[]): Set<string> =>
  new Set(reachable(nodes).map((node) => node.op));

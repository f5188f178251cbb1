/** The layer of a problem as a model of ONNX. */
import type { Problem } from "../problem.js";
import { layerModel } from "./onnx-model.js";

/**
 * Gates in the order of ONNX. Its GRU weighs the past with z where ours weighs the candidate: with the rows of z
 * negated it calculates the same, for the same work.
 */
const layers = {
  lstm: { type: "LSTM", gates: ["i", "o", "f", "g"], negated: "" },
  gru: { type: "GRU", gates: ["z", "r", "n"], negated: "z" },
} as const;

/** The stacked rows of a problem in another order. */
function reordered(
  { gates }: Problem,
  values: Float32Array,
  order: readonly string[],
  negated: string,
): Float32Array<ArrayBuffer> {
  const size = values.length / gates.length;
  const result = new Float32Array(values.length);
  order.forEach((gate, i) => {
    const from = gates.indexOf(gate) * size;
    const sign = gate === negated ? -1 : 1;
    for (let k = 0; k < size; k++)
      result[i * size + k] = sign * values[from + k]!;
  });
  return result;
}

/** Input `X`: `[T, B, M]`, output `Y`: `[T, 1, B, N]`; nothing for the cells that ONNX has no layer for. */
export function onnxLayer(problem: Problem): Uint8Array | undefined {
  const { cell, T, B, M, N } = problem;
  if (cell === "peephole") return undefined;
  const { type, gates, negated } = layers[cell];
  const rows = gates.length * N;
  const take = (values: Float32Array): Float32Array =>
    reordered(problem, values, gates, negated);
  const bias = new Float32Array(2 * rows);
  bias.set(take(problem.b));
  return layerModel({
    type,
    W: { dims: [1, rows, M], values: take(problem.W) },
    R: { dims: [1, rows, N], values: take(problem.R) },
    B: { dims: [1, 2 * rows], values: bias },
    x: [T, B, M],
    y: [T, 1, B, N],
  });
}

/**
 * Weights of Keras's `LSTM`, `GRU` and `SimpleRNN`, named `kernel`, `recurrent_kernel` and `bias` as in
 * `layer.weights`, for the cells that compute the same: `LSTM`; `GRUResetAfter` (`reset_after=True`, the default) or
 * `GRUCho`; `ElmanTanh`, `ElmanSigmoid` or `ElmanRelu`. Keras multiplies from the right: its matrices are transposed.
 */
import { add, gate, required, transpose } from "./gates.js";
import type { CellWeights } from "./gates.js";
import type { Tensors } from "./safetensors.js";
import type { Tensor } from "../snapshot.js";

export interface KerasPlace {
  /** What stands before `kernel`. Default: nothing. */
  readonly prefix?: string;
}

/** Keras's order of the gates: input, forget, cell, output. */
export const kerasLSTM = (
  tensors: Tensors,
  place: KerasPlace = {},
): CellWeights => gated(tensors, place, ["i", "f", "g", "o"]);

/**
 * Order: update, reset, candidate. With `reset_after` the bias has two rows, for the input and for the state. Without a
 * bias nothing tells which of the two it was: what comes out fits both cells.
 */
export function kerasGRU(
  tensors: Tensors,
  place: KerasPlace = {},
): CellWeights {
  const name = `${place.prefix ?? ""}bias`;
  const gates = ["z", "r", "n"];
  const bias = Object.hasOwn(tensors, name) ? tensors[name]! : undefined;
  if (!bias) {
    const weights = gated(tensors, place, gates);
    return { ...weights, b_n_h: { ...weights["b_n"]!, optional: true } };
  }
  if (bias.shape.length !== 2) return gated(tensors, place, gates);
  const [rows, width = 0] = bias.shape;
  if (rows !== 2)
    throw new Error(
      `${name} has shape [${bias.shape.join(", ")}]; with reset_after it has two rows`,
    );
  const row = (i: number): Tensor => ({
    values: bias.values.slice(i * width, (i + 1) * width),
    shape: [width],
  });
  const weights = { ...gated({ ...tensors, [name]: row(0) }, place, gates) };
  const ofState = (i: number): Tensor => gate(name, row(1), i, 3);
  for (const [i, d] of ["z", "r"].entries())
    weights[`b_${d}`] = add(weights[`b_${d}`]!, ofState(i));
  return { ...weights, b_n_h: ofState(2) };
}

export const kerasRNN = (
  tensors: Tensors,
  place: KerasPlace = {},
): CellWeights => gated(tensors, place, ["h"]);

function gated(
  tensors: Tensors,
  { prefix = "" }: KerasPlace,
  gates: readonly string[],
): CellWeights {
  const kernel = transpose(required(tensors, `${prefix}kernel`, 2));
  const recurrent = transpose(
    required(tensors, `${prefix}recurrent_kernel`, 2),
  );
  const [all = 0] = kernel.shape;
  const name = `${prefix}bias`;
  // Layers made with `use_bias=False` have none, and add nothing.
  const bias = Object.hasOwn(tensors, name)
    ? required(tensors, name, 1)
    : { values: kernel.values.slice(0, all).fill(0), shape: [all] };
  return Object.fromEntries(
    gates.flatMap((d, i) => [
      [`W_${d}`, gate(`${prefix}kernel`, kernel, i, gates.length)],
      [`R_${d}`, gate(`${prefix}recurrent_kernel`, recurrent, i, gates.length)],
      [`b_${d}`, gate(name, bias, i, gates.length)],
    ]),
  );
}

/**
 * Weights of PyTorch's `nn.LSTM`, `nn.GRU` and `nn.RNN`, as their `state_dict` names them, for the cells that compute the
 * same: `LSTM` (with `proj_size`: `LSTMProjection`), `GRUResetAfter`, `ElmanTanh` or `ElmanRelu`.
 */
import { add, gate, required, zerosLike } from "./gates.js";
import type { CellWeights } from "./gates.js";
import type { Tensors } from "./safetensors.js";
import type { Tensor } from "../snapshot.js";

export interface TorchPlace {
  /** What stands before `weight_ih_l0`, such as `rnn.`. Default: nothing. */
  readonly prefix?: string;
  /** Number of the layer. Default 0. */
  readonly layer?: number;
  /** The layer that reads from the end. Default false. */
  readonly reverse?: boolean;
}

/** PyTorch's order of the gates: input, forget, cell, output. */
export function torchLSTM(
  tensors: Tensors,
  place: TorchPlace = {},
): CellWeights {
  const { W, R, b, projection } = read(tensors, place, 4);
  const weights: Record<string, Tensor> = {};
  ["i", "f", "g", "o"].forEach((d, i) => {
    weights[`W_${d}`] = W(i);
    weights[`R_${d}`] = R(i);
    weights[`b_${d}`] = add(b.input(i), b.state(i));
    if (projection && d !== "g") weights[`p_${d}`] = zerosLike(b.input(i));
  });
  if (projection) weights["W_r"] = projection;
  return weights;
}

/** Order: reset, update, new. The bias of the state stays apart in the new gate, inside the reset. */
export function torchGRU(
  tensors: Tensors,
  place: TorchPlace = {},
): CellWeights {
  const { W, R, b } = read(tensors, place, 3);
  const weights: Record<string, Tensor> = {};
  ["r", "z", "n"].forEach((d, i) => {
    weights[`W_${d}`] = W(i);
    weights[`R_${d}`] = R(i);
    weights[`b_${d}`] = d === "n" ? b.input(i) : add(b.input(i), b.state(i));
  });
  weights["b_n_h"] = b.state(2);
  return weights;
}

export function torchRNN(
  tensors: Tensors,
  place: TorchPlace = {},
): CellWeights {
  const { W, R, b } = read(tensors, place, 1);
  return { W_h: W(0), R_h: R(0), b_h: add(b.input(0), b.state(0)) };
}

function read(tensors: Tensors, place: TorchPlace, gates: number) {
  const { prefix = "", layer = 0, reverse = false } = place;
  const name = (kind: string): string =>
    `${prefix}${kind}_l${layer}${reverse ? "_reverse" : ""}`;
  const gateOf = (kind: string, rank: number) => {
    const tensor = required(tensors, name(kind), rank);
    return (i: number): Tensor => gate(name(kind), tensor, i, gates);
  };
  const W = gateOf("weight_ih", 2);
  /** Layers made with `bias=False` have none. */
  const bias = (kind: string) =>
    Object.hasOwn(tensors, name(kind))
      ? gateOf(kind, 1)
      : (i: number): Tensor => {
          const { values, shape } = W(i);
          const [n = 0] = shape;
          return { values: values.slice(0, n).fill(0), shape: [n] };
        };
  return {
    W,
    R: gateOf("weight_hh", 2),
    b: { input: bias("bias_ih"), state: bias("bias_hh") },
    projection: Object.hasOwn(tensors, name("weight_hr"))
      ? required(tensors, name("weight_hr"), 2)
      : undefined,
  };
}

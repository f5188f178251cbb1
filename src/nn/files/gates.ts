/** Matrices that other libraries keep for all gates together, taken apart. */
import type { Values } from "../sequence.js";
import type { Tensor } from "../snapshot.js";
import type { Tensors } from "./safetensors.js";

/** Tensors for the parameters of one cell, by the cell's names. */
export type CellWeights = Readonly<Record<string, Tensor>>;

export function required(tensors: Tensors, name: string, rank: number): Tensor {
  const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  if (!tensor)
    throw new Error(
      `there is no tensor ${name}; there are: ${Object.keys(tensors).join(", ") || "none"}`,
    );
  if (tensor.shape.length !== rank)
    throw new Error(
      `${name} has shape [${tensor.shape.join(", ")}]; expected ${rank} axes`,
    );
  return tensor;
}

/** Rows `index · n` to `(index + 1) · n` of a tensor whose first axis is all gates. */
export function gate(
  name: string,
  { values, shape }: Tensor,
  index: number,
  count: number,
): Tensor {
  const [all = 0, ...rest] = shape;
  if (all % count !== 0)
    throw new Error(
      `${name} has ${all} rows, which are not ${count} gates of one size`,
    );
  const row = rest.reduce((a, b) => a * b, 1);
  const n = all / count;
  return {
    values: values.slice(index * n * row, (index + 1) * n * row),
    shape: [n, ...rest],
  };
}

export function transpose({ values, shape }: Tensor): Tensor {
  const [rows = 0, columns = 0] = shape;
  return {
    values: values.map(
      (_: number, at: number) =>
        values[(at % rows) * columns + Math.floor(at / rows)]!,
    ) as Values,
    shape: [columns, rows],
  };
}

export const zerosLike = ({ values, shape }: Tensor): Tensor => ({
  values: values.slice().fill(0),
  shape,
});

export function add(a: Tensor, b: Tensor): Tensor {
  if (a.shape.join() !== b.shape.join())
    throw new Error(
      `biases of the shapes [${a.shape.join(", ")}] and [${b.shape.join(", ")}] cannot be added`,
    );
  return {
    values: a.values.map(
      (value: number, i: number) => value + b.values[i]!,
    ) as Values,
    shape: a.shape,
  };
}

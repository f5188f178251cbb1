/** Layers without a state. */
import { plus, product, tanhs } from "./frame.js";
import type { Frame, Reference } from "./frame.js";

const sums = (f: Frame): number[] =>
  plus(product(f.matrix("W_y"), f.vector("x")), f.vector("b_y"));

const affine = {
  params: { W_y: ["K", "M"], b_y: ["K"] },
  states: {},
  outputs: ["y"],
};

export const layers: readonly Reference[] = [
  {
    cell: "Embedding",
    params: { E: ["V", "D"] },
    states: {},
    outputs: ["e"],
    step: (f) => ({ e: f.matrix("E")[f.number("k")]! }),
  },
  { cell: "Affine", ...affine, step: (f) => ({ y: sums(f) }) },
  { cell: "AffineTanh", ...affine, step: (f) => ({ y: tanhs(sums(f)) }) },
];

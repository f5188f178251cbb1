/** Parts of vectors, by place and by token. */
import { addSizes, sizeNumber } from "../../size.js";
import type { Size } from "../../size.js";
import type { StructuralName } from "../names.js";
import type { StructuralRecord } from "../record.js";
import { structural } from "./define.js";

export const parts = {
  concat: structural({
    arity: "any",
    doc: "vectors one after the other",
    linearity: "linear",
    shape: (args) =>
      args.length > 0 && args.every((shape) => shape.length === 1)
        ? [args.map((shape) => shape[0]!).reduce(addSizes)]
        : "vectors are needed",
    evaluate: (args, out) => {
      let at = 0;
      for (const { data } of args) {
        out.set(data, at);
        at += data.length;
      }
    },
    vjp: (b, node, g) => {
      let from: Size = sizeNumber(0);
      return node.args.map((arg) => {
        const part = b.slice(g, from, arg.shape[0]!);
        from = addSizes(from, arg.shape[0]!);
        return part;
      });
    },
  }),
  slice: structural({
    arity: 1,
    doc: "the elements from `from` on, as many as the shape says",
    linearity: "linear",
    shape: ([v], { shape }) =>
      v!.length === 1 && shape?.length === 1 ? shape : "a vector is needed",
    evaluate: ([v], out, { attrs, sizeOf }) => {
      const from = sizeOf(attrs.from!);
      out.set(v!.data.subarray(from, from + out.length));
    },
    vjp: (b, node, g) => [b.pad(g, node.attrs.from!, node.args[0]!.shape[0]!)],
  }),
  pad: structural({
    arity: 1,
    doc: "the vector behind `from` zeros, filled with zeros up to the shape",
    linearity: "linear",
    shape: ([v], { shape }) =>
      v!.length === 1 && shape?.length === 1 ? shape : "a vector is needed",
    evaluate: ([v], out, { attrs, sizeOf }) => {
      out.fill(0);
      out.set(v!.data, sizeOf(attrs.from!));
    },
    vjp: (b, node, g) => [
      b.slice(g, node.attrs.from!, node.args[0]!.shape[0]!),
    ],
  }),
  iota: structural({
    arity: 0,
    doc: "0, 1, 2, …",
    linearity: "none",
    shape: (_, { shape }) => (shape?.length === 1 ? shape : "a size is needed"),
    evaluate: (_, out) => {
      for (let i = 0; i < out.length; i++) out[i] = i;
    },
    vjp: () => [],
  }),
  onehot: structural({
    arity: 1,
    doc: "1 at the token, else 0; products with it are gathers",
    linearity: "none",
    shape: ([k], { shape }) =>
      k!.length === 0 && shape?.length === 1
        ? shape
        : "a token and a size are needed",
    evaluate: ([k], out) => {
      out.fill(0);
      out[k!.data[0]!] = 1;
    },
    vjp: () => [undefined],
  }),
  pick: structural({
    arity: 2,
    doc: "the element of a vector at a token",
    // Linear in the vector; the token never moves.
    linearity: "multilinear",
    shape: ([v, k]) =>
      v!.length === 1 && k!.length === 0
        ? []
        : "a vector and a token are needed",
    evaluate: ([v, k], out) => {
      out[0] = v!.data[k!.data[0]!]!;
    },
    vjp: (b, node, g) => {
      const [v, k] = node.args as [typeof g, typeof g];
      return [b.mul(b.onehot(k, v.shape[0]!), g), undefined];
    },
  }),
} satisfies Partial<Record<StructuralName, StructuralRecord>>;

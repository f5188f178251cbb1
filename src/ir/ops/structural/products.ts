/** Products of matrices and vectors. */
import { sameSize, showShape } from "../../size.js";
import type { Size } from "../../size.js";
import type { StructuralName } from "../names.js";
import type { StructuralRecord } from "../record.js";
import { rankError, structural } from "./define.js";

export const products = {
  transpose: structural({
    arity: 1,
    doc: "Aᵀ",
    linearity: "linear",
    shape: ([a]) =>
      a!.length === 2 ? [a![1]!, a![0]!] : rankError("a matrix is needed", a!),
    evaluate: ([a], out) => {
      const [rows, columns] = a!.dims as [number, number];
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++)
          out[j * rows + i] = a!.data[i * columns + j]!;
    },
    vjp: (b, _, g) => [b.transpose(g)],
  }),
  matvec: structural({
    arity: 2,
    doc: "A x, or Aᵀ x",
    linearity: "multilinear",
    shape: ([a, x], { transA }) => {
      if (a!.length !== 2 || x!.length !== 1)
        return "a matrix and a vector are needed";
      const [outer, inner] = transA ? [a![1]!, a![0]!] : [a![0]!, a![1]!];
      return sameSize(inner, x![0]!)
        ? [outer]
        : `${showShape(a!)} and ${showShape(x!)} do not fit`;
    },
    evaluate: ([a, x], out, { attrs }) => {
      const columns = a!.dims[1]!;
      for (let i = 0; i < out.length; i++) {
        let sum = 0;
        for (let k = 0; k < x!.data.length; k++)
          sum +=
            (attrs.transA
              ? a!.data[k * columns + i]!
              : a!.data[i * columns + k]!) * x!.data[k]!;
        out[i] = sum;
      }
    },
    vjp: (b, node, g) => {
      const [a, x] = node.args as [typeof g, typeof g];
      return node.attrs.transA
        ? [b.outer(x, g), b.matvec(a, g)]
        : [b.outer(g, x), b.matvec(a, g, true)];
    },
  }),
  matmul: structural({
    arity: 2,
    doc: "A B, each transposed or not",
    linearity: "multilinear",
    shape: ([a, b], { transA, transB }) => {
      if (a!.length !== 2 || b!.length !== 2) return "two matrices are needed";
      const [rows, left] = transA ? [a![1]!, a![0]!] : [a![0]!, a![1]!];
      const [right, columns] = transB ? [b![1]!, b![0]!] : [b![0]!, b![1]!];
      return sameSize(left, right)
        ? [rows, columns]
        : `${showShape(a!)} and ${showShape(b!)} do not fit`;
    },
    evaluate: ([a, b], out, { attrs: { transA, transB } }) => {
      const [aRows, aColumns] = a!.dims as [number, number];
      const [bRows, bColumns] = b!.dims as [number, number];
      const [rows, inner] = transA ? [aColumns, aRows] : [aRows, aColumns];
      const columns = transB ? bRows : bColumns;
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < inner; k++)
            sum +=
              a!.data[transA ? k * aColumns + i : i * aColumns + k]! *
              b!.data[transB ? j * bColumns + k : k * bColumns + j]!;
          out[i * columns + j] = sum;
        }
    },
    // C = op(A) op(B): dop(A) = G op(B)ᵀ and dop(B) = op(A)ᵀ G, transposed again where op transposes.
    vjp: (b, node, g) => {
      const [left, right] = node.args as [typeof g, typeof g];
      const { transA = false, transB = false } = node.attrs;
      return [
        transA
          ? b.matmul(right, g, transB, true)
          : b.matmul(g, right, false, !transB),
        transB
          ? b.matmul(g, left, true, transA)
          : b.matmul(left, g, !transA, false),
      ];
    },
  }),
  products: structural({
    arity: "any",
    doc: "A x + B y + …: operands A, x, B, y, …",
    linearity: "none",
    shape: (args, { transposed = "" }) => {
      if (args.length === 0 || args.length !== 2 * transposed.length)
        return "terms are pairs";
      const results: Size[] = [];
      for (let term = 0; 2 * term < args.length; term++) {
        const [a, x] = [args[2 * term]!, args[2 * term + 1]!];
        if (a.length !== 2 || x.length !== 1)
          return "matrices and vectors are needed in turn";
        const [outer, inner] =
          transposed[term] === "1" ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
        if (!sameSize(inner, x[0]!) || !sameSize(outer, results[0] ?? outer))
          return `${showShape(a)} and ${showShape(x)} do not fit`;
        results.push(outer);
      }
      return [results[0]!];
    },
    evaluate: (args, out, { attrs }) => {
      out.fill(0);
      for (let term = 0; 2 * term < args.length; term++) {
        const [a, x] = [args[2 * term]!, args[2 * term + 1]!];
        const columns = a.dims[1]!;
        for (let i = 0; i < out.length; i++)
          for (let k = 0; k < x.data.length; k++)
            out[i]! +=
              x.data[k]! *
              (attrs.transposed![term] === "1"
                ? a.data[k * columns + i]!
                : a.data[i * columns + k]!);
      }
    },
    vjp: () => {
      throw new TypeError(
        "products are formed by the scheduler, after differentiation",
      );
    },
  }),
  outer: structural({
    arity: 2,
    doc: "a bᵀ",
    linearity: "multilinear",
    shape: ([a, b]) =>
      a!.length === 1 && b!.length === 1
        ? [a![0]!, b![0]!]
        : "two vectors are needed",
    evaluate: ([a, b], out) => {
      const columns = b!.data.length;
      for (let i = 0; i < a!.data.length; i++)
        for (let j = 0; j < columns; j++)
          out[i * columns + j] = a!.data[i]! * b!.data[j]!;
    },
    vjp: (b, node, g) => [
      b.matvec(g, node.args[1]!),
      b.matvec(g, node.args[0]!, true),
    ],
  }),
} satisfies Partial<Record<StructuralName, StructuralRecord>>;

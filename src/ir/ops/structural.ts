/** Operations on whole arrays: repeating, adding up, products, parts of vectors, tokens. */
import { addSizes, sameSize, showShape, sizeNumber } from "../size.js";
import type { Shape, Size } from "../size.js";
import type { StructuralName } from "./names.js";
import type { StructuralRecord, Tensor } from "./record.js";

const loop = {
  ts: { loop: true },
  wasm: { loop: true },
  wgsl: { loop: true },
} as const;

const structural = (
  record: Omit<StructuralRecord, "kind" | "spell">,
): StructuralRecord => ({
  kind: "structural",
  spell: loop,
  ...record,
});

const rankError = (what: string, shape: Shape): string =>
  `${what}, not ${showShape(shape)}`;

/** Rows and columns of a tensor seen as rows of its last axis. */
function rowsOf(tensor: Tensor): [rows: number, columns: number] {
  const columns = tensor.dims.at(-1) ?? 1;
  return [columns === 0 ? 0 : tensor.data.length / columns, columns];
}

const lastAxis = (shape: Shape): Shape | string =>
  shape.length === 0
    ? rankError("a vector or matrix is needed", shape)
    : shape.slice(0, -1);

/** Largest (`direction` 1) or smallest (−1) along the last axis; ties share the gradient equally. */
function extreme(doc: string, direction: 1 | -1): StructuralRecord {
  const better = (a: number, b: number): boolean => direction * (a - b) > 0;
  const winners = (
    v: Tensor,
    each: (row: number, column: number) => void,
  ): void => {
    const [rows, columns] = rowsOf(v);
    for (let i = 0; i < rows; i++) {
      let best = v.data[i * columns]!;
      for (let j = 1; j < columns; j++)
        if (better(v.data[i * columns + j]!, best))
          best = v.data[i * columns + j]!;
      for (let j = 0; j < columns; j++)
        if (v.data[i * columns + j] === best) each(i, j);
    }
  };
  return structural({
    arity: 1,
    doc,
    linearity: "pieces",
    shape: ([v]) => lastAxis(v!),
    evaluate: ([v], out) => {
      const [rows, columns] = rowsOf(v!);
      for (let i = 0; i < rows; i++) {
        let best = v!.data[i * columns]!;
        for (let j = 1; j < columns; j++)
          best =
            direction > 0
              ? Math.max(best, v!.data[i * columns + j]!)
              : Math.min(best, v!.data[i * columns + j]!);
        out[i] = best;
      }
    },
    tangent: ([v], result, [dv], out) => {
      const count = new Float64Array(result.data.length);
      winners(v!, (i) => count[i]!++);
      const [, columns] = rowsOf(v!);
      out.fill(0);
      winners(
        v!,
        (i, j) => (out[i]! += dv!.data[i * columns + j]! / count[i]!),
      );
    },
    piece: ([v]) => {
      let hash = 0;
      winners(
        v!,
        (i, j) => (hash = (hash * 31 + i * 7919 + j + 1) % 4294967291),
      );
      return hash;
    },
    vjp: (b, node, g) => {
      const v = node.args[0]!;
      const along = (x: typeof g) =>
        v.shape.length === 1 ? b.broadcast(x, v.shape) : b.spread(x, v.shape);
      const winner = b.select(
        b.eq(v, along(node)),
        b.constant(1),
        b.filled(0, v.shape),
      );
      return [b.mul(winner, along(b.div(g, b.sum(winner))))];
    },
  });
}

export const structuralOps: Record<StructuralName, StructuralRecord> = {
  broadcast: structural({
    arity: 1,
    doc: "a scalar repeated everywhere, or a [D] repeated in each row of [S, D]",
    linearity: "linear",
    shape: ([x], { shape }) =>
      shape === undefined
        ? "the shape is missing"
        : x!.length === 0 ||
            (x!.length === 1 &&
              shape.length === 2 &&
              sameSize(x![0]!, shape[1]!))
          ? shape
          : `${showShape(x!)} cannot be repeated to ${showShape(shape)}`,
    evaluate: ([x], out) => {
      const period = x!.data.length;
      for (let i = 0; i < out.length; i++) out[i] = x!.data[i % period]!;
    },
    vjp: (b, node, g) => {
      const [from, to] = [node.args[0]!.shape.length, node.shape.length];
      if (from === 1) return [b.sumRows(g)];
      return [to === 2 ? b.sum(b.sum(g)) : b.sum(g)];
    },
  }),
  spread: structural({
    arity: 1,
    doc: "element s of [S] repeated along row s of [S, D]",
    linearity: "linear",
    shape: ([x], { shape }) =>
      shape?.length === 2 && x!.length === 1 && sameSize(x![0]!, shape[0]!)
        ? shape
        : `${showShape(x!)} cannot be spread to ${showShape(shape ?? [])}`,
    evaluate: ([x], out) => {
      const columns = out.length / x!.data.length;
      for (let i = 0; i < out.length; i++)
        out[i] = x!.data[Math.floor(i / columns)]!;
    },
    vjp: (b, _, g) => [b.sum(g)],
  }),
  sum: structural({
    arity: 1,
    doc: "sum along the last axis",
    linearity: "linear",
    shape: ([v]) => lastAxis(v!),
    evaluate: ([v], out) => {
      const [rows, columns] = rowsOf(v!);
      for (let i = 0; i < rows; i++) {
        let sum = 0;
        for (let j = 0; j < columns; j++) sum += v!.data[i * columns + j]!;
        out[i] = sum;
      }
    },
    vjp: (b, node, g) => {
      const shape = node.args[0]!.shape;
      return [shape.length === 1 ? b.broadcast(g, shape) : b.spread(g, shape)];
    },
  }),
  sum_rows: structural({
    arity: 1,
    doc: "sum of the rows of a matrix",
    linearity: "linear",
    shape: ([a]) =>
      a!.length === 2 ? [a![1]!] : rankError("a matrix is needed", a!),
    evaluate: ([a], out) => {
      const columns = out.length;
      out.fill(0);
      for (let i = 0; i < a!.data.length; i++) out[i % columns]! += a!.data[i]!;
    },
    vjp: (b, node, g) => [b.broadcast(g, node.args[0]!.shape)],
  }),
  max_of: extreme(
    "largest along the last axis; ties share the gradient equally",
    1,
  ),
  min_of: extreme(
    "smallest along the last axis; ties share the gradient equally",
    -1,
  ),
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
  stop: structural({
    arity: 1,
    doc: "the value itself; no gradient passes",
    linearity: "none",
    shape: ([x]) => x!,
    evaluate: ([x], out) => out.set(x!.data),
    vjp: () => [undefined],
  }),
  reduce: structural({
    arity: 1,
    doc: "adjoint: the sum over steps and batch entries, down to the domain",
    linearity: "linear",
    shape: ([x], { domain }) =>
      domain === undefined ? "the domain is missing" : x!,
    evaluate: () => {
      throw new TypeError(
        "reduce sums over steps and batch entries; no single step has its value",
      );
    },
    vjp: () => {
      throw new TypeError(
        "reduce stands in adjoint steps only, which are not differentiated again",
      );
    },
  }),
};

/** Parts of vectors, vectors made from sizes, and tokens. */
import type { Builder } from "../../../ir/builder.js";
import type { Node } from "../../../ir/graph.js";
import {
  addSizes,
  showSize,
  sizeNumber,
  sizeValue,
  subtractSizes,
} from "../../../ir/size.js";
import type { Shape, Size } from "../../../ir/size.js";
import { concatLimit } from "../../limits.js";
import type { Builtin } from "./record.js";

const concat: Builtin = {
  name: "concat",
  takes: ["number"],
  most: concatLimit,
  gives: "number",
  signature: "concat(a, b, …)",
  rank: () => 1,
  shape: ({ shapes, complain }) => {
    if (shapes.some((shape) => shape.length > 1)) {
      complain.concat();
      return undefined;
    }
    return [shapes.map(([size]) => size ?? sizeNumber(1)).reduce(addSizes)];
  },
  lower: (b, args) =>
    b.concat(
      ...args.map((arg) =>
        arg.shape.length === 0 ? b.broadcast(arg, [sizeNumber(1)]) : arg,
      ),
    ),
};

/** A size that is negative whatever the names in it are: all its terms are. */
const certainlyNegative = (size: Size): boolean =>
  size.terms.length > 0 && size.terms.every((term) => term.numerator < 0);

const certainlyEmpty = (size: Size): boolean =>
  size.terms.length === 0 || certainlyNegative(size);

const slice: Builtin = {
  name: "slice",
  takes: ["number", "size", "size"],
  gives: "number",
  signature: "slice(v, from, to)",
  rank: () => 1,
  shape: ({ shapes: [v], sizes: [, from, to], complain }) => {
    if (v!.length !== 1) {
      complain.rank(0, "a vector");
      return undefined;
    }
    const length = subtractSizes(to!, from!);
    const beyond = subtractSizes(v![0]!, to!);
    if (certainlyEmpty(length))
      complain.slice(
        `the slice ends at ${showSize(to!)}, not behind its start, ${showSize(from!)}`,
      );
    else if (certainlyNegative(from!))
      complain.slice(
        `the slice starts at ${showSize(from!)}, before the vector`,
      );
    else if (certainlyNegative(beyond))
      complain.slice(
        `the slice ends at ${showSize(to!)}, behind the end of a vector of size ${showSize(v![0]!)}`,
      );
    else return [length];
    return undefined;
  },
  lower: (b, [v], { shape, sizes }) => b.slice(v!, sizes[1]!, shape[0]!),
};

const onehot: Builtin = {
  name: "onehot",
  takes: ["token"],
  gives: "number",
  signature: "onehot(k)",
  rank: () => 1,
  shape: ({ sizes }) => [sizes[0]!],
  lower: (b, [k], { sizes }) => b.onehot(k!, sizes[0]!),
};

const embed: Builtin = {
  name: "embed",
  takes: ["number", "token"],
  gives: "number",
  signature: "embed(E, k)",
  rank: () => 1,
  shape: ({ shapes: [table], sizes, equate, complain }) => {
    if (table!.length !== 2) {
      complain.rank(0, "a matrix");
      return undefined;
    }
    const fits = equate(table![0]!, sizes[1]!, () =>
      complain.together(
        `the matrix needs one row for each of the ${showSize(sizes[1]!)} tokens`,
      ),
    );
    return fits ? [table![1]!] : undefined;
  },
  lower: (b, [table, k], { sizes }) =>
    b.matvec(table!, b.onehot(k!, sizes[1]!), true),
};

const pick: Builtin = {
  name: "pick",
  takes: ["number", "token"],
  gives: "number",
  signature: "pick(v, k)",
  rank: () => 0,
  shape: ({ shapes: [v], sizes, equate, complain }) => {
    if (v!.length !== 1) {
      complain.rank(0, "a vector");
      return undefined;
    }
    const fits = equate(v![0]!, sizes[1]!, () =>
      complain.together(
        `the vector needs one element for each of the ${showSize(sizes[1]!)} tokens`,
      ),
    );
    return fits ? [] : undefined;
  },
  lower: (b, [v, k]) => b.make("pick", [v!, k!]),
};

const fromSizes = (
  name: string,
  most: number,
  make: (b: Builder, shape: Shape) => Node,
): Builtin => ({
  name,
  takes: ["size"],
  most,
  gives: "number",
  signature: `${name}(${most === 1 ? "N" : "N, …"})`,
  rank: (ranks) => ranks.length,
  shape: ({ sizes, complain }) => {
    const bad = sizes.findIndex(
      (size) =>
        certainlyEmpty(size!) || !Number.isInteger(sizeValue(size!) ?? 1),
    );
    if (bad < 0) return sizes.map((size) => size!);
    complain.size(bad, `${showSize(sizes[bad]!)} is not positive and whole`);
    return undefined;
  },
  lower: (b, _, { shape }) => make(b, shape),
});

export const vectorFunctions: readonly Builtin[] = [
  concat,
  slice,
  onehot,
  embed,
  pick,
  fromSizes("iota", 1, (b, shape) => b.make("iota", [], { shape })),
  fromSizes("ones", 2, (b, shape) => b.filled(1, shape)),
  fromSizes("zeros", 2, (b, shape) => b.filled(0, shape)),
];

/** Functions along the last axis, and what the prelude needs to write the others. */
import type { Builder } from "../../../ir/builder.js";
import type { Node } from "../../../ir/graph.js";
import type { Builtin } from "./record.js";

const alongLastAxis = (
  name: string,
  reduce: (b: Builder, v: Node) => Node,
): Builtin => ({
  name,
  takes: ["number"],
  gives: "number",
  signature: `${name}(v)`,
  rank: ([v]) => Math.max(0, v! - 1),
  shape: ({ shapes: [v], complain }) => {
    if (v!.length > 0) return v!.slice(0, -1);
    complain.rank(0, "a vector or a matrix");
    return undefined;
  },
  lower: (b, [v]) => reduce(b, v!),
});

const total: Builtin = {
  name: "total",
  takes: ["number"],
  gives: "number",
  signature: "total(A)",
  rank: () => 0,
  shape: () => [],
  lower: (b, [v], { argShapes }) =>
    argShapes[0]!.reduce((sum) => b.sum(sum), v!),
};

const stopGradient: Builtin = {
  name: "stop_gradient",
  takes: ["number"],
  gives: "number",
  signature: "stop_gradient(v)",
  rank: ([v]) => v!,
  shape: ({ shapes }) => shapes[0],
  lower: (b, [v]) => b.make("stop", [v!]),
};

/** The number of elements of the last axis. */
const lastExtent: Builtin = {
  ...alongLastAxis("last_extent", (_, v) => v),
  rank: () => 0,
  shape: (call) => alongLastAxis("last_extent", (_, v) => v).shape(call) && [],
  lower: (b, _, { argShapes }) => b.size(argShapes[0]!.at(-1)!),
};

/** `along(s, v)`: what a reduction of `v` gave, repeated along the last axis of `v`. */
const along: Builtin = {
  name: "along",
  takes: ["number", "number"],
  gives: "number",
  signature: "along(s, v)",
  rank: ([, v]) => v!,
  shape: ({ shapes: [s, v], equate, complain }) => {
    if (s!.length !== v!.length - 1) {
      complain.rank(0, "one axis less than the second argument");
      return undefined;
    }
    return s!.every((size, i) =>
      equate(size, v![i]!, () => complain.elementwise(0, 1)),
    )
      ? v
      : undefined;
  },
  lower: (b, [s], { shape }) =>
    shape.length === 2 ? b.spread(s!, shape) : b.broadcast(s!, shape),
};

export const reductions: readonly Builtin[] = [
  alongLastAxis("sum", (b, v) => b.sum(v)),
  alongLastAxis("max_of", (b, v) => b.make("max_of", [v])),
  alongLastAxis("min_of", (b, v) => b.make("min_of", [v])),
  total,
  stopGradient,
];

/** Known in the prelude only. */
export const preludeHelpers: readonly Builtin[] = [lastExtent, along];

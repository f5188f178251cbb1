/** The rewrite rules of `simplify`. */
import type { Builder } from "../ir/builder.js";
import type { Node } from "../ir/graph.js";
import { operations } from "../ir/ops/index.js";
import type { ElementwiseName, OpName } from "../ir/ops/index.js";
import {
  addSizes,
  sameShape,
  sameSize,
  sizeNumber,
  sizeValue,
} from "../ir/size.js";
import type { Rule } from "./rewrite.js";

/** The number that every element of a node has, where that is a constant. */
export function constantOf(node: Node): number | undefined {
  if (node.op === "const") return node.attrs.value;
  return node.op === "broadcast" ? constantOf(node.args[0]!) : undefined;
}

const isConstant = (node: Node | undefined, value: number): boolean =>
  node !== undefined && constantOf(node) === value;

/** A zero that the author declared with `fix`. */
const isFixedZero = (node: Node): boolean =>
  node.op === "const"
    ? node.attrs.value === 0 && node.attrs.fixed === true
    : node.op === "broadcast" && isFixedZero(node.args[0]!);

const fixedZero = (b: Builder, node: Node): Node =>
  b.broadcast(
    b.make("const", [], { value: 0, fixed: true, domain: 0 }),
    node.shape,
  );

const elementwiseNames = (Object.keys(operations) as OpName[]).filter(
  (op) => operations[op].kind === "elementwise",
) as ElementwiseName[];

const conditions: readonly ElementwiseName[] = [
  "lt",
  "le",
  "gt",
  "ge",
  "eq",
  "ne",
  "and",
  "or",
  "not",
];

const rule = (
  name: string,
  ops: readonly OpName[],
  keeps: Rule["keeps"],
  apply: (args: readonly Node[], b: Builder, node: Node) => Node | undefined,
): Rule => ({
  name,
  ops,
  keeps,
  apply: (node, b) => apply(node.args, b, node),
});

const earlier = (node: Node, twin: Node | undefined): Node | undefined =>
  twin && twin.id < node.id ? twin : undefined;

/** One element for each row of a matrix whose rows repeat one number each. */
const rowsOf = ({ op, args, shape }: Node, b: Builder): Node | undefined =>
  op === "spread"
    ? args[0]
    : op === "broadcast" && args[0]!.shape.length === 0
      ? b.broadcast(args[0]!, [shape[0]!])
      : undefined;

/** What a choice comes to where the condition is known to hold (operand 1), or not to (2). */
const chosen = (condition: Node, node: Node, operand: 1 | 2): Node =>
  node.op === "select" && node.args[0] === condition
    ? node.args[operand]!
    : node;

const folding: Rule[] = [
  rule(
    "operations on constants",
    elementwiseNames,
    "exact",
    (args, b, node) => {
      const values = args.map(constantOf);
      const record = operations[node.op];
      if (
        record.kind !== "elementwise" ||
        values.some((value) => value === undefined)
      )
        return;
      return b.filled(record.scalar(...(values as number[])), node.shape);
    },
  ),
  rule("size that is a number", ["size"], "exact", (_, b, node) => {
    const value = sizeValue(node.attrs.size!);
    return value === undefined ? undefined : b.constant(value);
  }),
  rule("repeat after computing", elementwiseNames, "exact", (args, b, node) => {
    if (node.shape.length === 0 || !args.every((arg) => arg.op === "broadcast"))
      return;
    const inner = args.map((arg) => arg.args[0]!);
    if (!inner.every((arg) => sameShape(arg.shape, inner[0]!.shape))) return;
    return b.broadcast(b.make(node.op, inner), node.shape);
  }),
  // Of conditions alone, so that one condition is one node: numbers would need an array for each row's.
  rule("repeat rows after comparing", conditions, "exact", (args, b, node) => {
    if (!args.some(({ op }) => op === "spread")) return;
    const rows = args.map((arg) => rowsOf(arg, b));
    return rows.every((row) => row !== undefined)
      ? b.spread(b.make(node.op, rows), node.shape)
      : undefined;
  }),
  rule("repeat once", ["broadcast"], "exact", ([x], b, node) => {
    if (sameShape(x!.shape, node.shape)) return x;
    return x!.op === "broadcast"
      ? b.broadcast(x!.args[0]!, node.shape)
      : undefined;
  }),
  rule("spread a repeated scalar", ["spread"], "exact", ([x], b, node) =>
    x!.op === "broadcast" ? b.broadcast(x!.args[0]!, node.shape) : undefined,
  ),
];

const identities: Rule[] = [
  rule("commuted operands", ["add", "mul"], "exact", ([x, y], b, node) =>
    earlier(node, b.graph.find(node.op, [y!, x!])),
  ),
  rule("x + 0", ["add"], "exact", ([x, y]) =>
    isConstant(x, 0) ? y : isConstant(y, 0) ? x : undefined,
  ),
  rule("x − 0, 0 − x", ["sub"], "exact", ([x, y], b) =>
    isConstant(y, 0) ? x : isConstant(x, 0) ? b.neg(y!) : undefined,
  ),
  rule("x · 1, x · −1", ["mul"], "exact", ([x, y], b) => {
    for (const [one, other] of [
      [x!, y!],
      [y!, x!],
    ] as const) {
      if (isConstant(one, 1)) return other;
      if (isConstant(one, -1)) return b.neg(other);
    }
    return undefined;
  }),
  rule("x / 1", ["div"], "exact", ([x, y]) =>
    isConstant(y, 1) ? x : undefined,
  ),
  rule("−(−x)", ["neg"], "exact", ([x]) =>
    x!.op === "neg" ? x!.args[0] : undefined,
  ),
  rule("−(x − y)", ["neg"], "exact", ([x], b) =>
    x!.op === "sub" ? b.sub(x!.args[1]!, x!.args[0]!) : undefined,
  ),
  rule("x + −y", ["add"], "exact", ([x, y], b) =>
    y!.op === "neg"
      ? b.sub(x!, y!.args[0]!)
      : x!.op === "neg"
        ? b.sub(y!, x!.args[0]!)
        : undefined,
  ),
  rule("x − −y", ["sub"], "exact", ([x, y], b) =>
    y!.op === "neg" ? b.add(x!, y!.args[0]!) : undefined,
  ),
  rule("x · −y", ["mul"], "exact", ([x, y], b) =>
    y!.op === "neg"
      ? b.neg(b.mul(x!, y!.args[0]!))
      : x!.op === "neg"
        ? b.neg(b.mul(x!.args[0]!, y!))
        : undefined,
  ),
  rule("−x / y", ["div"], "exact", ([x, y], b) =>
    x!.op === "neg" ? b.neg(b.div(x!.args[0]!, y!)) : undefined,
  ),
  rule("select of a constant condition", ["select"], "exact", ([c, x, y]) => {
    const value = constantOf(c!);
    return value === undefined ? undefined : value !== 0 ? x : y;
  }),
  rule("choice by the same condition", ["select"], "exact", ([c, x, y], b) => {
    const [yes, no] = [chosen(c!, x!, 1), chosen(c!, y!, 2)];
    return yes === x && no === y ? undefined : b.select(c!, yes, no);
  }),
  rule("select of equals", ["select"], "exact", ([, x, y]) =>
    x === y ? x : undefined,
  ),
  rule("power 0, 1 and 2", ["pow"], "exact", ([x, y], b, node) => {
    if (isConstant(y, 0)) return b.filled(1, node.shape);
    if (isConstant(y, 1)) return x;
    return isConstant(y, 2) ? b.mul(x!, x!) : undefined;
  }),
  rule("power −1 and 3", ["pow"], "rounding", ([x, y], b) => {
    if (isConstant(y, -1)) return b.div(b.constant(1), x!);
    return isConstant(y, 3) ? b.mul(x!, b.mul(x!, x!)) : undefined;
  }),
];

const products: Rule[] = [
  rule("outer product with ones", ["outer"], "exact", ([x, y], b, node) =>
    isConstant(y, 1)
      ? b.spread(x!, node.shape)
      : isConstant(x, 1)
        ? b.broadcast(y!, node.shape)
        : undefined,
  ),
  rule("transpose of a transpose", ["transpose"], "exact", ([a], b) => {
    if (a!.op === "transpose") return a!.args[0];
    return a!.op === "outer" ? b.outer(a!.args[1]!, a!.args[0]!) : undefined;
  }),
  rule("product with a transpose", ["matvec"], "exact", ([a, x], b, node) =>
    a!.op === "transpose"
      ? b.matvec(a!.args[0]!, x!, !node.attrs.transA)
      : undefined,
  ),
  rule(
    "products with transposes",
    ["matmul"],
    "exact",
    ([x, y], b, { attrs }) => {
      const { transA = false, transB = false } = attrs;
      if (x!.op === "transpose")
        return b.matmul(x!.args[0]!, y!, !transA, transB);
      return y!.op === "transpose"
        ? b.matmul(x!, y!.args[0]!, transA, !transB)
        : undefined;
    },
  ),
];

/** `fix` says that something is nothing, whatever the other operand is. */
const declared: Rule[] = [
  rule(
    "product with a fixed 0",
    ["mul", "matvec", "matmul", "outer"],
    "declared",
    (args, b, node) =>
      args.some(isFixedZero) ? fixedZero(b, node) : undefined,
  ),
  rule("fixed 0 divided", ["div"], "declared", ([x], b, node) =>
    isFixedZero(x!) ? fixedZero(b, node) : undefined,
  ),
  rule(
    "rearranged fixed 0",
    ["neg", "sum", "sum_rows", "transpose", "slice", "pad", "spread"],
    "declared",
    ([x], b, node) => (isFixedZero(x!) ? fixedZero(b, node) : undefined),
  ),
];

const parts: Rule[] = [
  rule("whole slice", ["slice"], "exact", ([v], _b, node) =>
    sizeValue(node.attrs.from!) === 0 && sameShape(v!.shape, node.shape)
      ? v
      : undefined,
  ),
  rule("slice of a slice", ["slice"], "exact", ([v], b, node) =>
    v!.op === "slice"
      ? b.slice(
          v!.args[0]!,
          addSizes(v!.attrs.from!, node.attrs.from!),
          node.shape[0]!,
        )
      : undefined,
  ),
  rule(
    "slice that is a part of concat",
    ["slice"],
    "exact",
    ([v], _b, node) => {
      if (v!.op !== "concat") return;
      let from = sizeNumber(0);
      for (const part of v!.args) {
        if (
          sameSize(from, node.attrs.from!) &&
          sameShape(part.shape, node.shape)
        )
          return part;
        from = addSizes(from, part.shape[0]!);
      }
      return undefined;
    },
  ),
  rule("slice of a repeated scalar", ["slice"], "exact", ([v], b, node) =>
    v!.op === "broadcast" && v!.args[0]!.shape.length === 0
      ? b.broadcast(v!.args[0]!, node.shape)
      : undefined,
  ),
  rule("pad that adds nothing", ["pad"], "exact", ([v], _b, node) =>
    sizeValue(node.attrs.from!) === 0 && sameShape(v!.shape, node.shape)
      ? v
      : undefined,
  ),
  rule("pads side by side", ["add"], "exact", ([x, y], b, node) =>
    joinPads(x!, y!, node, b),
  ),
];

/** `pad(a) + pad(b)` where b begins where a ends is one pad of both: the gradient of neighbouring slices. */
function joinPads(x: Node, y: Node, sum: Node, b: Builder): Node | undefined {
  if (x.op !== "pad" || y.op !== "pad") return undefined;
  for (const [first, second] of [
    [x, y],
    [y, x],
  ] as const) {
    const end = addSizes(first.attrs.from!, first.args[0]!.shape[0]!);
    if (!sameSize(end, second.attrs.from!)) continue;
    const flat = (part: Node): readonly Node[] =>
      part.op === "concat" ? part.args : [part];
    const joined = b.concat(...flat(first.args[0]!), ...flat(second.args[0]!));
    return b.pad(joined, first.attrs.from!, sum.shape[0]!);
  }
  return undefined;
}

/** After differentiation `stop(x)` is just x. */
export const unstop = rule(
  "stop after differentiation",
  ["stop"],
  "exact",
  ([x]) => x,
);

export const simplifyRules: readonly Rule[] = [
  // Before folding, which would make an ordinary zero of a declared one.
  ...declared,
  ...folding,
  ...identities,
  ...products,
  ...parts,
];

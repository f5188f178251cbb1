/** Elementwise operators and functions: equal shapes, scalars with anything, `[D]` with each row of `[S, D]`. */
import { extremesLimit } from "../../limits.js";
import type { Node } from "../../../ir/graph.js";
import type { ElementwiseName } from "../../../ir/ops/index.js";
import type { Shape } from "../../../ir/size.js";
import type { Builtin, ShapeCall, Takes } from "./record.js";

/** Every operand is compared with the first one of the result's rank. */
function broadcastShape({
  shapes,
  equate,
  complain,
}: ShapeCall): Shape | undefined {
  const widest = shapes.reduce(
    (best, shape, i) => (shape.length > shapes[best]!.length ? i : best),
    0,
  );
  const result = shapes[widest]!;
  let fits = true;
  shapes.forEach((shape, operand) => {
    if (!fits || operand === widest) return;
    const offset = result.length - shape.length;
    const [left, right] =
      operand < widest ? [operand, widest] : [widest, operand];
    let said = false;
    const say = () => {
      if (!said) complain.elementwise(left, right);
      said = true;
    };
    fits = shape.every((size, axis) =>
      equate(size, result[offset + axis]!, say),
    );
  });
  return fits ? result : undefined;
}

interface Options {
  readonly takes: readonly Takes[];
  readonly gives?: "number" | "condition";
  readonly most?: number;
}

function elementwise(
  name: string,
  op: ElementwiseName,
  signature: string,
  { takes, gives = "number", most }: Options,
): Builtin {
  return {
    name,
    takes,
    gives,
    signature,
    elementwise: op,
    ...(most !== undefined && { most }),
    rank: (ranks) => Math.max(...ranks),
    shape: broadcastShape,
    lower: (b, args, { shape }) => {
      const wide: Node[] = args.map((arg) => b.broadcast(arg, shape));
      return most === undefined
        ? b.make(op, wide)
        : wide.reduce((a, c) => b.make(op, [a, c]));
    },
  };
}

const one = { takes: ["number"] } as const;
const two = { takes: ["number", "number"] } as const;
const comparison = { ...two, gives: "condition" } as const;
const logic = {
  takes: ["condition", "condition"],
  gives: "condition",
} as const;
const several = { ...two, most: extremesLimit } as const;

const unary: readonly ElementwiseName[] = [
  "exp",
  "expm1",
  "log",
  "log1p",
  "tanh",
  "sigmoid",
  "softplus",
  "sqrt",
  "rsqrt",
  "abs",
  "sign",
  "floor",
  "sin",
  "cos",
  "erf",
];

const infix = (name: string, op: ElementwiseName, options: Options): Builtin =>
  elementwise(name, op, `a ${name} b`, options);

export const elementwiseFunctions: readonly Builtin[] = [
  ...unary.map((op) => elementwise(op, op, `${op}(v)`, one)),
  elementwise("pow", "pow", "pow(a, b)", two),
  elementwise("min", "min", "min(a, b, …)", several),
  elementwise("max", "max", "max(a, b, …)", several),
  elementwise("where", "select", "where(condition, a, b)", {
    takes: ["condition", "number", "number"],
  }),
];

/** Known in the prelude only: `gap(a, b)` is a − b, and 0 where both are the same infinity. */
export const gap = elementwise("gap", "gap", "gap(a, b)", two);

export const elementwiseOperators: readonly Builtin[] = [
  infix("+", "add", two),
  infix("-", "sub", two),
  infix("*", "mul", two),
  infix("/", "div", two),
  infix("^", "pow", two),
  infix("<", "lt", comparison),
  infix("<=", "le", comparison),
  infix(">", "gt", comparison),
  infix(">=", "ge", comparison),
  infix("==", "eq", comparison),
  infix("!=", "ne", comparison),
  infix("and", "and", logic),
  infix("or", "or", logic),
];

export const negation = elementwise("-", "neg", "-a", one);
export const logicalNot = elementwise("not", "not", "not a", {
  takes: ["condition"],
  gives: "condition",
});

/**
 * Values as formulas: a small tree between the graph and its printed forms (text in the language's own
 * spelling, LaTeX), so that naming and spelling are decided once and printers know precedence alone.
 */
import type { Node } from "./graph.js";
import { Domain } from "./graph.js";
import type { OpName } from "./ops/index.js";
import { operations } from "./ops/index.js";
import { addSizes, sizeValue, subtractSizes } from "./size.js";
import type { Shape, Size } from "./size.js";

export type Term =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "size"; readonly size: Size }
  | {
      readonly kind: "name";
      readonly name: string;
      /** Steps back; 0 for this step. */
      readonly lag: number;
      /** Differs from step to step. */
      readonly timed: boolean;
    }
  | {
      readonly kind: "infix";
      readonly operator: InfixOperator;
      readonly left: Term;
      readonly right: Term;
      /** `*` of arrays, not of a number and an array. */
      readonly elementwise: boolean;
    }
  | {
      readonly kind: "prefix";
      readonly operator: "-" | "not";
      readonly term: Term;
    }
  | { readonly kind: "transpose"; readonly term: Term }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly args: readonly Term[];
    }
  /** Adjoint: Σ over steps, and over batch entries too. */
  | { readonly kind: "over"; readonly batch: boolean; readonly term: Term };

const infixOf = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  pow: "^",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
  eq: "==",
  ne: "!=",
  and: "and",
  or: "or",
} as const;

export type InfixOperator = (typeof infixOf)[keyof typeof infixOf] | "@";

/** Where the language's name is not the operation's own. */
const callOf: Partial<Record<OpName, string>> = {
  select: "where",
};

const number = (value: number): Term => ({ kind: "number", value });
const name = (text: string, lag = 0, timed = false): Term => ({
  kind: "name",
  name: text,
  lag,
  timed,
});
const call = (text: string, ...args: Term[]): Term => ({
  kind: "call",
  name: text,
  args,
});
const product = (left: Term, right: Term): Term => ({
  kind: "infix",
  operator: "@",
  left,
  right,
  elementwise: false,
});

/** The formula of a node; operands with a name are that name. `expand`: the node itself is not. */
export function termOf(
  node: Node,
  names: ReadonlyMap<Node, string>,
  expand = false,
): Term {
  const known = expand ? undefined : names.get(node);
  if (known !== undefined) return name(known, 0, node.domain === Domain.row);
  const { op, attrs } = node;
  // Beside an array, elementwise, a number need not be repeated; anywhere else it must be.
  const silent =
    operations[op].kind === "elementwise" &&
    node.args.some((operand) => operand.op !== "broadcast");
  const arg = (i: number): Term => {
    const operand = node.args[i]!;
    return silent && operand.op === "broadcast"
      ? termOf(operand.args[0]!, names)
      : termOf(operand, names);
  };
  const args = (): Term[] => node.args.map((_, i) => arg(i));
  const turned = (term: Term, transpose: boolean | undefined): Term =>
    transpose ? { kind: "transpose", term } : term;
  const size = (value: Size): Term => ({ kind: "size", size: value });
  const infix = (operator: InfixOperator): Term => ({
    kind: "infix",
    operator,
    left: arg(0),
    right: arg(1),
    elementwise: node.args.every(
      (operand) => operand.op !== "broadcast" && operand.shape.length > 0,
    ),
  });
  /** Conditions are no numbers: they are repeated as ones and zeros. */
  const asRepeated = (repeat: (term: Term) => Term): Term =>
    isCondition(node)
      ? {
          kind: "infix",
          operator: "==",
          left: repeat(call("where", arg(0), number(1), number(0))),
          right: number(1),
          elementwise: false,
        }
      : repeat(arg(0));
  switch (op) {
    case "const":
      return number(attrs.value!);
    case "size":
      return size(attrs.size!);
    case "step":
      return name("t");
    case "state":
      return name(attrs.name!, attrs.lag!, true);
    case "seed":
    case "carried":
    case "initial":
      return call(
        op,
        name(attrs.name!, 0, true),
        ...(attrs.lag !== undefined && attrs.lag > 1
          ? [number(attrs.lag)]
          : []),
      );
    case "input":
    case "context":
    case "param":
    case "buffer":
      return name(attrs.name!, 0, op === "input");
    case "stop":
      // With a domain of its own it is the scheduler's copy of a result.
      if (attrs.domain !== undefined) return arg(0);
      return call("stop_gradient", arg(0));
    case "neg":
      return { kind: "prefix", operator: "-", term: arg(0) };
    case "not":
      return { kind: "prefix", operator: "not", term: arg(0) };
    case "broadcast":
      return asRepeated((term) =>
        repeated(term, node.args[0]!.shape, node.shape),
      );
    case "spread":
      return asRepeated((term) =>
        call("outer", term, call("ones", size(node.shape[1]!))),
      );
    case "sum_rows":
      return call("sum", turned(arg(0), true));
    case "transpose":
      return turned(arg(0), true);
    case "matvec":
      return product(turned(arg(0), attrs.transA), arg(1));
    case "products":
      return [...attrs.transposed!]
        .map((flag, i) =>
          product(turned(arg(2 * i), flag === "1"), arg(2 * i + 1)),
        )
        .reduce((left, right) => ({
          kind: "infix",
          operator: "+",
          left,
          right,
          elementwise: true,
        }));
    case "matmul":
      return product(
        turned(arg(0), attrs.transA),
        turned(arg(1), attrs.transB),
      );
    case "slice":
      return call(
        "slice",
        arg(0),
        size(attrs.from!),
        size(addSizes(attrs.from!, node.shape[0]!)),
      );
    case "pad": {
      const before = attrs.from!;
      const behind = subtractSizes(
        node.shape[0]!,
        addSizes(before, node.args[0]!.shape[0]!),
      );
      const zeros = (length: Size): Term[] =>
        sizeValue(length) === 0 ? [] : [call("zeros", size(length))];
      return call("concat", ...zeros(before), arg(0), ...zeros(behind));
    }
    case "iota":
      return call("iota", size(node.shape[0]!));
    case "reduce":
      return {
        kind: "over",
        batch: attrs.domain === Domain.static,
        term: arg(0),
      };
    case "gap":
      // What the language has no name for.
      return call("where", infix("=="), number(0), infix("-"));
    default: {
      const operator = (
        infixOf as Readonly<Partial<Record<OpName, InfixOperator>>>
      )[op];
      return operator === undefined
        ? call(callOf[op] ?? op, ...args())
        : infix(operator);
    }
  }
}

const conditions: ReadonlySet<OpName> = new Set([
  "lt",
  "le",
  "gt",
  "ge",
  "eq",
  "ne",
  "and",
  "or",
  "not",
]);

function isCondition(node: Node): boolean {
  let of = node;
  while (of.op === "broadcast" || of.op === "spread") of = of.args[0]!;
  return conditions.has(of.op);
}

/** A number or a row repeated to a shape. */
function repeated(term: Term, from: Shape, to: Shape): Term {
  const filled = (value: "ones" | "zeros", size: Size): Term =>
    call(value, { kind: "size", size });
  const [rows, columns] = to as [Size, Size?];
  if (from.length === 1) return call("outer", filled("ones", rows), term);
  const zero = term.kind === "number" && Object.is(term.value, 0);
  const first = filled(zero ? "zeros" : "ones", rows);
  const all = columns ? call("outer", first, filled("ones", columns)) : first;
  return zero || (term.kind === "number" && term.value === 1)
    ? all
    : {
        kind: "infix",
        operator: "*",
        left: term,
        right: all,
        elementwise: false,
      };
}

/** How strongly an operator binds; the numbers are only compared. */
export const strength: Readonly<Record<InfixOperator | "not" | "neg", number>> =
  {
    or: 1,
    and: 2,
    not: 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "==": 4,
    "!=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    neg: 7,
    "@": 8,
    "^": 9,
  };

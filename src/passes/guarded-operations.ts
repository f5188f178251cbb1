/** What each operation sends to its operands when its own cotangent has a guard. */
import type { Builder } from "../ir/builder.js";
import type { Node } from "../ir/graph.js";
import { operations } from "../ir/ops/index.js";
import { alongOnly } from "./conditions.js";
import { everywhere, narrowed, select, valueOf } from "./cotangents.js";
import type { Cotangent, Guard, Literal } from "./cotangents.js";
import { GuardedProduct } from "./guarded-products.js";
import type { Hazards } from "./hazards.js";

/** For each operand, where anything is sent. */
export type Sent = readonly (Cotangent | undefined)[];

export function sentBack(
  b: Builder,
  node: Node,
  cotangent: Cotangent,
  hazards: Hazards,
): Sent {
  if (node.op === "select") return throughChoice(node, cotangent);
  const { value, guard, vanishing } = cotangent;
  if (guard.length === 0 && !vanishing)
    return derivative(b, node, value).map((part) => part && everywhere(part));
  switch (node.op) {
    case "matvec":
    case "matmul":
      return throughProduct(b, node, cotangent, hazards);
    case "outer":
      return throughOuter(b, node, cotangent);
    default:
      return operations[node.op].kind === "elementwise"
        ? throughElements(b, node, cotangent)
        : throughStructure(b, node, cotangent);
  }
}

function derivative(
  b: Builder,
  node: Node,
  g: Node,
): readonly (Node | undefined)[] {
  const record = operations[node.op];
  return record.kind === "leaf" ? [] : record.vjp(b, node, g);
}

/** The cotangent as it is goes to both branches, each with the condition under which it counts. */
function throughChoice(node: Node, cotangent: Cotangent): Sent {
  const [condition] = node.args as [Node];
  const branch = (holds: boolean): Cotangent | undefined => {
    const guard = narrowed(cotangent.guard, { condition, holds });
    return (
      guard && {
        ...cotangent,
        guard,
        selected: cotangent.selected && guard === cotangent.guard,
      }
    );
  };
  return [undefined, branch(true), branch(false)];
}

/** Only these keep a zero whatever their operands are. */
const keepsZero = ({ op }: Node): boolean =>
  op === "add" || op === "sub" || op === "neg";

function throughElements(b: Builder, node: Node, cotangent: Cotangent): Sent {
  return derivative(b, node, cotangent.value).map(
    (value) =>
      value && {
        ...cotangent,
        value,
        selected: cotangent.selected && keepsZero(node),
      },
  );
}

function throughProduct(
  b: Builder,
  node: Node,
  cotangent: Cotangent,
  hazards: Hazards,
): Sent {
  const product = new GuardedProduct(b, node, cotangent, hazards);
  const masked = b.make(
    node.op,
    [product.masked(0), product.masked(1)],
    node.attrs,
  );
  const [left, right] = derivative(b, masked, product.value) as [Node, Node];
  return [product.received(0, left), product.received(1, right)];
}

/** a bᵀ as the product of the two repeated ones, so that each element is selected by itself. */
function throughOuter(b: Builder, node: Node, cotangent: Cotangent): Sent {
  const [left, right] = node.args as [Node, Node];
  const rows = b.spread(left, node.shape);
  const columns = b.broadcast(right, node.shape);
  const product = b.mul(rows, columns);
  const [toRows, toColumns] = throughElements(b, product, cotangent) as [
    Cotangent,
    Cotangent,
  ];
  return [
    ...throughStructure(b, rows, toRows),
    ...throughStructure(b, columns, toColumns),
  ];
}

/** Repeating, adding up, cutting: the guard goes along as far as it can; where it cannot, selecting comes first. */
function throughStructure(b: Builder, node: Node, cotangent: Cotangent): Sent {
  return node.args.map((_, position) => {
    const guard: Literal[] = [];
    const lost: Literal[] = [];
    for (const literal of cotangent.guard) {
      const condition = conditionOf(b, node, position, literal.condition);
      if (condition) guard.push({ ...literal, condition });
      else lost.push(literal);
    }
    // One number against a whole vector of them.
    const early = cotangent.selected || node.op === "pick";
    const g = early ? valueOf(b, cotangent) : select(b, lost, cotangent.value);
    const value = derivative(b, node, g)[position];
    return (
      value && {
        value,
        guard: distinct(guard),
        selected: early && node.op !== "max_of" && node.op !== "min_of",
        vanishing: cotangent.vanishing || lost.length > 0,
      }
    );
  });
}

/** Conditions that were different may be one where they are said of fewer elements. */
const distinct = (guard: Guard): Guard =>
  guard.filter(
    (literal, i) =>
      guard.findIndex(
        ({ condition, holds }) =>
          condition === literal.condition && holds === literal.holds,
      ) === i,
  );

/** The condition for an operand's elements; `undefined` where elements under different conditions are added up. */
function conditionOf(
  b: Builder,
  node: Node,
  position: number,
  condition: Node,
): Node | undefined {
  const { shape } = node.args[position]!;
  switch (node.op) {
    case "sum":
    case "max_of":
    case "min_of":
      return shape.length === 2
        ? b.spread(condition, shape)
        : b.broadcast(condition, shape);
    case "sum_rows":
      return b.broadcast(condition, shape);
    case "broadcast":
      return shape.length === 1
        ? (alongOnly(b, condition, "columns") ?? uniform(b, condition, shape))
        : uniform(b, condition, shape);
    case "spread":
      return alongOnly(b, condition, "rows") ?? uniform(b, condition, shape);
    case "transpose":
      return uniform(b, condition, shape) ?? b.transpose(condition);
    default:
      return uniform(b, condition, shape);
  }
}

const uniform = (
  b: Builder,
  condition: Node,
  shape: Node["shape"],
): Node | undefined => {
  const number = alongOnly(b, condition, "none");
  return number && b.broadcast(number, shape);
};

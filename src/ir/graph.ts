/**
 * The graph: interned, immutable nodes over ranks 0 to 2 with symbolic sizes.
 *
 * A graph describes ONE step for ONE batch entry; batch and time never appear in a shape. What a node
 * depends on is its domain: `static` values are the same for every step and batch entry (parameters,
 * constants), `context` values differ per batch entry, `row` values per step and batch entry.
 * Two nodes with the same operation, operands and attributes are one object, so that common
 * subexpressions never exist twice and identity is equality.
 */
import type { Span } from "../diagnostics/span.js";
import { operations } from "./ops/index.js";
import type { OpName } from "./ops/index.js";
import { shapeSize, showShape, showSize } from "./size.js";
import type { Shape, Size } from "./size.js";
import type { Attributes, Domain, Node, NodeStore } from "./node.js";

export { Domain, domainNames } from "./node.js";
export type { Attributes, Node } from "./node.js";

const attributeKey = (attrs: Attributes): string =>
  Object.entries(attrs)
    .filter(([, value]) => value !== undefined && value !== false)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${showAttribute(name, value)}`)
    .join(",");

const internKey = (
  op: OpName,
  args: readonly Node[],
  attrs: Attributes,
): string =>
  `${op}(${args.map((arg) => arg.id).join(",")})${attributeKey(attrs)}`;

/** One attribute as text: the interning key and the text form of the IR use the same spelling. */
export function showAttribute(name: string, value: unknown): string {
  if (name === "shape") return showShape(value as Shape);
  if (name === "size" || name === "from") return showSize(value as Size);
  if (typeof value === "number")
    return Object.is(value, -0) ? "-0" : String(value);
  return String(value);
}

/** Owns nodes and makes them; passed along, never global. Ids grow in dependency order. */
export class Graph implements NodeStore {
  readonly #interned = new Map<string, Node>();
  readonly #nodes: Node[] = [];
  #span: Span | undefined;

  /** All nodes made so far; operands always stand before their users. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** Runs `body` so that nodes first made inside it carry `span`. */
  at<T>(span: Span | undefined, body: () => T): T {
    const before = this.#span;
    this.#span = span ?? before;
    try {
      return body();
    } finally {
      this.#span = before;
    }
  }

  /** The node, if it was made before. */
  find(
    op: OpName,
    args: readonly Node[] = [],
    attrs: Attributes = {},
  ): Node | undefined {
    return this.#interned.get(internKey(op, args, attrs));
  }

  /**
   * The node for an operation, made when it does not exist yet.
   * Throws a `TypeError` when the operands do not fit: specs are checked before lowering, so that this
   * is always a fault of the compiler.
   */
  make(op: OpName, args: readonly Node[] = [], attrs: Attributes = {}): Node {
    const key = internKey(op, args, attrs);
    const known = this.#interned.get(key);
    if (known) return known;
    const record = operations[op];
    if (record.arity !== "any" && record.arity !== args.length)
      throw new TypeError(
        `${op} takes ${record.arity} operands, not ${args.length}`,
      );
    const shape = record.shape(
      args.map((arg) => arg.shape),
      attrs,
    );
    if (typeof shape === "string")
      throw new TypeError(
        `${op}(${args.map((arg) => showShape(arg.shape)).join(", ")}): ${shape}`,
      );
    const node: Node = Object.freeze({
      id: this.#nodes.length,
      op,
      args: Object.freeze([...args]),
      attrs: Object.freeze({ ...attrs }),
      shape,
      domain:
        attrs.domain ??
        (args.reduce<number>(
          (most, arg) => Math.max(most, arg.domain),
          0,
        ) as Domain),
      span: this.#span,
    });
    this.#nodes.push(node);
    this.#interned.set(key, node);
    return node;
  }
}

/** Number of elements of a node's value. */
export const nodeSize = (node: Node): Size => shapeSize(node.shape);

/** Nodes that `roots` depend on, operands first. Iterative: depth is bounded by memory only. */
export function reachable(roots: Iterable<Node>): Node[] {
  const seen = new Set<Node>();
  const stack = [...roots];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const arg of node.args) stack.push(arg);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** For every node, the nodes among `nodes` that have it as an operand. */
export function usersOf(nodes: readonly Node[]): Map<Node, Node[]> {
  const users = new Map<Node, Node[]>(nodes.map((node) => [node, []]));
  for (const node of nodes)
    for (const arg of new Set(node.args)) users.get(arg)?.push(node);
  return users;
}

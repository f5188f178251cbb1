/** Which values of a graph get an equation of their own, in which order, and under which name. */
import type { Node } from "./graph.js";
import { reachable } from "./graph.js";
import { operations } from "./ops/index.js";
import { termOf } from "./terms.js";
import type { Term } from "./terms.js";

/** Conditions are no values in the language: they are written wherever they are used. */
const isCondition = ({ op }: Node): boolean =>
  ["lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"].includes(op);

export interface Equation {
  readonly name: string;
  readonly node: Node;
  readonly term: Term;
  /** Not in the cell: a value that several equations share, or a part of a very long one. */
  readonly helper: boolean;
}

interface NamedNode {
  readonly name: string;
  readonly node: Node;
}

/** Formulas nested deeper than this are cut into several; it also bounds every recursion here. */
const deepest = 40;

/** Operations that are printed as nothing, or so short that a name would not help. */
const transparent = (node: Node): boolean =>
  operations[node.op].kind === "leaf" ||
  ["broadcast", "onehot", "transpose", "stop", "iota"].includes(node.op);

/**
 * One equation per named value, in dependency order. What several equations share and has no name gets
 * one: `prefix` and a number.
 */
export function equationsOf(
  named: readonly NamedNode[],
  prefix: string,
  /** Values that have a name already and no equation here. */
  known: readonly NamedNode[] = [],
): Equation[] {
  const names = new Map<Node, string>();
  const knownNodes = new Set<Node>();
  for (const { name, node } of known)
    if (!transparent(node) && !names.has(node)) {
      names.set(node, name);
      knownNodes.add(node);
    }
  for (const { name, node } of named)
    if (!transparent(node) && !names.has(node)) names.set(node, name);

  const live = reachable(named.map(({ node }) => node));
  const taken = new Set([...named, ...known].map(({ name }) => name));
  for (const { attrs } of live)
    if (attrs.name !== undefined) taken.add(attrs.name);
  const helpers = new Map<Node, string>();
  let count = 0;
  const addHelper = (node: Node): void => {
    let name;
    do name = `${prefix}${++count}`;
    while (taken.has(name));
    helpers.set(node, name);
    names.set(node, name);
  };

  const needed = neededNodes(named, knownNodes);
  const uses = new Map<Node, number>();
  for (const node of needed)
    if (!knownNodes.has(node))
      for (const arg of node.args) uses.set(arg, (uses.get(arg) ?? 0) + 1);
  const depth = new Map<Node, number>();
  for (const node of live) {
    if (!needed.has(node)) continue;
    const below = Math.max(
      0,
      ...node.args.map((arg) => (names.has(arg) ? 0 : (depth.get(arg) ?? 0))),
    );
    depth.set(node, below + 1);
    if (names.has(node) || transparent(node)) continue;
    const shared = (uses.get(node) ?? 0) > 1 && !isCondition(node);
    if (shared || below + 1 > deepest) addHelper(node);
  }

  const done = new Set<Node>(knownNodes);
  const equations: Equation[] = [];
  for (const node of live) {
    const name = names.get(node);
    if (name === undefined || done.has(node) || !needed.has(node)) continue;
    done.add(node);
    equations.push({
      name,
      node,
      term: termOf(node, names, true),
      helper: helpers.has(node),
    });
  }
  // Names of leaves and second names of a value: `b = a`.
  for (const { name, node } of named)
    if (names.get(node) !== name)
      equations.push({ name, node, term: termOf(node, names), helper: false });
  return equations;
}

/** What the equations compute: reachable without passing through a value that is known. */
function neededNodes(
  named: readonly NamedNode[],
  known: ReadonlySet<Node>,
): Set<Node> {
  const needed = new Set<Node>();
  const stack = named.map(({ node }) => node);
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (needed.has(node)) continue;
    needed.add(node);
    if (!known.has(node)) for (const arg of node.args) stack.push(arg);
  }
  return needed;
}

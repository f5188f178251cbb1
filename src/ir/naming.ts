/** Which values of a graph get an equation of their own, in which order, and under which name. */
import type { Node } from "./graph.js";
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

export interface NamedNode {
  readonly name: string;
  readonly node: Node;
}

/** Names that values have already: a table that many kernels share, so that none has to copy it. */
export interface KnownNames {
  nameOf(node: Node): string | undefined;
  isTaken(name: string): boolean;
}

/** A table of names; the first one of a value counts. */
export class NameTable implements KnownNames {
  readonly #names = new Map<Node, string>();
  readonly #taken = new Set<string>();

  constructor(named: Iterable<NamedNode> = []) {
    for (const { name, node } of named) {
      this.#taken.add(name);
      if (!transparent(node) && !this.#names.has(node))
        this.#names.set(node, name);
    }
  }

  nameOf = (node: Node): string | undefined => this.#names.get(node);

  isTaken = (name: string): boolean => this.#taken.has(name);

  /** The same without the names of some values. */
  without(hidden: ReadonlySet<Node>): KnownNames {
    const { nameOf, isTaken } = this;
    return {
      nameOf: (node) => (hidden.has(node) ? undefined : nameOf(node)),
      isTaken,
    };
  }
}

/** Formulas nested deeper than this are cut into several; it also bounds every recursion here. */
const deepest = 40;

/** Formulas with more parts than this get names for what they repeat, conditions included. */
const largest = 1000;

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
  known: KnownNames = new NameTable(),
  /** Values looked at, at most; what lies behind them is `…`. */
  most = Infinity,
): Equation[] {
  const { needed, beyond } = neededNodes(named, known, most);
  const names = new Map<Node, string>();
  const given = new Set<Node>();
  for (const node of needed) {
    const name = known.nameOf(node);
    if (name === undefined) continue;
    names.set(node, name);
    given.add(node);
  }
  for (const { name, node } of named)
    if (!transparent(node) && !names.has(node)) names.set(node, name);
  for (const node of beyond) names.set(node, "…");

  const live = [...needed].sort((a, b) => a.id - b.id);
  const taken = new Set(named.map(({ name }) => name));
  for (const { attrs } of live)
    if (attrs.name !== undefined) taken.add(attrs.name);
  const helpers = new Set<Node>();
  let count = 0;
  const addHelper = (node: Node): void => {
    let name;
    do name = `${prefix}${++count}`;
    while (taken.has(name) || known.isTaken(name));
    helpers.add(node);
    names.set(node, name);
  };

  const uses = new Map<Node, number>();
  for (const node of live)
    if (!given.has(node))
      for (const arg of node.args) uses.set(arg, (uses.get(arg) ?? 0) + 1);
  const depth = new Map<Node, number>();
  const parts = new Map<Node, number>();
  for (const node of live) {
    let [below, within] = [0, 1];
    for (const arg of given.has(node) ? [] : node.args) {
      if (names.has(arg)) continue;
      below = Math.max(below, depth.get(arg) ?? 0);
      within += parts.get(arg) ?? 1;
    }
    depth.set(node, below + 1);
    parts.set(node, within);
    if (names.has(node)) continue;
    const tooLarge = below + 1 > deepest || within > largest;
    const shared = (uses.get(node) ?? 0) > 1 && !isCondition(node);
    if (
      transparent(node) ? tooLarge && node.args.length > 0 : shared || tooLarge
    )
      addHelper(node);
  }

  const done = new Set<Node>([...given, ...beyond]);
  const equations: Equation[] = [];
  for (const node of live) {
    const name = names.get(node);
    if (name === undefined || done.has(node)) continue;
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

/**
 * What the equations compute: reachable without passing through a value that is known, nearest first.
 * `beyond`: what was not looked into.
 */
function neededNodes(
  named: readonly NamedNode[],
  known: KnownNames,
  most: number,
): { readonly needed: ReadonlySet<Node>; readonly beyond: readonly Node[] } {
  const needed = new Set(named.map(({ node }) => node));
  const beyond: Node[] = [];
  let looked = 0;
  for (const node of needed) {
    if (node.args.length === 0 || known.nameOf(node) !== undefined) continue;
    if (++looked > most) beyond.push(node);
    else for (const arg of node.args) needed.add(arg);
  }
  return { needed, beyond };
}

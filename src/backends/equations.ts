/** The equations that a kernel computes, as lines for its comment. */
import { showTerm } from "../ir/equations.js";
import type { Node } from "../ir/graph.js";
import { equationsOf, NameTable } from "../ir/naming.js";
import type { NamedNode as Named } from "../ir/naming.js";
import type { Kernel, Schedule, Segment } from "../passes/kernels.js";

/** Longest line of a comment; a longer equation is cut, the spec has it whole. */
const longest = 110;

const cut = (line: string): string =>
  line.length > longest ? `${line.slice(0, longest - 1)}…` : line;

/** Most values that one line looks into: behind them it is cut anyway. */
const farthest = 200;

export class KernelEquations {
  /** In the order of the names' declarations. */
  readonly #names: ReadonlyMap<Node, string>;
  readonly #order: ReadonlyMap<Node, number>;
  readonly #known: NameTable;

  constructor(schedule: Schedule) {
    const adjoint = schedule.scheduled;
    const { cell } = adjoint;
    const names = new Map<Node, string>();
    const add = ({ name, node }: Named): void => {
      if (!names.has(node)) names.set(node, name);
    };
    cell.definitions.forEach(add);
    cell.states.forEach(({ name, definition }) =>
      add({ name, node: definition }),
    );
    cell.outputs.forEach(add);
    for (const { name, node } of adjoint.cotangents)
      add({ name: `d ${name}`, node });
    for (const { name, lag, node } of adjoint.carried)
      add({ name: `d ${name}[t-${lag}]`, node });
    for (const { name, node } of [
      ...adjoint.inputs,
      ...adjoint.contexts,
      ...adjoint.params,
    ])
      add({ name: `d ${name}`, node });
    this.#names = names;
    this.#order = new Map([...names.keys()].map((node, i) => [node, i]));
    this.#known = new NameTable(
      [...names].map(([node, name]) => ({ name, node })),
    );
  }

  /** What one loop nest of a kernel computes; values without a name are formulas. */
  ofSegment(segment: Segment): string[] {
    const within = new Set(segment.nodes.flatMap((node) => node.args));
    return segment.nodes.flatMap((node) => {
      const name = this.#names.get(node);
      // A step on the way to another value of the same loop.
      if (name === undefined && within.has(node)) return [];
      const own = equationsOf(
        [{ name: "", node }],
        "v",
        this.#known.without(new Set([node])),
        farthest,
      ).find((equation) => equation.node === node);
      const term = own ? showTerm(own.term) : node.op;
      return cut(name === undefined ? term : `${name} = ${term}`);
    });
  }

  of(kernel: Kernel): string[] {
    const computed = new Set(kernel.nodes);
    const named = [...computed]
      .filter((node) => this.#order.has(node))
      .sort((a, b) => this.#order.get(a)! - this.#order.get(b)!)
      .map((node) => ({ name: this.#names.get(node)!, node }));
    const lines = equationsOf(
      named,
      "v",
      this.#known.without(computed),
      farthest * named.length,
    ).map(({ name, term }) => `${name} = ${showTerm(term)}`);
    const parts =
      kernel.kind === "product"
        ? kernel.nodes.filter((node) => !this.#names.has(node))
        : [];
    const products = equationsOf(
      parts.map((node, i) => ({ name: `part ${i}`, node })),
      "v",
      this.#known,
      farthest * parts.length,
    ).map(({ term }) => showTerm(term));
    const all = [...products, ...lines];
    if (all.length > 0 || kernel.kind === "product") return all.map(cut);
    return kernel.segments.flatMap((segment) => this.ofSegment(segment));
  }
}

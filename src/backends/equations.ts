/** The equations that a kernel computes, as lines for its comment. */
import { showTerm } from "../ir/equations.js";
import type { Node } from "../ir/graph.js";
import { equationsOf } from "../ir/naming.js";
import type { Kernel, Schedule, Segment } from "../passes/kernels.js";

interface Named {
  readonly name: string;
  readonly node: Node;
}

/** Longest line of a comment; a longer equation is cut, the spec has it whole. */
const longest = 110;

const cut = (line: string): string =>
  line.length > longest ? `${line.slice(0, longest - 1)}…` : line;

export class KernelEquations {
  readonly #named: readonly Named[];

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
    this.#named = [...names].map(([node, name]) => ({ name, node }));
  }

  /** What one loop nest of a kernel computes; values without a name are formulas. */
  ofSegment(segment: Segment): string[] {
    const within = new Set(segment.nodes.flatMap((node) => node.args));
    return segment.nodes.flatMap((node) => {
      const name = this.#named.find((each) => each.node === node)?.name;
      // A step on the way to another value of the same loop.
      if (name === undefined && within.has(node)) return [];
      const own = equationsOf(
        [{ name: "", node }],
        "v",
        this.#named.filter((each) => each.node !== node),
      ).find((equation) => equation.node === node);
      const term = own ? showTerm(own.term) : node.op;
      return cut(name === undefined ? term : `${name} = ${term}`);
    });
  }

  of(kernel: Kernel): string[] {
    const computed = new Set(kernel.nodes);
    const known = this.#named.filter(({ node }) => !computed.has(node));
    const named = this.#named.filter(({ node }) => computed.has(node));
    const own = new Set(named.map(({ node }) => node));
    const lines = equationsOf(named, "v", known).map(
      ({ name, term }) => `${name} = ${showTerm(term)}`,
    );
    const parts =
      kernel.kind === "product"
        ? kernel.nodes.filter((node) => !own.has(node))
        : [];
    const products = equationsOf(
      parts.map((node, i) => ({ name: `part ${i}`, node })),
      "v",
      this.#named,
    ).map(({ term }) => showTerm(term));
    const all = [...products, ...lines];
    if (all.length > 0 || kernel.kind === "product") return all.map(cut);
    return kernel.segments.flatMap((segment) => this.ofSegment(segment));
  }
}

/** The graph of a cell for Graphviz: one node per value, named ones by name, dashed edges through time. */
import { namedValues } from "./equations.js";
import type { Node } from "./graph.js";
import { reachable } from "./graph.js";
import { operations } from "./ops/index.js";
import { dotString } from "../text/literals.js";
import type { CellProgram } from "./program.js";
import { showShape, showSize } from "./size.js";

export function showDot(cell: CellProgram): string {
  const roots = [
    ...cell.outputs.map((output) => output.node),
    ...cell.states.map((state) => state.definition),
  ];
  const names = new Map<Node, string>();
  for (const { name, node } of namedValues(cell))
    if (!names.has(node)) names.set(node, name);
  const outputs = new Set(cell.outputs.map((output) => output.node));
  const lines = [`digraph ${dotString(cell.name)} {`, "  rankdir=BT;"];
  const nodes = reachable(roots);
  for (const node of nodes) {
    const leaf = operations[node.op].kind === "leaf";
    const shape = leaf ? "box" : "ellipse";
    const style = outputs.has(node) ? ", penwidth=2" : "";
    lines.push(
      `  n${node.id} [label=${dotString(labelOf(node, names.get(node)))}, shape=${shape}${style}];`,
    );
  }
  for (const node of nodes)
    for (const arg of node.args) lines.push(`  n${arg.id} -> n${node.id};`);
  for (const state of cell.states)
    for (const node of nodes)
      if (node.op === "state" && node.attrs.name === state.name)
        lines.push(
          `  n${state.definition.id} -> n${node.id} [style=dashed, constraint=false];`,
        );
  return `${lines.join("\n")}\n}`;
}

function labelOf(node: Node, name: string | undefined): string {
  const { attrs } = node;
  const what =
    node.op === "const"
      ? String(attrs.value)
      : node.op === "size"
        ? showSize(attrs.size!)
        : node.op === "state"
          ? `${attrs.name}[t-${attrs.lag}]`
          : (attrs.name ?? node.op);
  const shape = node.shape.length === 0 ? "" : ` ${showShape(node.shape)}`;
  return `${name === undefined ? "" : `${name} = `}${what}${shape}`;
}

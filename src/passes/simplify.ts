/** Simplification of cells and adjoint steps, and removal of what no longer matters. */
import { reachable } from "../ir/graph.js";
import type { Node } from "../ir/graph.js";
import { operations } from "../ir/ops/index.js";
import type { AdjointProgram, CellProgram } from "../ir/program.js";
import { adjointRoots } from "./differentiate.js";
import { rewrite } from "./rewrite.js";
import { simplifyRules, unstop } from "./rules.js";

/** Every node that the cell itself needs. */
export const cellRoots = (cell: CellProgram): Node[] => [
  ...cell.outputs.map((output) => output.node),
  ...cell.states.map((state) => state.definition),
  ...cell.states.flatMap((state) => state.initial ?? []),
  ...cell.buffers.flatMap((buffer) => buffer.value ?? []),
];

const leafKey = (op: string, name: string): string => `${op} ${name}`;

const leafKeys = (nodes: readonly Node[]): Set<string> =>
  new Set(
    nodes
      .filter(
        (node) =>
          operations[node.op].kind === "leaf" && node.attrs.name !== undefined,
      )
      .map((node) => leafKey(node.op, node.attrs.name!)),
  );

/**
 * The cell with simpler equations. Parameters, inputs and states that mattered before and no longer do
 * (through `fix`, say) are gone from it.
 */
export function simplify(cell: CellProgram): CellProgram {
  const map = rewrite(
    cell.graph,
    [...cellRoots(cell), ...definitionRoots(cell)],
    simplifyRules,
  );
  return prune(cell, mapCell(cell, map));
}

const definitionRoots = (cell: CellProgram): Node[] =>
  cell.definitions.map((definition) => definition.node);

/** The cell with every node replaced. */
const mapCell = (
  cell: CellProgram,
  map: (node: Node) => Node,
): CellProgram => ({
  ...cell,
  outputs: cell.outputs.map((output) => ({
    ...output,
    node: map(output.node),
  })),
  states: cell.states.map((state) => ({
    ...state,
    definition: map(state.definition),
    initial: state.initial && map(state.initial),
  })),
  buffers: cell.buffers.map((buffer) => ({
    ...buffer,
    value: buffer.value && map(buffer.value),
  })),
  definitions: cell.definitions.map((definition) => ({
    ...definition,
    node: map(definition.node),
  })),
});

function prune(before: CellProgram, after: CellProgram): CellProgram {
  const mattered = leafKeys(reachable(cellRoots(before)));
  let cell = after;
  // A state that only another dead state read dies in the next round.
  for (;;) {
    const matters = leafKeys(reachable(cellRoots(cell)));
    const stays = (op: string) => (declared: { readonly name: string }) =>
      matters.has(leafKey(op, declared.name)) ||
      !mattered.has(leafKey(op, declared.name));
    const states = cell.states.filter(stays("state"));
    const done = states.length === cell.states.length;
    const live = new Set(reachable(cellRoots({ ...cell, states })));
    cell = {
      ...cell,
      states,
      params: cell.params.filter(stays("param")),
      buffers: cell.buffers.filter(stays("buffer")),
      inputs: cell.inputs.filter(stays("input")),
      contexts: cell.contexts.filter(stays("context")),
      definitions: cell.definitions.filter((definition) =>
        live.has(definition.node),
      ),
    };
    if (done) return cell;
  }
}

/**
 * The adjoint step with simpler equations, and its cell, so that both share nodes. `stop` nodes have
 * done their work and vanish from both.
 */
export function simplifyAdjoint(adjoint: AdjointProgram): AdjointProgram {
  const { cell } = adjoint;
  const roots = [
    ...cellRoots(cell),
    ...definitionRoots(cell),
    ...adjointRoots(adjoint),
  ];
  const computed = new Map(
    cell.buffers.map((buffer) => [buffer.name, buffer.value]),
  );
  const map = rewrite(cell.graph, roots, [
    ...simplifyRules,
    unstop,
    {
      name: "computed buffer",
      ops: ["buffer"],
      keeps: "exact",
      apply: (leaf) => computed.get(leaf.attrs.name!),
    },
  ]);
  const mapped = <Entry extends { readonly node: Node }>(
    entry: Entry,
  ): Entry => ({
    ...entry,
    node: map(entry.node),
  });
  return {
    cell: mapCell(cell, map),
    cotangents: adjoint.cotangents.map(mapped),
    carried: adjoint.carried.map(mapped),
    inputs: adjoint.inputs.map(mapped),
    contexts: adjoint.contexts.map(mapped),
    params: adjoint.params.map(mapped),
  };
}

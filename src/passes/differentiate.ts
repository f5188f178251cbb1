/**
 * Reverse-mode differentiation of one step.
 *
 * Every value's cotangent is the sum of what its users send back, found by walking the step from its
 * results to its leaves with the operations' `vjp` rows. Time enters through leaves alone: what a state
 * `h` sends back to step t − k is the cotangent of the leaf `state(h, k)`, and arrives there as
 * `carried(h, k)`. A value that is the same for all steps or batch entries receives the sum over them
 * (`reduce`). Back-propagation through time (Werbos, 1990) is this step, run from the last to the first.
 */
import { Builder } from "../ir/builder.js";
import { Domain, reachable } from "../ir/graph.js";
import type { Node } from "../ir/graph.js";
import { operations } from "../ir/ops/index.js";
import type { AdjointProgram, CellProgram } from "../ir/program.js";

/** Leaves that a gradient can reach. */
const differentiable = (node: Node): boolean =>
  !node.attrs.token &&
  (node.op === "param" ||
    node.op === "input" ||
    node.op === "context" ||
    node.op === "state");

export function differentiate(cell: CellProgram): AdjointProgram {
  const b = new Builder(cell.graph);
  const states = cell.states.filter((state) => state.vocabulary === undefined);
  const forward = reachable([
    ...cell.outputs.map((output) => output.node),
    ...cell.states.map((state) => state.definition),
    ...cell.states.flatMap((state) => state.initial ?? []),
    // Inputs that nothing reads still have a gradient, of zero.
    ...cell.inputs.flatMap((input) => leafNamed(cell, "input", input.name)),
    ...cell.contexts.flatMap((context) =>
      leafNamed(cell, "context", context.name),
    ),
  ]);
  const active = new Set<Node>();
  for (const node of forward)
    if (
      differentiable(node) ||
      (node.op !== "stop" && node.args.some((arg) => active.has(arg)))
    )
      active.add(node);

  const contributions = new Map<Node, Node[]>();
  const send = (to: Node, cotangent: Node | undefined): void => {
    if (cotangent === undefined || !active.has(to)) return;
    const list = contributions.get(to);
    const reduced = b.reduce(cotangent, to.domain);
    if (list) list.push(reduced);
    else contributions.set(to, [reduced]);
  };

  for (const output of cell.outputs)
    send(
      output.node,
      b.make("seed", [], {
        name: output.name,
        shape: output.shape,
        domain: Domain.row,
      }),
    );
  const lags = states.map((state) => ({
    state,
    lags: lagsOf(state.name, state.lag, forward),
  }));
  for (const { state, lags: used } of lags)
    for (const lag of used)
      send(
        state.definition,
        b.make("carried", [], {
          name: state.name,
          lag,
          shape: state.shape,
          domain: Domain.row,
        }),
      );
  for (const state of states)
    if (state.initial)
      send(
        state.initial,
        b.make("initial", [], {
          name: state.name,
          shape: state.shape,
          domain: Domain.context,
        }),
      );

  const cotangents = new Map<Node, Node>();
  for (const node of forward.toReversed()) {
    const sent = contributions.get(node);
    if (!sent) continue;
    b.at(node.span, () => {
      const cotangent = sent.reduce(b.add);
      cotangents.set(node, cotangent);
      const record = operations[node.op];
      if (record.kind === "leaf") return;
      record
        .vjp(b, node, cotangent)
        .forEach((part, i) => send(node.args[i]!, part));
    });
  }

  const leafKey = (op: Node["op"], name: string, lag: number | undefined) =>
    `${op} ${lag} ${name}`;
  const leaves = new Map(
    forward.flatMap((node) =>
      node.args.length === 0 && node.attrs.name !== undefined
        ? [[leafKey(node.op, node.attrs.name, node.attrs.lag), node] as const]
        : [],
    ),
  );
  const ofLeaf = (
    op: Node["op"],
    name: string,
    lag?: number,
  ): Node | undefined => {
    const leaf = leaves.get(leafKey(op, name, lag));
    return leaf && cotangents.get(leaf);
  };
  const orZero = (node: Node | undefined, shape: Node["shape"]): Node =>
    node ?? b.filled(0, shape);

  return {
    cell,
    cotangents: cell.definitions.flatMap(({ name, node }) => {
      const cotangent = cotangents.get(node);
      return cotangent ? [{ name, node: cotangent }] : [];
    }),
    carried: lags.flatMap(({ state, lags: used }) =>
      used.map((lag) => ({
        name: state.name,
        lag,
        node: orZero(ofLeaf("state", state.name, lag), state.shape),
      })),
    ),
    inputs: cell.inputs
      .filter((input) => input.vocabulary === undefined)
      .map((input) => ({
        name: input.name,
        node: orZero(ofLeaf("input", input.name), input.shape),
      })),
    contexts: cell.contexts.map((context) => ({
      name: context.name,
      node: orZero(ofLeaf("context", context.name), context.shape),
    })),
    params: cell.params.flatMap((param) => {
      const node = ofLeaf("param", param.name);
      return node ? [{ name: param.name, node }] : [];
    }),
  };
}

const leafNamed = (
  cell: CellProgram,
  op: "input" | "context",
  name: string,
): Node[] =>
  cell.graph.nodes.filter((node) => node.op === op && node.attrs.name === name);

/** Lags that the step reads, and always the largest: final cotangents enter through it. */
function lagsOf(
  name: string,
  largest: number,
  forward: readonly Node[],
): number[] {
  const read = forward.flatMap((node) =>
    node.op === "state" && node.attrs.name === name ? [node.attrs.lag!] : [],
  );
  return [...new Set([...read, largest])].sort((a, b) => a - b);
}

/** Every node that the adjoint program computes. */
export const adjointRoots = (adjoint: AdjointProgram): Node[] => [
  ...adjoint.carried.map((entry) => entry.node),
  ...adjoint.inputs.map((entry) => entry.node),
  ...adjoint.contexts.map((entry) => entry.node),
  ...adjoint.params.map((entry) => entry.node),
];

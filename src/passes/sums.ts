/**
 * Gathers sums of matrix–vector products into one `products` node, so that a kernel adds them up without
 * an array for each: `R y + Q i + P f` forward, and `Σ Rᵀδ` over the gates backward.
 */
import type { Graph, Node } from "../ir/graph.js";
import { reachable, usersOf } from "../ir/graph.js";
import type { AdjointProgram, CellProgram } from "../ir/program.js";
import { adjointRoots } from "./differentiate.js";
import type { Plan } from "./plan.js";
import { cellRoots } from "./simplify.js";
import { isRowProduct } from "./traits.js";

/** Position of the stage of each task: products are gathered within one stage only. */
function stageOf(plan: Plan): Map<Node, string> {
  const found = new Map<Node, string>();
  for (const direction of [plan.forward, plan.backward])
    direction.stages.forEach((stage, i) => {
      for (const task of stage.tasks)
        found.set(task, `${direction.backward} ${i}`);
    });
  return found;
}

/** The program with sums of products gathered; tape nodes go along. */
export function gatherProducts(plan: Plan): {
  adjoint: AdjointProgram;
  tape: Node[];
} {
  const { adjoint, tape } = plan;
  const { cell } = adjoint;
  const roots = [...cellRoots(cell), ...adjointRoots(adjoint), ...tape];
  const isRoot = new Set(roots);
  const nodes = reachable(roots);
  const users = usersOf(nodes);
  const stage = stageOf(plan);
  const privateTo = (node: Node, user: Node): boolean =>
    !isRoot.has(node) &&
    users.get(node)!.length === 1 &&
    user.args.filter((arg) => arg === node).length === 1 &&
    stage.get(node) !== undefined &&
    stage.get(node) === stage.get(user);

  const replaced = new Map<Node, Node>();
  const current = (node: Node): Node => replaced.get(node) ?? node;
  const inside = new Set<Node>();
  // Users first, so that a chain of additions is seen from its top.
  const sums = nodes.filter((node) => node.op === "add" && stage.has(node));
  const gathered = new Map<Node, { gather: Node[]; rest: Node[] }>();
  for (const sum of sums.toReversed()) {
    if (inside.has(sum)) continue;
    const gather: Node[] = [];
    const rest: Node[] = [];
    const stack: { node: Node; user: Node }[] = sum.args
      .map((node) => ({ node, user: sum }))
      .reverse();
    while (stack.length > 0) {
      const { node, user } = stack.pop()!;
      if (node.op === "add" && privateTo(node, user)) {
        inside.add(node);
        stack.push(
          ...node.args.map((arg) => ({ node: arg, user: node })).reverse(),
        );
      } else if (
        node.op === "matvec" &&
        isRowProduct(node) &&
        privateTo(node, user)
      )
        gather.push(node);
      else rest.push(node);
    }
    if (gather.length > 1) gathered.set(sum, { gather, rest });
  }
  for (const node of nodes) {
    const group = gathered.get(node);
    const { graph } = cell;
    if (group) {
      const products = graph.make(
        "products",
        group.gather.flatMap((product) => product.args.map(current)),
        {
          transposed: group.gather
            .map((product) => (product.attrs.transA ? "1" : "0"))
            .join(""),
        },
      );
      replaced.set(
        node,
        [...group.rest.map(current), products].reduce((a, b) =>
          graph.make("add", [a, b]),
        ),
      );
    } else replaced.set(node, remake(graph, node, current));
  }
  return { adjoint: replaceNodes(adjoint, current), tape: tape.map(current) };
}

const remake = (
  graph: Graph,
  node: Node,
  current: (node: Node) => Node,
): Node =>
  node.args.every((arg) => current(arg) === arg)
    ? node
    : graph.make(node.op, node.args.map(current), node.attrs);

function replaceNodes(
  adjoint: AdjointProgram,
  current: (node: Node) => Node,
): AdjointProgram {
  const mapped = <Entry extends { readonly node: Node }>(
    entry: Entry,
  ): Entry => ({
    ...entry,
    node: current(entry.node),
  });
  const { cell } = adjoint;
  const replaced: CellProgram = {
    ...cell,
    outputs: cell.outputs.map(mapped),
    states: cell.states.map((state) => ({
      ...state,
      definition: current(state.definition),
      initial: state.initial && current(state.initial),
    })),
    buffers: cell.buffers.map((buffer) => ({
      ...buffer,
      value: buffer.value && current(buffer.value),
    })),
    definitions: cell.definitions.map(mapped),
  };
  return {
    cell: replaced,
    cotangents: adjoint.cotangents.map(mapped),
    carried: adjoint.carried.map(mapped),
    inputs: adjoint.inputs.map(mapped),
    contexts: adjoint.contexts.map(mapped),
    params: adjoint.params.map(mapped),
  };
}

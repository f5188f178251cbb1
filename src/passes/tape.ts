/**
 * Chooses what the forward pass keeps for the backward pass: the cheapest set of values from which the
 * rest can be computed again, a minimum cut between what is lost after a step and what the adjoint reads.
 *
 * Free: inputs, parameters, and states and outputs, which exist for the whole sequence anyway. Cheap
 * elementwise values are computed again; products, sums over an axis and what extremes are compared with never are. Among cuts of one
 * cost the one nearest to the adjoint wins, because it leaves least to compute again.
 */
import { Domain, nodeSize, reachable } from "../ir/graph.js";
import type { Node } from "../ir/graph.js";
import type { AdjointProgram } from "../ir/program.js";
import { evaluateSize, sizeNames } from "../ir/size.js";
import { comparedValues } from "./compared.js";
import { adjointRoots } from "./differentiate.js";
import { FlowNetwork } from "./flow.js";
import { isLeaf, isRecomputable } from "./traits.js";

/** Stands for every size when costs are compared; what matters is vectors against scalars. */
const nominal = 64;

const cost = (node: Node): number => {
  const size = nodeSize(node);
  return Math.ceil(
    evaluateSize(
      size,
      Object.fromEntries(sizeNames(size).map((name) => [name, nominal])),
    ),
  );
};

/** Nodes of the forward step to keep, besides states and outputs; in dependency order. */
export function chooseTape(adjoint: AdjointProgram): Node[] {
  const { cell } = adjoint;
  const results = [
    ...cell.outputs.map((output) => output.node),
    ...cell.states.map((state) => state.definition),
  ];
  const free = new Set(results);
  const forward = reachable(results).filter(
    (node) =>
      node.domain === Domain.row && !isLeaf(node) && node.op !== "onehot",
  );
  const isForward = new Set(forward);
  const wanted = new Set(
    reachable(adjointRoots(adjoint))
      .filter((node) => !isForward.has(node))
      .flatMap((node) => node.args.filter((arg) => isForward.has(arg))),
  );

  const compared = comparedValues(adjoint);
  const network = new FlowNetwork();
  const [source, sink] = [network.vertex(), network.vertex()];
  const into = new Map<Node, number>();
  const outOf = new Map<Node, number>();
  for (const node of forward) {
    into.set(node, network.vertex());
    outOf.set(node, network.vertex());
  }
  for (const node of forward) {
    network.edge(
      into.get(node)!,
      outOf.get(node)!,
      free.has(node) ? 0 : cost(node),
    );
    if (wanted.has(node)) network.edge(outOf.get(node)!, sink, Infinity);
    if (!isRecomputable(node) || compared.has(node))
      network.edge(source, into.get(node)!, Infinity);
    else
      for (const arg of node.args)
        if (isForward.has(arg))
          network.edge(outOf.get(arg)!, into.get(node)!, Infinity);
  }
  const near = network.sinkSide(source, sink);
  return forward.filter(
    (node) =>
      !free.has(node) &&
      !near.has(into.get(node)!) &&
      near.has(outOf.get(node)!),
  );
}

/**
 * Gives every result of the step and of its adjoint a node of its own.
 *
 * The scheduler stores results where they belong (the history of a state, the gradient of an input). A
 * result that is a leaf, does not vary by row, or is the result of something else too, becomes a copy
 * (`stop`, which after differentiation is just the value).
 */
import { Domain, reachable } from "../ir/graph.js";
import type { Graph, Node } from "../ir/graph.js";
import type {
  AdjointProgram,
  CellProgram,
  StateDeclaration,
} from "../ir/program.js";
import { adjointRoots } from "./differentiate.js";
import { isLeaf } from "./traits.js";

class Distinct {
  readonly #taken: Set<Node>;

  constructor(
    readonly graph: Graph,
    taken: Iterable<Node> = [],
  ) {
    this.#taken = new Set(taken);
  }

  /** `node` itself or a copy of it that nothing else is; `label` tells copies of one value apart. */
  of(node: Node, label: string, domain: Domain = Domain.row): Node {
    const copy =
      isLeaf(node) || node.domain !== domain || this.#taken.has(node);
    const own = copy
      ? this.graph.make("stop", [node], { domain, name: label })
      : node;
    this.#taken.add(own);
    return own;
  }
}

/** Whether what is remembered is the input of the same name. */
export const isOwnInput = (state: StateDeclaration): boolean =>
  state.definition.op === "input" && state.definition.attrs.name === state.name;

export function separateResults(adjoint: AdjointProgram): AdjointProgram {
  const { cell } = adjoint;
  const { graph } = cell;
  const distinct = new Distinct(graph);
  const states = cell.states.map((state) => ({
    ...state,
    // The history of an input is the array of the input itself.
    definition: isOwnInput(state)
      ? state.definition
      : distinct.of(state.definition, `state ${state.name}`),
  }));
  // An output that is a state shares the state's history.
  const copies = new Map(
    cell.states.flatMap((state, i) =>
      isOwnInput(state)
        ? []
        : [[state.definition, states[i]!.definition] as const],
    ),
  );
  const outputs = cell.outputs.map((output) => {
    const node =
      copies.get(output.node) ??
      distinct.of(output.node, `output ${output.name}`);
    copies.set(output.node, node);
    return { ...output, node };
  });
  const separated: CellProgram = { ...cell, states, outputs };

  const results = [
    ...states.map((state) => state.definition),
    ...outputs.map((output) => output.node),
  ];
  // A result that something else reads, or that is two results, cannot lie in the rows of one of them:
  // rows of a carried cotangent receive those of final states too, where an entry ends before the others,
  // and gradients of inputs are not computed unless they are wanted.
  const adjointResults = [
    ...adjoint.carried,
    ...adjoint.inputs,
    ...adjoint.contexts,
  ].map(({ node }) => node);
  const backward = new Distinct(graph, [
    ...reachable(results),
    ...reachable(adjointRoots(adjoint)).flatMap((node) => node.args),
    ...adjointResults.filter((node, i) => adjointResults.indexOf(node) !== i),
  ]);
  return {
    ...adjoint,
    cell: separated,
    carried: adjoint.carried.map((entry) => ({
      ...entry,
      node: backward.of(entry.node, `carried ${entry.name}@${entry.lag}`),
    })),
    inputs: adjoint.inputs.map((entry) => ({
      ...entry,
      node: backward.of(entry.node, `gradient ${entry.name}`),
    })),
    contexts: adjoint.contexts.map((entry) => ({
      ...entry,
      node: backward.of(entry.node, `gradient ${entry.name}`, Domain.context),
    })),
  };
}

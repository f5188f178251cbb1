/**
 * Reverse-mode differentiation of one step.
 *
 * Every value's cotangent is the sum of what its users send back, found by walking the step from its
 * results to its leaves with the operations' `vjp` rows. Time enters through leaves alone: what a state
 * `h` sends back to step t − k is the cotangent of the leaf `state(h, k)`, and arrives there as
 * `carried(h, k)`. A value that is the same for all steps or batch entries receives the sum over them
 * (`reduce`). Back-propagation through time (Werbos, 1990) is this step, run from the last to the first.
 *
 * What a branch of `where` receives counts where the branch was taken only: see `cotangents.ts`.
 */
import { Builder } from "../ir/builder.js";
import { Domain, reachable } from "../ir/graph.js";
import type { Node } from "../ir/graph.js";
import type {
  AdjointProgram,
  CellProgram,
  StateDeclaration,
} from "../ir/program.js";
import { combine, everywhere, select, valueOf } from "./cotangents.js";
import type { Cotangent } from "./cotangents.js";
import { sentBack } from "./guarded-operations.js";
import { Hazards } from "./hazards.js";
import { isLeaf } from "./traits.js";

/** Leaves that a gradient can reach. */
const differentiable = (node: Node): boolean =>
  !node.attrs.token &&
  (node.op === "param" ||
    node.op === "input" ||
    node.op === "context" ||
    node.op === "state");

export function differentiate(cell: CellProgram): AdjointProgram {
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
  const lags = states.map((state) => ({
    state,
    lags: lagsOf(state.name, state.lag, forward),
  }));
  const leaves = leavesOf(forward);
  const step = reverseStep(cell, forward, lags, leaves);
  const ofLeaf = (
    op: Node["op"],
    name: string,
    lag?: number,
  ): Node | undefined => {
    const leaf = leaves.get(leafKey(op, name, lag));
    return leaf && step.cotangentOf(leaf);
  };
  const orZero = (node: Node | undefined, shape: Node["shape"]): Node =>
    node ?? step.b.filled(0, shape);

  return {
    cell,
    cotangents: cell.definitions.flatMap(({ name, node }) => {
      const cotangent = step.cotangentOf(node);
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

/**
 * The walk through one step. What a branch owes to an earlier step arrives there without its guard; that it
 * had one is known only when the walk is at its end, and where it matters the walk begins anew.
 */
function reverseStep(
  cell: CellProgram,
  forward: readonly Node[],
  lags: Lags,
  leaves: Leaves,
): ReverseStep {
  const vanishing = new Set<Node>();
  for (;;) {
    const step = new ReverseStep(cell, forward, lags, leaves, vanishing);
    const found = step.selectedStates().filter((leaf) => !vanishing.has(leaf));
    if (found.length === 0) return step;
    for (const leaf of found) vanishing.add(leaf);
  }
}

/** States, and how many steps back each is read. */
type Lags = readonly {
  readonly state: StateDeclaration;
  readonly lags: readonly number[];
}[];

/** One walk from the results of a step to its leaves. */
class ReverseStep {
  readonly b: Builder;
  readonly #active = new Set<Node>();
  readonly #sent = new Map<Node, Cotangent[]>();
  readonly #cotangents = new Map<Node, Cotangent>();
  readonly #hazards: Hazards;

  constructor(
    readonly cell: CellProgram,
    readonly forward: readonly Node[],
    readonly lags: Lags,
    readonly leaves: Leaves,
    /** Leaves that receive something only where a branch is taken. */
    vanishing: ReadonlySet<Node>,
  ) {
    this.b = new Builder(cell.graph);
    this.#hazards = new Hazards(forward);
    for (const node of forward)
      if (
        differentiable(node) ||
        (node.op !== "stop" && node.args.some((arg) => this.#active.has(arg)))
      )
        this.#active.add(node);
    this.#sendResults(vanishing);
    for (const node of forward.toReversed())
      this.b.at(node.span, () => this.#visit(node));
  }

  /** As a number: zero where it does not count. */
  cotangentOf(node: Node): Node | undefined {
    const cotangent = this.#cotangents.get(node);
    return cotangent && this.b.at(node.span, () => valueOf(this.b, cotangent));
  }

  /** Leaves of states that receive something only where a branch is taken, and send it where that matters. */
  selectedStates(): Node[] {
    return this.lags.flatMap(({ state, lags }) =>
      this.#hazards.isRisky(state.definition)
        ? lags.flatMap((lag) => {
            const leaf = this.leaves.get(leafKey("state", state.name, lag));
            const cotangent = leaf && this.#cotangents.get(leaf);
            return cotangent &&
              (cotangent.vanishing || cotangent.guard.length > 0)
              ? [leaf]
              : [];
          })
        : [],
    );
  }

  #sendResults(vanishing: ReadonlySet<Node>): void {
    const { b, cell, lags, leaves } = this;
    for (const { name, shape, node } of cell.outputs)
      this.#send(
        node,
        everywhere(b.make("seed", [], { name, shape, domain: Domain.row })),
      );
    for (const { state, lags: used } of lags)
      for (const lag of used) {
        const { name, shape } = state;
        const carried = b.make("carried", [], {
          name,
          lag,
          shape,
          domain: Domain.row,
        });
        const leaf = leaves.get(leafKey("state", name, lag));
        this.#send(state.definition, {
          ...everywhere(carried),
          vanishing: leaf !== undefined && vanishing.has(leaf),
        });
      }
    for (const { state } of lags)
      if (state.initial) {
        const { name, shape, initial } = state;
        const sent = b.make("initial", [], {
          name,
          shape,
          domain: Domain.context,
        });
        this.#send(initial, everywhere(sent));
      }
  }

  #visit(node: Node): void {
    const sent = this.#sent.get(node);
    if (!sent) return;
    const combined = combine(this.b, sent);
    const cotangent =
      !isLeaf(node) && combined.vanishing && this.#hazards.isRisky(node)
        ? this.#whereNotZero(combined)
        : combined;
    this.#cotangents.set(node, cotangent);
    if (isLeaf(node)) return;
    sentBack(this.b, node, cotangent, this.#hazards).forEach(
      (part, i) => part && this.#send(node.args[i]!, part),
    );
  }

  /** What nothing was taken of is zero, and must not meet a derivative that is not finite. */
  #whereNotZero(cotangent: Cotangent): Cotangent {
    const { b } = this;
    const { value, guard, selected } = cotangent;
    const zero = b.filled(0, value.shape);
    const condition = b.elementwise("ne", value, zero);
    return {
      value,
      guard: [...guard, { condition, holds: true }],
      selected: selected || guard.length === 0,
      vanishing: false,
    };
  }

  #send(to: Node, cotangent: Cotangent): void {
    if (!this.#active.has(to)) return;
    const reduced = this.#reduced(cotangent, to.domain);
    const list = this.#sent.get(to);
    if (list) list.push(reduced);
    else this.#sent.set(to, [reduced]);
  }

  /** Sums over steps and entries for a value that is the same for all of them. */
  #reduced(cotangent: Cotangent, domain: Domain): Cotangent {
    const { value, guard, selected, vanishing } = cotangent;
    if (value.domain <= domain) return cotangent;
    const kept = guard.filter(({ condition }) => condition.domain <= domain);
    const lost = guard.filter(({ condition }) => condition.domain > domain);
    return {
      value: this.b.reduce(
        selected ? value : select(this.b, guard, value),
        domain,
      ),
      guard: kept,
      selected: true,
      vanishing: vanishing || lost.length > 0,
    };
  }
}

/** Leaves by what they are, how many steps back, and their names. */
type Leaves = ReadonlyMap<string, Node>;

const leafKey = (op: Node["op"], name: string, lag: number | undefined) =>
  `${op} ${lag} ${name}`;

const leavesOf = (forward: readonly Node[]): Leaves =>
  new Map(
    forward.flatMap((node) =>
      node.args.length === 0 && node.attrs.name !== undefined
        ? [[leafKey(node.op, node.attrs.name, node.attrs.lag), node] as const]
        : [],
    ),
  );

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

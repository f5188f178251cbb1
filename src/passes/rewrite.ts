/**
 * The rewrite engine: a builder that applies rules as nodes are made.
 *
 * Rules are data. Each says how far it keeps values: `exact` (bit for bit, the sign of zero aside),
 * `rounding` (the same real number, rounded differently), `declared` (relies on something the author of
 * the cell declared, such as `fix`). Nothing here assumes that numbers are finite.
 */
import { Builder } from "../ir/builder.js";
import type { Attributes, Graph, Node } from "../ir/graph.js";
import { reachable } from "../ir/graph.js";
import type { OpName } from "../ir/ops/index.js";

export interface Rule {
  readonly name: string;
  /** Operations that the rule looks at. */
  readonly ops: readonly OpName[];
  readonly keeps: "exact" | "rounding" | "declared";
  /** The simpler node, or `undefined` where the rule does not apply. New nodes are made with `b`. */
  readonly apply: (node: Node, b: Builder) => Node | undefined;
}

class RewritingBuilder extends Builder {
  readonly #byOp = new Map<OpName, Rule[]>();
  readonly #done = new Map<Node, Node>();

  constructor(graph: Graph, rules: readonly Rule[]) {
    super(graph);
    for (const rule of rules)
      for (const op of rule.ops)
        this.#byOp.set(op, [...(this.#byOp.get(op) ?? []), rule]);
  }

  override make(
    op: OpName,
    args: readonly Node[] = [],
    attrs: Attributes = {},
  ): Node {
    const node = super.make(op, args, attrs);
    const known = this.#done.get(node);
    if (known) return known;
    // Set first: a rule that builds its own left-hand side again ends here instead of looping.
    this.#done.set(node, node);
    for (const rule of this.#byOp.get(op) ?? []) {
      const replacement = this.at(node.span, () => rule.apply(node, this));
      if (replacement && replacement !== node) {
        this.#done.set(node, replacement);
        return replacement;
      }
    }
    return node;
  }
}

/** Rewrites everything that `roots` depend on, operands first; the map answers for each old node. */
export function rewrite(
  graph: Graph,
  roots: readonly Node[],
  rules: readonly Rule[],
): (node: Node) => Node {
  const b = new RewritingBuilder(graph, rules);
  const result = new Map<Node, Node>();
  for (const node of reachable(roots)) {
    const args = node.args.map((arg) => result.get(arg)!);
    result.set(
      node,
      b.at(node.span, () => b.make(node.op, args, node.attrs)),
    );
  }
  return (node) => result.get(node) ?? node;
}

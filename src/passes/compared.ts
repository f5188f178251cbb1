/**
 * Values that are compared with the largest or the smallest of them. Kernels may calculate in more digits than their arrays
 * hold (TypeScript in f32, fused products), so that a value that is computed again may differ from the one an extreme was
 * taken of, and then nothing is the largest. Such values are computed once, kept, and read from then on.
 */
import type { Node } from "../ir/graph.js";
import { reachable } from "../ir/graph.js";
import type { OpName } from "../ir/ops/index.js";
import type { AdjointProgram } from "../ir/program.js";
import { adjointRoots } from "./differentiate.js";
import { cellRoots } from "./simplify.js";
import { isElementwise, isRearranging } from "./traits.js";

const comparisons: ReadonlySet<OpName> = new Set([
  "lt",
  "le",
  "gt",
  "ge",
  "eq",
  "ne",
]);

const isExtreme = (node: Node): boolean =>
  node.op === "max_of" || node.op === "min_of";

/** Operations on numbers, not just another arrangement of them. */
const isComputed = (node: Node): boolean =>
  isElementwise(node) || node.op === "outer";

/** What the elements of a value are elements of. */
function sourcesOf(value: Node): Node[] {
  const found: Node[] = [];
  const stack = [value];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (!isRearranging(node) || node.op === "outer") found.push(node);
    else if (node.op === "pick") stack.push(node.args[0]!);
    else if (node.op !== "onehot") stack.push(...node.args);
  }
  return found;
}

/** In no order; results of the forward step alone. */
export function comparedValues(adjoint: AdjointProgram): ReadonlySet<Node> {
  const found = new Set<Node>();
  const nodes = reachable([
    ...cellRoots(adjoint.cell),
    ...adjointRoots(adjoint),
  ]);
  for (const node of nodes) {
    if (!comparisons.has(node.op)) continue;
    const sources = node.args.flatMap(sourcesOf);
    const extremes = sources.filter(isExtreme);
    if (extremes.length === 0) continue;
    for (const source of [
      ...sources,
      ...extremes.flatMap((extreme) => sourcesOf(extreme.args[0]!)),
    ])
      if (isComputed(source)) found.add(source);
  }
  return found;
}

/**
 * Sorts the values of a step into what runs once for all T·B rows and what runs in a time loop.
 *
 * A value is in a loop exactly when it lies on a circle through time. Everything else is computed for
 * all rows at once, before, between or after loops. The same rule serves the adjoint step, whose circles
 * run through `carried`.
 */
import { components } from "./components.js";

export interface LeveledStage<N> {
  readonly loop: boolean;
  readonly nodes: N[];
}

/**
 * Stages in the order in which they run; even positions are rows, odd ones loops (empty stages are left
 * out of the result).
 * @param nodes in dependency order
 * @param now what a node reads of the same step
 * @param earlier what a node reads of earlier steps (of later ones, for an adjoint)
 */
export function sortIntoStages<N>(
  nodes: readonly N[],
  now: (node: N) => readonly N[],
  earlier: (node: N) => readonly N[],
): LeveledStage<N>[] {
  const all = (node: N): readonly N[] => [...now(node), ...earlier(node)];
  const level = new Map<N, number>();
  for (const component of components(nodes, all)) {
    const members = new Set(component);
    const loop =
      component.length > 1 || earlier(component[0]!).includes(component[0]!);
    const below = component
      .flatMap(all)
      .filter((node) => !members.has(node))
      .map((node) => level.get(node) ?? 0);
    // Rows stand on even levels and loops on odd ones; each joins the level below when it is of its kind.
    const deepest = below.reduce(
      (most, own) => Math.max(most, own),
      loop ? 1 : 0,
    );
    const own = deepest % 2 === (loop ? 1 : 0) ? deepest : deepest + 1;
    for (const node of component) level.set(node, own);
  }
  const stages: LeveledStage<N>[] = [];
  for (const node of nodes) {
    const at = level.get(node)!;
    while (stages.length <= at)
      stages.push({ loop: stages.length % 2 === 1, nodes: [] });
    stages[at]!.nodes.push(node);
  }
  return stages.filter((stage) => stage.nodes.length > 0);
}

/** Strongly connected components (Tarjan, 1972), without recursion. */

/**
 * Components in an order in which each stands after all that it depends on.
 * `dependencies` may name nodes outside of `nodes`; those are passed over.
 */
export function components<N>(
  nodes: readonly N[],
  dependencies: (node: N) => readonly N[],
): N[][] {
  const inside = new Set(nodes);
  const index = new Map<N, number>();
  const low = new Map<N, number>();
  const open: N[] = [];
  const isOpen = new Set<N>();
  const found: N[][] = [];
  for (const root of nodes) {
    if (index.has(root)) continue;
    const visit: { node: N; next: number; list: readonly N[] }[] = [];
    const enter = (node: N): void => {
      index.set(node, index.size);
      low.set(node, index.get(node)!);
      open.push(node);
      isOpen.add(node);
      visit.push({ node, next: 0, list: dependencies(node) });
    };
    enter(root);
    while (visit.length > 0) {
      const frame = visit.at(-1)!;
      const { node, list } = frame;
      if (frame.next < list.length) {
        const to = list[frame.next++]!;
        if (!inside.has(to)) continue;
        if (!index.has(to)) enter(to);
        else if (isOpen.has(to))
          low.set(node, Math.min(low.get(node)!, index.get(to)!));
        continue;
      }
      visit.pop();
      const parent = visit.at(-1);
      if (parent)
        low.set(parent.node, Math.min(low.get(parent.node)!, low.get(node)!));
      if (low.get(node) !== index.get(node)) continue;
      const component: N[] = [];
      for (;;) {
        const member = open.pop()!;
        isOpen.delete(member);
        component.push(member);
        if (member === node) break;
      }
      found.push(component);
    }
  }
  return found;
}

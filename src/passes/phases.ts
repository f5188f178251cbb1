/**
 * Cuts the tasks of one stage into kernels: maps (elementwise work and sums over axes) and products in
 * turn. Products run as early and elementwise work as late as it may, so that products with one operand
 * come together and each value is used close to where it is computed.
 */
import type { Node } from "../ir/graph.js";
import type { Direction, TaskStage } from "./plan.js";
import { isProduct } from "./traits.js";

export interface KernelTasks {
  readonly product: boolean;
  /** In dependency order. */
  readonly tasks: readonly Node[];
}

interface Edge {
  readonly from: Node;
  readonly to: Node;
  /** How many phases lie between the two at least. */
  readonly gap: number;
}

export function cutIntoKernels(
  stage: TaskStage,
  direction: Direction,
): KernelTasks[] {
  const inStage = new Set(stage.tasks);
  const edges = stage.tasks.flatMap((to) =>
    edgesInto(to, stage, direction, inStage),
  );
  const incoming = groupBy(edges, (edge) => edge.to);
  const outgoing = groupBy(edges, (edge) => edge.from);
  const parity = (task: Node): number => (isProduct(task) ? 1 : 0);

  // Earliest phases; even ones are maps, odd ones products.
  const order = dependencyOrder(stage.tasks, incoming);
  const phase = new Map<Node, number>();
  for (const task of order) {
    const earliest = Math.max(
      parity(task),
      ...(incoming.get(task) ?? []).map(
        (edge) => phase.get(edge.from)! + edge.gap,
      ),
    );
    phase.set(task, earliest % 2 === parity(task) ? earliest : earliest + 1);
  }
  for (const task of order.toReversed()) {
    const out = outgoing.get(task);
    if (isProduct(task) || !out) continue;
    const latest = Math.min(
      ...out.map((edge) => phase.get(edge.to)! - edge.gap),
    );
    phase.set(task, latest - (latest % 2));
  }

  const kernels = new Map<number, Node[]>();
  for (const task of order) {
    const tasks = kernels.get(phase.get(task)!);
    if (tasks) tasks.push(task);
    else kernels.set(phase.get(task)!, [task]);
  }
  return [...kernels]
    .sort(([a], [b]) => a - b)
    .map(([at, tasks]) => ({ product: at % 2 === 1, tasks }));
}

function edgesInto(
  to: Node,
  stage: TaskStage,
  direction: Direction,
  inStage: ReadonlySet<Node>,
): Edge[] {
  const now = direction
    .reads(to)
    .filter(({ node }) => inStage.has(node))
    .map(({ node: from }) => ({
      from,
      to,
      gap: isProduct(from) ? (isProduct(to) ? 2 : 1) : isProduct(to) ? 1 : 0,
    }));
  if (stage.kind === "loop") return now;
  // Rows of other steps must all be there before a kernel reads them.
  const shifted = direction
    .earlier(to)
    .filter((from) => inStage.has(from))
    .map((from) => ({
      from,
      to,
      gap: isProduct(from) === isProduct(to) ? 2 : 1,
    }));
  return [...now, ...shifted];
}

function groupBy(
  edges: readonly Edge[],
  key: (edge: Edge) => Node,
): Map<Node, Edge[]> {
  const groups = new Map<Node, Edge[]>();
  for (const edge of edges) {
    const group = groups.get(key(edge));
    if (group) group.push(edge);
    else groups.set(key(edge), [edge]);
  }
  return groups;
}

/** Shifted reads can run against the order of ids, so that this sorts by edges (Kahn, 1962). */
function dependencyOrder(
  tasks: readonly Node[],
  incoming: ReadonlyMap<Node, Edge[]>,
): Node[] {
  const order: Node[] = [];
  const done = new Set<Node>();
  let waiting = [...tasks];
  while (waiting.length > 0) {
    const later: Node[] = [];
    for (const task of waiting) {
      if ((incoming.get(task) ?? []).every((edge) => done.has(edge.from))) {
        order.push(task);
        done.add(task);
      } else later.push(task);
    }
    if (later.length === waiting.length)
      throw new TypeError("a stage has a circle inside one step");
    waiting = later;
  }
  return order;
}

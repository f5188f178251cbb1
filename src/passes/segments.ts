/**
 * Cuts the tasks of a map kernel into loop nests that run one after the other for every row. Tasks over
 * the same elements share a loop; a value that is needed at other elements, or a sum, must be complete
 * before the loop that reads it starts.
 */
import type { Node } from "../ir/graph.js";
import { showShape } from "../ir/size.js";
import type { Shape } from "../ir/size.js";
import type { Direction } from "./plan.js";
import { isReduction } from "./traits.js";

export interface SegmentTasks {
  /** In dependency order; one task alone where it needs loops of its own. */
  readonly tasks: readonly Node[];
}

/** Loops of its own: products within a row, sums over rows, parts put side by side. */
const isAlone = (task: Node): boolean =>
  task.op === "matvec" ||
  task.op === "matmul" ||
  task.op === "sum_rows" ||
  task.op === "concat";

/** The elements that a task's loops run over. */
const loopShape = (task: Node): Shape =>
  task.op !== "sum_rows" && (isReduction(task) || task.op === "reduce")
    ? task.args[0]!.shape
    : task.shape;

const loopKey = (task: Node): string =>
  isAlone(task) ? `alone ${task.id}` : showShape(loopShape(task));

export function cutIntoSegments(
  tasks: readonly Node[],
  direction: Direction,
): SegmentTasks[] {
  const inKernel = new Set(tasks);
  const gap = (from: Node, to: Node, aligned: boolean): number =>
    aligned &&
    !isReduction(from) &&
    !isAlone(from) &&
    loopKey(from) === loopKey(to)
      ? 0
      : 1;
  const incoming = new Map(
    tasks.map((to) => [
      to,
      direction
        .reads(to)
        .filter(({ node }) => inKernel.has(node))
        .map(({ node, aligned }) => ({
          from: node,
          gap: gap(node, to, aligned),
        })),
    ]),
  );
  const at = new Map<Node, number>();
  for (const task of tasks)
    at.set(
      task,
      Math.max(
        0,
        ...incoming.get(task)!.map((edge) => at.get(edge.from)! + edge.gap),
      ),
    );
  const latest = new Map<Node, number>();
  for (const task of tasks.toReversed()) {
    const own = latest.get(task) ?? at.get(task)!;
    at.set(task, own);
    for (const edge of incoming.get(task)!)
      latest.set(
        edge.from,
        Math.min(latest.get(edge.from) ?? Infinity, own - edge.gap),
      );
  }

  const segments = new Map<string, { index: number; tasks: Node[] }>();
  for (const task of tasks) {
    const key = `${at.get(task)} ${loopKey(task)}`;
    const segment = segments.get(key);
    if (segment) segment.tasks.push(task);
    else segments.set(key, { index: at.get(task)!, tasks: [task] });
  }
  return [...segments.values()].sort((a, b) => a.index - b.index);
}

/** Conditions that say the same of fewer elements: a guard on its way through repeated values. */
import type { Builder } from "../ir/builder.js";
import type { Node } from "../ir/graph.js";
import { operations } from "../ir/ops/index.js";
import type { Shape } from "../ir/size.js";

/** What a narrower condition varies with: nothing, the first axis of a matrix, or the last axis. */
export type Axis = "none" | "rows" | "columns";

/** Deeper ones are not looked into: what is repeated as a whole stands near the top. */
const deepest = 8;

/**
 * The condition without the axes that it does not vary along; `undefined` where it cannot be seen that it
 * does not vary along them.
 */
export function alongOnly(
  b: Builder,
  condition: Node,
  axis: Axis,
  depth = 0,
): Node | undefined {
  const { op, shape, args } = condition;
  if (shape.length === 0) return axis === "none" ? condition : undefined;
  if (op === "broadcast" || op === "spread")
    return ofRepeated(b, condition, axis, depth);
  if (operations[op].kind !== "elementwise" || depth >= deepest)
    return undefined;
  const narrower: Node[] = [];
  for (const arg of args) {
    const found = alongOnly(b, arg, axis, depth + 1);
    if (!found) return undefined;
    narrower.push(found);
  }
  return b.make(op, narrower);
}

function ofRepeated(
  b: Builder,
  { op, args, shape }: Node,
  axis: Axis,
  depth: number,
): Node | undefined {
  const [inner] = args as [Node];
  if (axis === "none") return alongOnly(b, inner, "none", depth + 1);
  if (shape.length !== 2) return undefined;
  if (inner.shape.length === 0)
    return b.broadcast(inner, axisShape(shape, axis));
  return (op === "spread") === (axis === "rows") ? inner : undefined;
}

const axisShape = (shape: Shape, axis: "rows" | "columns"): Shape => [
  axis === "rows" ? shape[0]! : shape[1]!,
];

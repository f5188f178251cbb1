/**
 * How each state depends on its own past. A recurrence that is linear in the previous state with
 * elementwise coefficients that do not depend on it could be computed by a parallel scan (Blelloch, 1990;
 * Martin and Cundy, 2018).
 */
import { reachable } from "../ir/graph.js";
import type { Node } from "../ir/graph.js";
import type { CellProgram } from "../ir/program.js";
import { components } from "./components.js";

export type Recurrence =
  /** A past value that no state of its own circle feeds: a shift, computed for all steps at once. */
  | "none"
  /** h = a ⊙ h[t-1] + b, with a and b free of the circle. */
  | "elementwise linear"
  /** h = A h[t-1] + b. */
  | "linear"
  | "nonlinear";

export interface StateRecurrence {
  readonly name: string;
  readonly recurrence: Recurrence;
  /** What makes it so, in a few words. */
  readonly why: string;
}

/** How a value depends on the states of one circle, the weakest first. */
const ranks = ["none", "elementwise linear", "linear", "nonlinear"] as const;

interface Dependence {
  readonly rank: number;
  readonly why: string;
}

const none: Dependence = { rank: 0, why: "" };

export function classifyRecurrences(cell: CellProgram): StateRecurrence[] {
  const { states } = cell;
  const byName = new Map(states.map((state) => [state.name, state]));
  const reads = new Map(
    states.map((state) => [
      state.name,
      reachable([state.definition]).flatMap((node) =>
        node.op === "state" && byName.has(node.attrs.name!)
          ? [node.attrs.name!]
          : [],
      ),
    ]),
  );
  const circles = components(
    states.map(({ name }) => name),
    (name) => reads.get(name)!,
  );
  return states.map(({ name, definition }) => {
    const circle = new Set(circles.find((members) => members.includes(name)));
    if (circle.size === 1 && !reads.get(name)!.includes(name))
      return {
        name,
        recurrence: "none",
        why: "it does not depend on its own past",
      };
    const { rank, why } = dependence(definition, circle);
    const others = [...circle].filter((other) => other !== name);
    const coupled =
      others.length > 0 ? `, together with ${others.join(", ")}` : "";
    return { name, recurrence: ranks[rank]!, why: `${why}${coupled}` };
  });
}

function dependence(definition: Node, circle: ReadonlySet<string>): Dependence {
  const known = new Map<Node, Dependence>();
  for (const node of reachable([definition]))
    known.set(
      node,
      node.op === "state" && circle.has(node.attrs.name!)
        ? {
            rank: 1,
            why: `${node.attrs.name} enters by sums and products with other values alone`,
          }
        : combine(
            node,
            node.args.map((arg) => known.get(arg)!),
          ),
    );
  return known.get(definition)!;
}

const worst = (parts: readonly Dependence[]): Dependence =>
  parts.reduce((a, b) => (b.rank > a.rank ? b : a), none);

/** Operations that are linear in all operands together and keep elements apart. */
const additive: ReadonlySet<Node["op"]> = new Set([
  "add",
  "sub",
  "neg",
  "stop",
]);

/** Linear, but mixing or moving elements. */
const mixing: ReadonlySet<Node["op"]> = new Set([
  "sum",
  "sum_rows",
  "broadcast",
  "spread",
  "transpose",
  "slice",
  "pad",
  "concat",
  "pick",
]);

function combine(node: Node, parts: readonly Dependence[]): Dependence {
  const dependent = parts.filter(({ rank }) => rank > 0);
  if (dependent.length === 0) return none;
  const own = worst(dependent);
  if (additive.has(node.op)) return own;
  const [first, second, third] = parts as [Dependence, Dependence, Dependence];
  if (node.op === "mul") return dependent.length === 1 ? own : multiplied(own);
  if (node.op === "div" && second.rank === 0) return own;
  if (node.op === "select" && first.rank === 0) return worst([second, third]);
  if (mixing.has(node.op)) return mixed(own, `${node.op} moves its elements`);
  if (node.op === "matvec" || node.op === "matmul" || node.op === "outer")
    return dependent.length === 1
      ? mixed(own, "a matrix product mixes its elements")
      : multiplied(own);
  return nonlinear(own.rank === 3 ? own.why : `${node.op} is applied to it`);
}

/** The first cause counts: a gate is nonlinear before it is multiplied. */
const multiplied = (part: Dependence): Dependence =>
  part.rank === 3
    ? part
    : nonlinear("values of the circle are multiplied with each other");

const nonlinear = (why: string): Dependence => ({ rank: 3, why });

const mixed = (part: Dependence, why: string): Dependence =>
  part.rank === 3 ? part : { rank: 2, why };

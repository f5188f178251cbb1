/**
 * Decides for every value of the step and its adjoint whether it is computed by a kernel of its own
 * stage (a task) or wherever it is read (inline), and sorts the tasks into stages.
 */
import { Domain, reachable } from "../ir/graph.js";
import type { Node } from "../ir/graph.js";
import type { AdjointProgram } from "../ir/program.js";
import type { StageKind } from "./kernels.js";
import { comparedValues } from "./compared.js";
import { sortIntoStages } from "./stages.js";
import {
  isElementwise,
  isLeaf,
  isProduct,
  isRearranging,
  isReduction,
  operandsOf,
  viewBase,
} from "./traits.js";

export interface TaskStage {
  readonly kind: StageKind;
  readonly tasks: readonly Node[];
}

/** What a task reads that is a task, a leaf, or kept from the forward pass. */
export interface Read {
  readonly node: Node;
  /** Element i of the read value is needed for element i of the task's loop only. */
  readonly aligned: boolean;
}

export interface Direction {
  readonly backward: boolean;
  readonly stages: readonly TaskStage[];
  readonly isTask: (node: Node) => boolean;
  /** Has been computed or given when this direction reads it; everything else is computed where it is read. */
  readonly isReadable: (node: Node) => boolean;
  readonly reads: (task: Node) => readonly Read[];
  /** Tasks of the same direction read from earlier steps (later ones, backwards). */
  readonly earlier: (task: Node) => readonly Node[];
}

export interface Plan {
  readonly adjoint: AdjointProgram;
  readonly tape: readonly Node[];
  /** Of the forward direction; see `comparedValues`. */
  readonly compared: ReadonlySet<Node>;
  readonly forward: Direction;
  readonly backward: Direction;
  /** For each parameter the terms of its gradient; each is a task of the backward direction or a leaf. */
  readonly gradients: readonly {
    readonly name: string;
    readonly terms: readonly Node[];
  }[];
}

const cotangentLeaf = (node: Node): boolean =>
  node.op === "seed" ||
  node.op === "carried" ||
  node.op === "initial" ||
  node.op === "reduce";

export function makePlan(adjoint: AdjointProgram, tape: readonly Node[]): Plan {
  const { cell } = adjoint;
  const gradients = adjoint.params.map(({ name, node }) => ({
    name,
    terms: terms(node),
  }));
  const forwardResults = [
    ...cell.states.map((state) => state.definition),
    ...cell.outputs.map((output) => output.node),
    ...tape,
  ];
  const backwardResults = [
    ...adjoint.carried.map((entry) => entry.node),
    ...adjoint.inputs.map((entry) => entry.node),
    ...adjoint.contexts.map((entry) => entry.node),
    ...gradients.flatMap((gradient) => gradient.terms),
  ];
  const ofCotangents = new Set<Node>();
  for (const node of reachable(backwardResults))
    if (cotangentLeaf(node) || node.args.some((arg) => ofCotangents.has(arg)))
      ofCotangents.add(node);

  // Whatever does not vary by row is computed by the forward pass, also when only the adjoint reads it.
  const everything = reachable([
    ...forwardResults,
    ...backwardResults,
    ...cell.states.flatMap((state) => state.initial ?? []),
    ...cell.buffers.flatMap((buffer) => buffer.value ?? []),
  ]);
  const scalars = inlineScalars(everything);
  const compared = comparedValues(adjoint);
  const lower = everything.filter(
    (node) =>
      node.domain !== Domain.row && !ofCotangents.has(node) && !isLeaf(node),
  );
  const buffers = new Map(
    cell.buffers.map((buffer) => [buffer.name, buffer.value]),
  );
  const definitions = new Map(
    cell.states.map((state) => [state.name, state.definition]),
  );
  const forward = new Tasks({
    backward: false,
    results: [
      ...forwardResults,
      ...lower.filter(
        (node) =>
          compared.has(node) || (!scalars.has(node) && !isRearranging(node)),
      ),
      ...[...buffers.values()].flatMap((value) => value ?? []),
    ],
    kept: () => false,
    inline: (node) => isRearranging(node) || scalars.has(node),
    earlier: (leaf) =>
      leaf.op === "state" ? definitions.get(leaf.attrs.name!) : undefined,
  });

  const kept = new Set(forwardResults);
  const carried = new Map(
    adjoint.carried.map((entry) => [`${entry.name}@${entry.lag}`, entry.node]),
  );
  const backward = new Tasks({
    backward: true,
    results: backwardResults,
    kept: (node) =>
      kept.has(node) || (node.domain !== Domain.row && forward.isTask(node)),
    inline: (node) =>
      isRearranging(node) || (isElementwise(node) && !ofCotangents.has(node)),
    earlier: (leaf) =>
      leaf.op === "carried"
        ? carried.get(`${leaf.attrs.name}@${leaf.attrs.lag}`)
        : undefined,
  });
  return { adjoint, tape, compared, forward, backward, gradients };
}

/** Terms of a sum, from left to right. */
function terms(sum: Node): Node[] {
  const found: Node[] = [];
  const stack = [sum];
  for (let node = stack.pop(); node; node = stack.pop())
    if (node.op === "add") stack.push(...node.args.toReversed());
    else found.push(node);
  return found;
}

/** Numbers that follow from constants and sizes alone. */
function inlineScalars(nodes: readonly Node[]): ReadonlySet<Node> {
  const found = new Set<Node>();
  for (const node of nodes)
    if (
      node.shape.length === 0 &&
      (node.op === "const" ||
        node.op === "size" ||
        (isElementwise(node) && node.args.every((arg) => found.has(arg))))
    )
      found.add(node);
  return found;
}

/** Values computed where they are read nest no deeper: expressions stay short, and recursion bounded. */
const deepest = 50;

/**
 * Where a value is read at another element than the one at hand, everything below it is computed for that
 * reading alone, and again for each way that leads to it: more operations than these are done once instead.
 */
const largest = 60;

/** Values that are read at other elements, directly or by what is computed where it is read. */
function readElsewhere(
  nodes: readonly Node[],
  mayInline: (node: Node) => boolean,
): ReadonlySet<Node> {
  const found = new Set<Node>();
  for (const node of nodes.toReversed()) {
    const moves =
      !isElementwise(node) &&
      !isReduction(node) &&
      node.op !== "stop" &&
      node.op !== "reduce";
    if (moves || node.op === "sum_rows" || (found.has(node) && mayInline(node)))
      for (const arg of operandsOf(node))
        if (arg.shape.length > 0) found.add(arg);
  }
  return found;
}

interface Question {
  readonly backward: boolean;
  readonly results: readonly Node[];
  /** Exists before this direction starts. */
  readonly kept: (node: Node) => boolean;
  /** May be computed where it is read, as far as this direction is concerned. */
  readonly inline: (node: Node) => boolean;
  /** The task whose value of another step a leaf is. */
  readonly earlier: (leaf: Node) => Node | undefined;
}

class Tasks implements Direction {
  readonly backward: boolean;
  readonly stages: readonly TaskStage[];
  readonly #tasks = new Set<Node>();
  readonly #reads = new Map<Node, readonly Read[]>();
  readonly #question: Question;

  constructor(question: Question) {
    this.#question = question;
    this.backward = question.backward;
    const visited = this.#visit(question.results);
    const stored = new Set(question.results);
    for (const node of visited)
      if (isProduct(node))
        for (const operand of operandsOf(node)) {
          const base = viewBase(operand);
          if (base.op !== "onehot") stored.add(base);
        }
    const mayInline = (node: Node): boolean =>
      !stored.has(node) && question.inline(node);
    const elsewhere = readElsewhere(visited, mayInline);
    const depth = new Map<Node, number>();
    const operations = new Map<Node, number>();
    for (const node of visited) {
      if (isLeaf(node)) continue;
      let [below, within] = [0, 1];
      for (const arg of operandsOf(node)) {
        below = Math.max(below, depth.get(arg) ?? 0);
        within += operations.get(arg) ?? 0;
      }
      if (
        !mayInline(node) ||
        below >= deepest ||
        (within > largest && elsewhere.has(node))
      )
        this.#tasks.add(node);
      else {
        depth.set(node, below + 1);
        if (node.shape.length > 0) operations.set(node, within);
      }
    }
    this.stages = this.#sort([...this.#tasks]);
  }

  isTask = (node: Node): boolean => this.#tasks.has(node);

  isReadable = (node: Node): boolean =>
    isLeaf(node) || this.#tasks.has(node) || this.#question.kept(node);

  reads = (task: Node): readonly Read[] => {
    let reads = this.#reads.get(task);
    if (!reads) this.#reads.set(task, (reads = this.#findReads(task)));
    return reads;
  };

  earlier = (task: Node): readonly Node[] =>
    this.reads(task).flatMap(({ node }) => {
      const from = this.#question.earlier(node);
      return from && this.#tasks.has(from) ? [from] : [];
    });

  /** Nodes to compute, operands first. */
  #visit(results: readonly Node[]): Node[] {
    const seen = new Set<Node>();
    const stack = [...results];
    while (stack.length > 0) {
      const node = stack.pop()!;
      if (seen.has(node) || this.#question.kept(node)) continue;
      seen.add(node);
      for (const operand of operandsOf(node)) stack.push(operand);
    }
    return [...seen].sort((a, b) => a.id - b.id);
  }

  #findReads(task: Node): Read[] {
    const found = new Map<Node, boolean>();
    const alignedTask =
      !isProduct(task) &&
      (isElementwise(task) ||
        isReduction(task) ||
        task.op === "stop" ||
        task.op === "reduce");
    const seen = new Set<string>();
    const stack = operandsOf(task).map((node) => ({
      node,
      aligned: alignedTask,
    }));
    while (stack.length > 0) {
      const { node, aligned } = stack.pop()!;
      const key = `${node.id} ${aligned}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (isLeaf(node) || this.#tasks.has(node) || this.#question.kept(node))
        found.set(node, (found.get(node) ?? true) && aligned);
      else
        for (const arg of operandsOf(node))
          stack.push({
            node: arg,
            aligned: aligned && (isElementwise(node) || node.op === "stop"),
          });
    }
    return [...found].map(([node, aligned]) => ({ node, aligned }));
  }

  #sort(tasks: readonly Node[]): TaskStage[] {
    const isRow = (node: Node): boolean => node.domain === Domain.row;
    const sumsRows = (node: Node): boolean =>
      node.op === "reduce" && isRow(node.args[0]!);
    const sumsEntries = (node: Node): boolean =>
      node.op === "reduce" && node.args[0]!.domain === Domain.context;
    const rows: TaskStage[] = sortIntoStages(
      tasks.filter(isRow),
      (task) =>
        this.reads(task).flatMap(({ node }) =>
          this.#tasks.has(node) ? [node] : [],
        ),
      this.earlier,
    ).map(({ loop, nodes }) => ({
      kind: loop ? "loop" : "rows",
      tasks: nodes,
    }));
    const sums = tasks.filter(sumsRows);
    if (sums.length > 0) {
      const last = rows.at(-1);
      if (last?.kind === "rows")
        rows[rows.length - 1] = {
          kind: "rows",
          tasks: [...last.tasks, ...sums],
        };
      else rows.push({ kind: "rows", tasks: sums });
    }
    const context: TaskStage = {
      kind: "context",
      tasks: tasks.filter(
        (node) =>
          (node.domain === Domain.context && !sumsRows(node)) ||
          sumsEntries(node),
      ),
    };
    const fixed: TaskStage = {
      kind: "static",
      tasks: tasks.filter(
        (node) => node.domain === Domain.static && node.op !== "reduce",
      ),
    };
    const ordered = this.backward
      ? [...rows, context, fixed]
      : [fixed, context, ...rows];
    return ordered.filter((stage) => stage.tasks.length > 0);
  }
}

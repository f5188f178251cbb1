/**
 * One closure per node over preallocated arrays: the inner machinery of the interpreter.
 *
 * A graph is turned once per set of sizes into a list of closures in dependency order; running a step
 * is calling them. Nothing is allocated per step.
 */
import type { Node } from "./graph.js";
import { nodeSize } from "./graph.js";
import { operations } from "./ops/index.js";
import type { ElementwiseRecord, Tensor } from "./ops/record.js";
import type { CellProgram } from "./program.js";
import { evaluateSize } from "./size.js";

export type Action = () => void;

export type Sizes = Readonly<Record<string, number>>;

/** Values of the nodes at the place where a run stands. */
export type Values = ReadonlyMap<Node, Tensor>;

/** Fills a leaf other than `const`, `size` and `buffer` from the place where the run stands. */
export type LeafLoader = (node: Node, out: Float64Array) => Action;

/** Room for the value of each node. */
export function allocate(nodes: readonly Node[], sizes: Sizes): Values {
  return new Map(
    nodes.map((node) => [
      node,
      {
        data: new Float64Array(evaluateSize(nodeSize(node), sizes)),
        dims: node.shape.map((size) => evaluateSize(size, sizes)),
      },
    ]),
  );
}

export const valueOf = (values: Values, node: Node): Float64Array =>
  values.get(node)!.data;

/**
 * Nodes that `roots` depend on, operands first, where a computed buffer depends on the node that
 * computes it.
 */
export function evaluationOrder(
  program: CellProgram,
  roots: Iterable<Node>,
): Node[] {
  const computed = new Map(
    program.buffers.map((buffer) => [buffer.name, buffer.value]),
  );
  const order: Node[] = [];
  const state = new Map<Node, "open" | "done">();
  const stack = [...roots];
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    if (state.has(node)) {
      stack.pop();
      if (state.get(node) === "open") {
        state.set(node, "done");
        order.push(node);
      }
      continue;
    }
    state.set(node, "open");
    for (const next of dependencies(node, computed))
      if (!state.has(next)) stack.push(next);
  }
  return order;
}

function dependencies(
  node: Node,
  computed: ReadonlyMap<string, Node | undefined>,
): readonly Node[] {
  if (node.op !== "buffer") return node.args;
  const value = computed.get(node.attrs.name!);
  return value ? [value] : [];
}

/** The closure that computes a node from its operands' arrays. */
export function actionOf(
  program: CellProgram,
  node: Node,
  values: Values,
  sizes: Sizes,
  load: LeafLoader,
): Action {
  const result = values.get(node)!;
  const out = result.data;
  const record = operations[node.op];
  const args = node.args.map((arg) => values.get(arg)!);
  switch (record.kind) {
    case "leaf":
      return leafAction(program, node, values, sizes, load);
    case "elementwise":
      return elementwiseAction(
        record,
        args.map((arg) => arg.data),
        out,
      );
    case "structural": {
      const env = {
        attrs: node.attrs,
        sizeOf: (size: Parameters<typeof evaluateSize>[0]) =>
          evaluateSize(size, sizes),
      };
      return () => record.evaluate(args, out, env);
    }
  }
}

function leafAction(
  program: CellProgram,
  node: Node,
  values: Values,
  sizes: Sizes,
  load: LeafLoader,
): Action {
  const out = valueOf(values, node);
  if (node.op === "const") {
    const { value } = node.attrs;
    return () => void (out[0] = value!);
  }
  if (node.op === "size") {
    const value = evaluateSize(node.attrs.size!, sizes);
    return () => void (out[0] = value);
  }
  if (node.op === "buffer") {
    const value = program.buffers.find(
      (buffer) => buffer.name === node.attrs.name,
    )?.value;
    if (value) {
      const source = valueOf(values, value);
      return () => out.set(source);
    }
  }
  return load(node, out);
}

function elementwiseAction(
  { scalar }: ElementwiseRecord,
  args: readonly Float64Array[],
  out: Float64Array,
): Action {
  const [a, b, c] = args;
  if (c)
    return () => {
      for (let i = 0; i < out.length; i++)
        out[i] = scalar(a![i]!, b![i]!, c[i]!);
    };
  if (b)
    return () => {
      for (let i = 0; i < out.length; i++) out[i] = scalar(a![i]!, b[i]!);
    };
  return () => {
    for (let i = 0; i < out.length; i++) out[i] = scalar(a![i]!);
  };
}

/** Copies `out.length` numbers from `offset` on, without making a view. */
export function copyFrom(
  source: Float64Array,
  offset: number,
  out: Float64Array,
): void {
  for (let i = 0; i < out.length; i++) out[i] = source[offset + i]!;
}

export const run = (actions: readonly Action[]): void => {
  for (const action of actions) action();
};

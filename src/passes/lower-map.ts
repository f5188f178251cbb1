/** Writes map kernels: loop nests with statements, from the tasks of their segments. */
import type { Node } from "../ir/graph.js";
import { addSizes, sizeNumber } from "../ir/size.js";
import type { Size } from "../ir/size.js";
import { KernelValues, loopIndex, ownIndex } from "./expressions.js";
import type {
  Accumulator,
  Combine,
  Expression,
  Index,
  MapKernel,
  Place,
  Segment,
  Statement,
} from "./kernels.js";
import type { PlacedKernel } from "./positions.js";
import type { Storage } from "./storage.js";
import { tidySegment } from "./tidy.js";
import { isReduction } from "./traits.js";

const combines: Readonly<Record<string, Combine>> = {
  sum: "add",
  max_of: "max",
  min_of: "min",
};

export function lowerMap(
  kernel: PlacedKernel,
  storage: Storage,
  name: string,
  backward: boolean,
): MapKernel {
  const values = new KernelValues(storage, backward);
  const segments: Segment[] = [];
  for (const { tasks } of kernel.segments) {
    const [first] = tasks as [Node];
    values.startSegment();
    const made =
      first.op === "concat"
        ? lowerParts(first, values, storage)
        : [
            isProductWithin(first)
              ? lowerProduct(first, values, storage)
              : lowerLoops(tasks, values, storage),
          ];
    if (values.before.length > 0) segments.push(straight(values.before, []));
    for (const segment of made) segments.push(segment);
  }
  const places = kernel.tasks.flatMap((task) => [
    ...storage.storesOf(task, values.backward),
    ...storage.sumsOf(task, values.backward),
  ]);
  return {
    kind: "map",
    name,
    scratch: storage.scratchOf(kernel),
    segments: joinStraight(segments).map(tidySegment),
    nodes: kernel.tasks,
    tapeOnly: places.length > 0 && places.every((place) => place.array.tape),
  };
}

const isProductWithin = (task: Node): boolean =>
  task.op === "matvec" || task.op === "matmul" || task.op === "sum_rows";

const straight = (
  body: readonly Statement[],
  nodes: readonly Node[],
): Segment => ({
  loops: [],
  inner: undefined,
  body,
  accumulators: [],
  after: [],
  nodes,
});

/** Neighbouring segments without loops are one. */
function joinStraight(segments: readonly Segment[]): Segment[] {
  const joined: Segment[] = [];
  for (const segment of segments) {
    const last = joined.at(-1);
    const plain = (each: Segment | undefined): boolean =>
      each !== undefined &&
      each.loops.length === 0 &&
      each.accumulators.length === 0;
    if (plain(segment) && plain(last))
      joined[joined.length - 1] = straight(
        [...last!.body, ...segment.body],
        [...last!.nodes, ...segment.nodes],
      );
    else joined.push(segment);
  }
  return joined;
}

const storing = (
  task: Node,
  places: readonly Place[],
  add: boolean,
  value: Expression,
  index: readonly Index[] = ownIndex(task),
): Statement[] =>
  places.map((place) => ({
    kind: "store",
    place,
    dims: task.shape,
    index,
    value,
    add,
  }));

function lowerLoops(
  tasks: readonly Node[],
  values: KernelValues,
  storage: Storage,
): Segment {
  const [first] = tasks as [Node];
  const loops =
    isReduction(first) || first.op === "reduce"
      ? first.args[0]!.shape
      : first.shape;
  const accumulators: Accumulator[] = [];
  const after: Statement[] = [];
  for (const task of tasks) {
    const stores = storage.storesOf(task, values.backward);
    if (task.op === "reduce") {
      const value = values.read(task.args[0]!, ownIndex(task.args[0]!));
      values.body.push(
        ...storing(
          task,
          [...stores, ...storage.sumsOf(task, values.backward)],
          true,
          value,
        ),
      );
    } else if (isReduction(task)) {
      const [operand] = task.args as [Node];
      const local = values.local(task);
      const value = values.read(operand, ownIndex(operand));
      accumulators.push({ local, combine: combines[task.op]!, value });
      const total: Expression = { kind: "local", local };
      after.push(
        ...storing(task, stores, false, total),
        ...storing(task, storage.sumsOf(task, values.backward), true, total),
      );
      if (task.shape.length === 0) values.bind(task, local);
    } else {
      const local = values.local(task);
      values.body.push({ kind: "let", local, value: values.compute(task) });
      values.bind(task, local);
      const value: Expression = { kind: "local", local };
      values.body.push(
        ...storing(task, stores, false, value),
        ...storing(task, storage.sumsOf(task, values.backward), true, value),
      );
    }
  }
  return {
    loops,
    inner: undefined,
    body: [...values.body],
    accumulators,
    after,
    nodes: tasks,
  };
}

/** A product of values of one row, or the sum over the rows of a matrix. */
function lowerProduct(
  task: Node,
  values: KernelValues,
  storage: Storage,
): Segment {
  const [a, b] = task.args as [Node, Node];
  const [i, j, k] = [loopIndex(0), loopIndex(1), loopIndex(2)];
  const { transA, transB } = task.attrs;
  const pick = (
    node: Node,
    row: Index,
    column: Index,
    transposed: boolean | undefined,
  ) => values.read(node, transposed ? [column, row] : [row, column]);
  let inner: Size;
  let value: Expression;
  if (task.op === "sum_rows") {
    inner = a.shape[0]!;
    value = values.read(a, [k, i]);
  } else {
    inner = transA ? a.shape[0]! : a.shape[1]!;
    const right =
      task.op === "matvec" ? values.read(b, [k]) : pick(b, k, j, transB);
    value = { kind: "op", op: "mul", args: [pick(a, i, k, transA), right] };
  }
  const local = values.local(task);
  const total: Expression = { kind: "local", local };
  return {
    loops: task.shape,
    inner,
    body: [...values.body],
    accumulators: [{ local, combine: "add", value }],
    after: [
      ...storing(task, storage.storesOf(task, values.backward), false, total),
      ...storing(task, storage.sumsOf(task, values.backward), true, total),
    ],
    nodes: [task],
  };
}

/** Vectors put side by side: a loop for each. */
function lowerParts(
  task: Node,
  values: KernelValues,
  storage: Storage,
): Segment[] {
  let from: Size = sizeNumber(0);
  return task.args.map((part) => {
    const index: Index = { ...loopIndex(0), plus: from };
    from = addSizes(from, part.shape[0]!);
    values.startPart();
    const value = values.read(part, [loopIndex(0)]);
    return {
      loops: part.shape,
      inner: undefined,
      body: [
        ...values.body,
        ...storing(
          task,
          storage.storesOf(task, values.backward),
          false,
          value,
          [index],
        ),
        ...storing(task, storage.sumsOf(task, values.backward), true, value, [
          index,
        ]),
      ],
      accumulators: [],
      after: [],
      nodes: [task],
    };
  });
}

/** Writes product kernels: matrix products over rows, merged where operands stand next to each other. */
import type { Node } from "../ir/graph.js";
import { addSizes, multiplySizes, sameSize, sizeNumber } from "../ir/size.js";
import type { Size } from "../ir/size.js";
import type { Place, Product, ProductKernel } from "./kernels.js";
import { productTerms } from "./layout.js";
import type { KernelTasks } from "./phases.js";
import type { Storage } from "./storage.js";
import { isGradientProduct, operandsOf } from "./traits.js";

const one = sizeNumber(1);

export function lowerProducts(
  kernel: KernelTasks,
  storage: Storage,
  name: string,
  backward: boolean,
): ProductKernel {
  const calls = kernel.tasks.flatMap((task) =>
    isGradientProduct(task)
      ? gradientCalls(task, storage, backward)
      : rowCalls(task, storage, backward),
  );
  return { kind: "product", name, calls: merge(calls), nodes: kernel.tasks };
}

const needPlace = (node: Node, storage: Storage, backward: boolean): Place => {
  const place = storage.placeOf(node, backward);
  if (!place)
    throw new TypeError(
      `${node.op} is an operand of a product and has no place`,
    );
  return place;
};

/** `y = Σ A x` over the terms; the first sets y, the others add to it. */
function rowCalls(task: Node, storage: Storage, backward: boolean): Product[] {
  const [y, ...others] = storage.storesOf(task, backward);
  if (!y || others.length > 0)
    throw new TypeError("a product has exactly one place");
  const calls = productTerms(task).map(
    ({ matrix, operand, transposed }): Product => {
      const [rows, columns] = matrix.shape as [Size, Size];
      const w = needPlace(matrix, storage, backward);
      const [n, k] = transposed ? [columns, rows] : [rows, columns];
      const shared = {
        w,
        y,
        n,
        k,
        inner: task.op === "matmul" ? task.shape[0]! : one,
        add: false,
      };
      if (operand.op === "onehot")
        return {
          ...shared,
          form: transposed ? "row" : "column",
          x: needPlace(operand.args[0]!, storage, backward),
        };
      return {
        ...shared,
        form: transposed ? "nn" : "nt",
        x: needPlace(operand, storage, backward),
      };
    },
  );
  // Terms by the place of their matrix, so that neighbours can merge; the terms of a sum commute.
  const sorted = calls.sort((a, b) =>
    compareKeys(placeKey(a.w), placeKey(b.w), a, b, storage),
  );
  return sorted.map((call, i) => ({ ...call, add: i > 0 }));
}

const placeKey = (place: Place): string =>
  `${place.array.id}+${place.offset.key}@${place.shift}`;

/** In the order of the parameters, everything else behind them by name. */
function compareKeys(
  a: string,
  b: string,
  x: Product,
  y: Product,
  storage: Storage,
): number {
  const order = (product: Product): number => {
    const at = storage.params.findIndex((plan) =>
      sameSize(plan.offset, product.w.offset),
    );
    return product.w.array.id === "params" && at >= 0 ? at : Infinity;
  };
  const difference = order(x) - order(y);
  if (!Number.isNaN(difference) && difference !== 0) return difference;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `G += Σ a bᵀ` over all rows, into every gradient that it is a term of. */
function gradientCalls(
  task: Node,
  storage: Storage,
  backward: boolean,
): Product[] {
  const [a, b] = operandsOf(task) as [Node, Node];
  const matrices = task.args[0]!.op === "matmul";
  const [n, k] = task.shape as [Size, Size];
  const inner = matrices ? a.shape[0]! : one;
  const shared = { n, k, inner, add: true };
  const tokenOf = (onehot: Node): Place =>
    needPlace(onehot.args[0]!, storage, backward);
  return [
    ...storage.sumsOf(task, backward),
    ...storage.storesOf(task, backward),
  ].map((y): Product => {
    if (b.op === "onehot")
      return {
        ...shared,
        form: "add_column",
        x: needPlace(a, storage, backward),
        w: tokenOf(b),
        y,
      };
    if (a.op === "onehot")
      return {
        ...shared,
        n: k,
        k: n,
        form: "add_row",
        x: needPlace(b, storage, backward),
        w: tokenOf(a),
        y,
      };
    return {
      ...shared,
      form: "tn",
      x: needPlace(a, storage, backward),
      w: needPlace(b, storage, backward),
      y,
    };
  });
}

function merge(calls: readonly Product[]): Product[] {
  const merged: Product[] = [];
  for (const call of calls) {
    const joined = (earlier: Product): Product | undefined =>
      join(earlier, call) ?? join(call, earlier);
    const at = merged.findIndex((earlier) => joined(earlier) !== undefined);
    if (at < 0) merged.push(call);
    else merged[at] = joined(merged[at]!)!;
  }
  return merged.length < calls.length ? merge(merged) : merged;
}

const same = (a: Place, b: Place): boolean =>
  a.array === b.array && a.shift === b.shift && sameSize(a.offset, b.offset);

/** Whether b begins `distance` elements behind a. */
const follows = (a: Place, b: Place, distance: Size): boolean =>
  a.array === b.array &&
  a.shift === b.shift &&
  sameSize(addSizes(a.offset, distance), b.offset);

/** Two products as one, where their operands are neighbours. */
function join(a: Product, b: Product): Product | undefined {
  if (
    a.form !== b.form ||
    !sameSize(a.inner, b.inner) ||
    !sameSize(a.inner, one)
  )
    return undefined;
  // Of many pairs few come so far that it is asked for.
  const area = (): Size => multiplySizes(a.n, a.k);
  switch (a.form) {
    case "nt":
    case "column":
      return a.add === b.add &&
        same(a.x, b.x) &&
        sameSize(a.k, b.k) &&
        follows(a.w, b.w, area()) &&
        follows(a.y, b.y, a.n)
        ? { ...a, n: addSizes(a.n, b.n) }
        : undefined;
    case "nn":
      return b.add &&
        same(a.y, b.y) &&
        sameSize(a.n, b.n) &&
        follows(a.x, b.x, a.k) &&
        follows(a.w, b.w, area())
        ? { ...a, k: addSizes(a.k, b.k) }
        : undefined;
    case "tn":
    case "add_column":
      return same(a.w, b.w) &&
        sameSize(a.k, b.k) &&
        follows(a.x, b.x, a.n) &&
        follows(a.y, b.y, area())
        ? { ...a, n: addSizes(a.n, b.n) }
        : undefined;
    default:
      return undefined;
  }
}

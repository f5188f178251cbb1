/**
 * The order of the parameters in their flat vector. Matrices whose products share an operand stand next
 * to each other, so that the gates of a cell are one matrix product without copying anything.
 */
import type { Node } from "../ir/graph.js";
import type { CellProgram } from "../ir/program.js";
import { addSizes, shapeSize, sizeNumber } from "../ir/size.js";
import type { Size } from "../ir/size.js";
import type { ParameterPlan } from "./kernels.js";
import type { KernelTasks } from "./phases.js";
import { isRowProduct } from "./traits.js";

/** Matrices and vectors of a row product, term by term. */
export function productTerms(product: Node): {
  readonly matrix: Node;
  readonly operand: Node;
  readonly transposed: boolean;
}[] {
  const { args, attrs } = product;
  if (product.op === "matmul")
    return [
      {
        matrix: args[1]!,
        operand: args[0]!,
        transposed: attrs.transB !== true,
      },
    ];
  if (product.op === "matvec")
    return [
      {
        matrix: args[0]!,
        operand: args[1]!,
        transposed: attrs.transA === true,
      },
    ];
  return [...attrs.transposed!].map((flag, i) => ({
    matrix: args[2 * i]!,
    operand: args[2 * i + 1]!,
    transposed: flag === "1",
  }));
}

/** Row products of a kernel by what they multiply, in the order of their parameters' declarations. */
export function stackable(
  kernel: KernelTasks,
  declared: (matrix: Node) => number,
): Node[][] {
  const groups = new Map<string, Node[]>();
  for (const task of kernel.tasks) {
    if (!isRowProduct(task) || task.op === "matmul") continue;
    const key = productTerms(task)
      .map(({ operand, transposed }) => `${operand.id}${transposed}`)
      .join();
    const group = groups.get(key);
    if (group) group.push(task);
    else groups.set(key, [task]);
  }
  const first = (task: Node): number => declared(productTerms(task)[0]!.matrix);
  return [...groups.values()].map((group) =>
    group.sort((a, b) => first(a) - first(b)),
  );
}

export function layOutParameters(
  cell: CellProgram,
  forwardKernels: readonly KernelTasks[],
): ParameterPlan[] {
  const position = new Map(cell.params.map((param, i) => [param.name, i]));
  const declared = (matrix: Node): number =>
    position.get(matrix.attrs.name!) ?? Infinity;
  const order = new Set<string>();
  for (const kernel of forwardKernels)
    for (const group of stackable(kernel, declared)) {
      const terms = group.map(productTerms);
      terms[0]!.forEach((first, term) => {
        if (first.transposed) return;
        const matrices = terms.map((each) => each[term]!.matrix);
        if (
          matrices.every(
            (matrix) => matrix.op === "param" && !order.has(matrix.attrs.name!),
          )
        )
          for (const matrix of matrices) order.add(matrix.attrs.name!);
      });
    }
  for (const param of cell.params) order.add(param.name);

  let offset: Size = sizeNumber(0);
  return [...order].map((name) => {
    const { shape } = cell.params[position.get(name)!]!;
    const plan = { name, offset, shape };
    offset = addSizes(offset, shapeSize(shape));
    return plan;
  });
}

/** What a schedule costs, symbolically: multiplications per step, and numbers kept for the backward pass. */
import type {
  ArrayPlan,
  Expression,
  Kernel,
  Schedule,
  Segment,
  Stage,
  Statement,
} from "../passes/kernels.js";
import { addSizes, multiplySizes, showSize, sizeNumber } from "../ir/size.js";
import type { Size } from "../ir/size.js";

const zero = sizeNumber(0);
const sum = (sizes: readonly Size[]): Size => sizes.reduce(addSizes, zero);
const product = (sizes: readonly Size[]): Size =>
  sizes.reduce(multiplySizes, sizeNumber(1));

export interface Multiplications {
  /** Per step and batch entry, for all steps at once. */
  readonly once: Size;
  /** Per step and batch entry, inside the time loop. */
  readonly loop: Size;
}

/** Multiplications and divisions of one direction per step and batch entry. */
export const multiplications = (stages: readonly Stage[]): Multiplications => ({
  once: sum(
    stages
      .filter(({ kind }) => kind === "rows")
      .flatMap(({ kernels }) => kernels.map(ofKernel)),
  ),
  loop: sum(
    stages
      .filter(({ kind }) => kind === "loop")
      .flatMap(({ kernels }) => kernels.map(ofKernel)),
  ),
});

function ofKernel(kernel: Kernel): Size {
  if (kernel.kind === "map") return sum(kernel.segments.map(ofSegment));
  return sum(
    kernel.calls.map(({ form, n, k, inner }) =>
      // Tokens select columns and rows; nothing is multiplied.
      form === "nt" || form === "nn" || form === "tn"
        ? product([n, k, inner])
        : zero,
    ),
  );
}

function ofSegment({ loops, inner, body, accumulators, after }: Segment): Size {
  const inside = [
    ...body.map(valueOf),
    ...accumulators.map(({ value }) => value),
  ].reduce((count, value) => count + inExpression(value), 0);
  const behind = after
    .map(valueOf)
    .reduce((count, value) => count + inExpression(value), 0);
  const outer = accumulators.length > 0 ? loops.slice(0, -1) : loops;
  return addSizes(
    product([...loops, inner ?? sizeNumber(1), sizeNumber(inside)]),
    product([...outer, sizeNumber(behind)]),
  );
}

const valueOf = (statement: Statement): Expression => statement.value;

function inExpression(expression: Expression): number {
  if (expression.kind !== "op") return 0;
  const own = expression.op === "mul" || expression.op === "div" ? 1 : 0;
  return expression.args.reduce((count, arg) => count + inExpression(arg), own);
}

/** Arrays of the forward pass that only the backward pass reads. */
export const tapeArrays = ({ arrays }: Schedule): ArrayPlan[] =>
  arrays.filter(({ tape }) => tape);

export const tapeWidth = (schedule: Schedule): Size =>
  sum(tapeArrays(schedule).map(({ width }) => width));

/** `4*N^2+M` as `4*N^2 + M`. */
export const spaced = (size: Size): string =>
  showSize(size).replaceAll(/(?<=.)([+-])/g, " $1 ");

/** Which map kernels can compute each element for itself. */
import type {
  Expression,
  MapKernel,
  Segment,
  Statement,
} from "../../passes/kernels.js";

/** A segment whose last loop is summed up, so that its elements need each other. */
export const sumsAxis = ({ inner, accumulators }: Segment): boolean =>
  inner === undefined && accumulators.length > 0;

/** Whether each element of the kernel can be computed for itself. */
export function isElementwise(kernel: MapKernel): boolean {
  const { segments, scratch } = kernel;
  if (scratch.length > 0 || segments.some(sumsAxis)) return false;
  const written = new Set<string>();
  for (const segment of segments) {
    const loads = expressionsOf(segment).flatMap(loadsIn);
    if (loads.some((key) => written.has(key))) return false;
    for (const statement of [...segment.body, ...segment.after])
      if (statement.kind === "store") written.add(keyOf(statement));
  }
  return true;
}

const keyOf = ({
  place,
}:
  | Extract<Statement, { kind: "store" }>
  | Extract<Expression, { kind: "load" }>): string =>
  `${place.array.id}@${place.shift}`;

const expressionsOf = ({ body, accumulators, after }: Segment): Expression[] =>
  [...body, ...accumulators, ...after].map(({ value }) => value);

function loadsIn(value: Expression): string[] {
  if (value.kind === "op") return value.args.flatMap(loadsIn);
  if (value.kind !== "load") return [];
  return [
    keyOf(value),
    ...value.index.flatMap(({ token }) => (token ? loadsIn(token) : [])),
  ];
}

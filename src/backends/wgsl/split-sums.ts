/**
 * Takes sums over rows out of map kernels. A row adds its part to a total; rows run at the same time here, so
 * that totals are sums of their own, in a fixed order, over parts that are computed on the spot or that the
 * kernel has stored.
 */
import { sizeNumber } from "../../ir/size.js";
import { shapeSize } from "../../ir/size.js";
import type {
  ArrayPlan,
  Expression,
  Local,
  MapKernel,
  Place,
  Segment,
  StageKind,
  Statement,
} from "../../passes/kernels.js";
import { isSum } from "../sums.js";
import type { Store } from "../sums.js";

/** total[b, e] or total[e] += Σ part[r, e] */
export interface Sum {
  readonly target: Store;
  /** What comes before the part, for each element. */
  readonly lets: readonly Statement[];
  readonly loops: Segment["loops"];
  /** Whether there is one total for each batch entry. */
  readonly entries: boolean;
}

export interface SplitKernel {
  /** What is left; undefined where the kernel was nothing but sums. */
  readonly kernel: MapKernel | undefined;
  readonly sums: readonly Sum[];
}

export function splitSums(kernel: MapKernel, kind: StageKind): SplitKernel {
  const sums: Sum[] = [];
  const parts: ArrayPlan[] = [];
  const segments = kernel.segments.flatMap((segment): Segment[] => {
    const shared = [...segment.body, ...segment.after].filter(
      (statement): statement is Store =>
        statement.kind === "store" && isSum(statement, kind),
    );
    if (shared.length === 0) return [segment];
    if (kind === "loop")
      throw new TypeError(`${kernel.name} sums rows up inside the time loop`);
    const entries = (target: Store): boolean =>
      target.place.array.extent === "batch";
    if (standsAlone(segment, kind)) {
      const lets = segment.body.filter(({ kind }) => kind === "let");
      for (const target of shared)
        sums.push({
          target,
          lets,
          loops: segment.loops,
          entries: entries(target),
        });
      // Later segments may read what has no loop.
      return segment.loops.length === 0 ? [{ ...segment, body: lets }] : [];
    }
    const instead = (list: readonly Statement[]): Statement[] =>
      list.flatMap((statement): Statement[] => {
        if (statement.kind === "let" || !isSum(statement, kind))
          return [statement];
        const known = storedAlready(statement, list);
        const place = known ?? partOf(kernel, parts, statement, kind);
        sums.push({
          target: {
            ...statement,
            value: {
              kind: "load",
              place,
              dims: statement.dims,
              index: statement.index,
            },
          },
          lets: [],
          loops: statement.dims,
          entries: entries(statement),
        });
        return known ? [] : [{ ...statement, place, add: false }];
      });
    return [
      {
        ...segment,
        body: instead(segment.body),
        after: instead(segment.after),
      },
    ];
  });
  const left = segments.some(
    ({ body, after, accumulators }) =>
      accumulators.length > 0 ||
      [...body, ...after].some(({ kind }) => kind === "store"),
  );
  return { kernel: left ? { ...kernel, segments } : undefined, sums };
}

/** Whether a segment does nothing but add, from values that any other kernel could read as well. */
function standsAlone(segment: Segment, kind: StageKind): boolean {
  const { accumulators, body, after } = segment;
  if (accumulators.length > 0 || after.length > 0) return false;
  const own = new Set<Local>();
  for (const statement of body) {
    if (!isReadable(statement.value, own)) return false;
    if (statement.kind === "let") own.add(statement.local);
    else if (!isSum(statement, kind)) return false;
  }
  return true;
}

function isReadable(value: Expression, own: ReadonlySet<Local>): boolean {
  switch (value.kind) {
    case "local":
      return own.has(value.local);
    case "op":
      return value.args.every((arg) => isReadable(arg, own));
    case "load":
      return (
        value.place.array.extent !== "row" &&
        value.place.array.extent !== "step" &&
        value.index.every(({ token }) => !token || isReadable(token, own))
      );
    default:
      return true;
  }
}

/** The place of the same value in the same list, for every row. */
function storedAlready(
  { value, index, dims }: Store,
  list: readonly Statement[],
): Place | undefined {
  if (value.kind !== "local") return undefined;
  const found = list.find(
    (other): other is Store =>
      other.kind === "store" &&
      !other.add &&
      other.place.array.extent === "sequence" &&
      other.place.array.adjoint &&
      other.value.kind === "local" &&
      other.value.local === value.local &&
      other.dims.length === dims.length &&
      other.dims.every((size, axis) => size.key === dims[axis]!.key) &&
      JSON.stringify(other.index) === JSON.stringify(index),
  );
  return found?.place;
}

/** A place for the parts of one total. */
function partOf(
  kernel: MapKernel,
  parts: ArrayPlan[],
  { dims }: Store,
  kind: StageKind,
): Place {
  const array: ArrayPlan = {
    id: `part ${parts.length + 1} of ${kernel.name}`,
    extent: kind === "context" ? "batch" : "sequence",
    lead: 0,
    tail: 0,
    width: shapeSize(dims),
    element: "float",
    adjoint: true,
    tape: false,
    holds: "parts of sums",
    parts: [],
  };
  parts.push(array);
  return { array, offset: sizeNumber(0), shift: 0 };
}

/**
 * What kernels of a time step read and write, for finding out which of them can share a dispatch: workgroups
 * of a dispatch do not wait for each other, so that each may rely on what it has written itself and no more.
 */
import {
  addSizes,
  divideSizes,
  multiplySizes,
  sameSize,
  sizeNumber,
  sizeValue,
  subtractSizes,
} from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type {
  ArrayPlan,
  Expression,
  Kernel,
  MapKernel,
  Place,
  Product,
  Segment,
  Statement,
} from "../../passes/kernels.js";

export type Load = Extract<Expression, { kind: "load" }>;
type At = Load | Extract<Statement, { kind: "store" }>;

/** Numbers next to each other in the row of an array. */
export interface Access {
  readonly array: ArrayPlan;
  /** Steps from the one at hand; 0 where an array has no steps. */
  readonly step: number;
  readonly from: Size;
  readonly width: Size;
  readonly writes: boolean;
  /**
   * Who touches which: `elements` each element its own number, `columns` of the product each workgroup
   * its own, `all` anyone any.
   */
  readonly by: "elements" | Product | "all";
}

const one = sizeNumber(1);
const area = (sizes: readonly Size[]): Size => sizes.reduce(multiplySizes, one);

/** @param ahead steps from the one at hand to that of the kernel */
export const accessesOf = (kernel: Kernel, ahead: number): Access[] =>
  kernel.kind === "product"
    ? kernel.calls.flatMap((call) => productAccesses(call, ahead))
    : mapAccesses(kernel, ahead);

/** Everything that an expression loads, as often as it does. */
export function loadsOf(value: Expression): Load[] {
  if (value.kind === "op") return value.args.flatMap(loadsOf);
  if (value.kind !== "load") return [];
  return [
    value,
    ...value.index.flatMap(({ token }) => (token ? loadsOf(token) : [])),
  ];
}

/**
 * What statements load more than once, by `key`, and do not store to.
 * @param key the same for the same number
 */
export function repeatedLoads(
  statements: readonly Statement[],
  key: (load: Load) => string,
): Set<string> {
  const row = ({ array, shift }: Place): string => `${array.id} ${shift}`;
  const stored = new Set(
    statements.flatMap((statement) =>
      statement.kind === "store" ? [row(statement.place)] : [],
    ),
  );
  const keys = statements
    .flatMap(({ value }) => loadsOf(value))
    .filter(({ place }) => !stored.has(row(place)))
    .map(key);
  const seen = new Set<string>();
  return new Set(keys.filter((each) => seen.size === seen.add(each).size));
}

const stepOf = ({ array, shift }: Place, ahead: number): number =>
  array.extent === "sequence" ? shift + ahead : 0;

function productAccesses(call: Product, ahead: number): Access[] {
  const { form, x, w, y, n, k, inner } = call;
  const whole = (place: Place, width: Size): Omit<Access, "by" | "writes"> => ({
    array: place.array,
    step: stepOf(place, ahead),
    from: place.offset,
    width,
  });
  const rows = (columns: Size): Size => multiplySizes(inner, columns);
  const matrix = multiplySizes(n, k);
  const isSum = form === "tn" || form.startsWith("add_");
  const token = form.endsWith("column") || form.endsWith("row");
  const [ofX, ofW, ofY] = isSum
    ? [rows(n), rows(token ? one : k), matrix]
    : [rows(token ? one : k), matrix, rows(n)];
  return [
    { ...whole(x, ofX), by: "all", writes: false },
    { ...whole(w, ofW), by: "all", writes: false },
    {
      ...whole(y, ofY),
      by: sizeValue(inner) === 1 && !isSum ? call : "all",
      writes: true,
    },
  ];
}

function mapAccesses({ segments }: MapKernel, ahead: number): Access[] {
  const found: Access[] = [];
  const add = (at: At, { loops }: Segment, writes: boolean): void => {
    const own =
      loops.length > 0 &&
      at.dims.length === loops.length &&
      at.dims.every((size, axis) => sameSize(size, loops[axis]!)) &&
      at.index.every(
        ({ loop, token, plus }, axis) =>
          loop === axis && token === undefined && sizeValue(plus) === 0,
      );
    found.push({
      array: at.place.array,
      step: stepOf(at.place, ahead),
      from: at.place.offset,
      width: area(at.dims),
      writes,
      by: own ? "elements" : "all",
    });
  };
  for (const segment of segments) {
    const { body, accumulators, after } = segment;
    for (const { value } of [...body, ...accumulators, ...after])
      for (const load of loadsOf(value)) add(load, segment, false);
    for (const statement of [...body, ...after])
      if (statement.kind === "store") {
        add(statement, segment, true);
        if (statement.add) add(statement, segment, false);
      }
  }
  return found;
}

/** Whether a size is surely not negative: sizes are at least 1. */
const isNatural = (size: Size): boolean =>
  size.terms.every(({ numerator }) => numerator > 0);

const endsBefore = (a: Access, b: Access): boolean =>
  isNatural(subtractSizes(b.from, addSizes(a.from, a.width)));

/** Whether two accesses may touch the same number, one of them writing. */
export const conflict = (a: Access, b: Access): boolean =>
  (a.writes || b.writes) &&
  a.array === b.array &&
  a.step === b.step &&
  !endsBefore(a, b) &&
  !endsBefore(b, a);

/** Elements for each part of a product's columns that make both accesses those of one workgroup; undefined: nothing does. */
export function extentFor(
  call: Product,
  { by, from, width }: Access,
): Size | undefined {
  if (by === "elements") {
    const parts = partsOf(call.n, width);
    const part = divideSizes(subtractSizes(from, call.y.offset), width);
    const index = part && sizeValue(part);
    return parts !== undefined &&
      index !== undefined &&
      Number.isInteger(index) &&
      index >= 0 &&
      index < parts
      ? width
      : undefined;
  }
  // One product adds to what the other has stored.
  return by !== "all" &&
    sameSize(by.n, call.n) &&
    sameSize(by.y.offset, call.y.offset)
    ? call.n
    : undefined;
}

/** How often a size goes into another one. */
export function partsOf(n: Size, extent: Size): number | undefined {
  const quotient = divideSizes(n, extent);
  const parts = quotient && sizeValue(quotient);
  return parts !== undefined && Number.isInteger(parts) && parts > 0
    ? parts
    : undefined;
}

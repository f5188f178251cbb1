/**
 * Sums over rows: of all steps and entries, or of the steps of an entry. A row behind the end of its sequence is
 * not there: whoever sums leaves it out, because zero times what stands in it may be no number.
 */
import type {
  MapKernel,
  Product,
  StageKind,
  Statement,
} from "../passes/kernels.js";

export type Store = Extract<Statement, { kind: "store" }>;

/** Whether rows of a stage share what is stored. */
export function isSum({ add, place }: Store, kind: StageKind): boolean {
  if (!add) return false;
  const { extent } = place.array;
  return kind === "context"
    ? extent === "static"
    : kind !== "static" && (extent === "static" || extent === "batch");
}

/** What a kernel adds up over the rows of its stage. */
export const sumsIn = ({ segments }: MapKernel, kind: StageKind): Store[] =>
  segments.flatMap(({ body, after }) =>
    [...body, ...after].filter(
      (statement): statement is Store =>
        statement.kind === "store" && isSum(statement, kind),
    ),
  );

/** Forms of products whose result is a sum over rows. */
export const summingForms: ReadonlySet<Product["form"]> = new Set([
  "tn",
  "add_column",
  "add_row",
]);

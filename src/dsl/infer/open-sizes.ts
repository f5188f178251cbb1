/** Sizes that nothing determines. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import { sizeNames } from "../../ir/size.js";
import type { Shape } from "../../ir/size.js";
import type { ElaboratedCell } from "../elaborate/cell.js";
import type { Root } from "../elaborate/term.js";
import type { Needed } from "./needed.js";
import type { Shapes } from "./shapes.js";

/** Each unknown is reported once, where a reader would name it: at a definition, else at the expression. */
export function reportOpenSizes(
  cell: ElaboratedCell,
  order: readonly Root[],
  needed: Needed,
  shapes: Shapes,
  bag: DiagnosticBag,
): void {
  const reported = new Set<string>();
  /** Whether the shape has unknowns that were not reported yet. */
  const isNews = (shape: Shape | undefined): boolean => {
    const unknown = (shape ?? [])
      .flatMap(sizeNames)
      .filter((name) => name.startsWith("?"));
    const news = unknown.some((name) => !reported.has(name));
    for (const name of unknown) reported.add(name);
    return news;
  };
  const roots = order.filter(({ value }) => needed.values.has(value));
  for (const { value } of roots) {
    const shape = shapes.ofValue(value);
    if (isNews(shape))
      bag.report("sizeNotInferred", {
        span: value.span,
        name: value.name,
        rank: shape?.length,
      });
  }
  for (const { first, end } of roots)
    for (const term of cell.terms.slice(first, end)) {
      const shape = needed.terms.has(term) ? shapes.ofTerm(term) : undefined;
      if (!isNews(shape)) continue;
      const { file, start, end: stop } = term.place.span;
      const text = bag.sources.get(file)?.slice(start, stop) ?? "…";
      bag.report("sizeNotInferred", {
        span: term.place.span,
        name: text.length > 40 ? `${text.slice(0, 40)}…` : text,
        rank: shape?.length,
        inner: true,
      });
    }
}

/** Definitions by dependency within a step; circles are reported. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { ElaboratedCell } from "../elaborate/cell.js";
import type { Root } from "../elaborate/term.js";
import type { Value } from "../elaborate/value.js";

/** Roots of buffers and definitions such that each stands behind those that it uses at this step. */
export function sortRoots(cell: ElaboratedCell, bag: DiagnosticBag): Root[] {
  const roots = new Map([...cell.buffers, ...cell.definitions]);
  const uses = (value: Value): Value[] => {
    // The expression that `fix` replaced is not computed; it may even use what depends on the constant.
    if (cell.fixes.has(value)) return [];
    const { first, end } = roots.get(value)!;
    const found = new Set<Value>();
    for (const term of cell.terms.slice(first, end))
      if (term.kind === "value" && roots.has(term.value)) found.add(term.value);
    return [...found];
  };
  const sorted: Root[] = [];
  const state = new Map<Value, "open" | "done">();
  for (const start of roots.keys()) {
    if (state.has(start)) continue;
    const path: { value: Value; rest: Value[] }[] = [];
    const open = (value: Value): void => {
      state.set(value, "open");
      path.push({ value, rest: uses(value) });
    };
    open(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.rest.shift();
      if (next === undefined) {
        state.set(top.value, "done");
        sorted.push(roots.get(top.value)!);
        path.pop();
      } else if (!state.has(next)) open(next);
      else if (state.get(next) === "open") {
        const from = path.findIndex(({ value }) => value === next);
        const circle = path.slice(from).map(({ value }) => value.name);
        bag.report("circularDefinition", {
          span: next.span,
          circle: [...circle, next.name],
          timeless: next.kind === "buffer",
        });
      }
    }
  }
  return sorted;
}

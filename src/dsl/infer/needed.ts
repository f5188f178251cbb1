/** What the outputs depend on, through all steps. Everything else is neither lowered nor given. */
import type { ElaboratedCell } from "../elaborate/cell.js";
import { taken } from "../elaborate/builtins/record.js";
import type { Term } from "../elaborate/term.js";
import type { Value } from "../elaborate/value.js";

export interface Needed {
  readonly terms: ReadonlySet<Term>;
  readonly values: ReadonlySet<Value>;
  /** Values used at `[t-k]`, with the largest k. */
  readonly states: ReadonlyMap<Value, number>;
}

export function findNeeded(cell: ElaboratedCell): Needed {
  const terms = new Set<Term>();
  const values = new Set<Value>();
  const states = new Map<Value, number>();
  const waiting: Term[] = [];

  const need = (value: Value): void => {
    if (values.has(value)) return;
    values.add(value);
    const root =
      cell.fixes.get(value) ??
      cell.definitions.get(value) ??
      cell.buffers.get(value);
    if (root) waiting.push(root.result);
  };
  for (const { value } of cell.outputs) need(value);
  for (let term = waiting.pop(); term; term = waiting.pop()) {
    if (terms.has(term)) continue;
    terms.add(term);
    if (term.kind === "apply")
      waiting.push(
        ...term.args.filter((_, i) => taken(term.builtin, i) !== "size"),
      );
    if (term.kind === "value") need(term.value);
    if (term.kind === "past") {
      const { value, lag } = term;
      need(value);
      if (!states.has(value)) {
        const initial = cell.initials.get(value);
        if (initial) waiting.push(initial.result);
      }
      states.set(value, Math.max(lag, states.get(value) ?? 0));
    }
  }
  return { terms, values, states };
}

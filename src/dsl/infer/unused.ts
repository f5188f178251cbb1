/** Warnings about what a cell declares or defines itself and nothing uses. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { ElaboratedCell } from "../elaborate/cell.js";
import type { Needed } from "./needed.js";

export function reportUnused(
  cell: ElaboratedCell,
  needed: Needed,
  bag: DiagnosticBag,
): void {
  const { resolved, environment, fixes } = cell;
  // What could not be read might have used anything.
  const roots = [...cell.definitions.values(), ...cell.initials.values()];
  if (
    resolved.declaration.broken ||
    roots.some(({ result }) => result.kind === "hole")
  )
    return;
  for (const { item, own } of resolved.declarations) {
    const { name, span } = item.name;
    const value = environment.values.get(name);
    if (!own || !value || fixes.has(value)) continue;
    const used =
      item.kind === "state"
        ? needed.states.has(value)
        : needed.values.has(value);
    if (!used) bag.report("unusedDeclaration", { span, kind: item.kind, name });
  }
  for (const value of cell.definitions.keys())
    if (value.own && !needed.values.has(value) && !fixes.has(value))
      bag.report("unusedDeclaration", {
        span: value.span,
        kind: value.gate ? "gate" : "definition",
        name: value.name,
      });
}

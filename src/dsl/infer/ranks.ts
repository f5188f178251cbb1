/**
 * Ranks: the smallest that fit.
 *
 * A value at `[t-k]` may be defined later and through itself. Ranks are 0 to 2 and no operation yields a
 * smaller rank for a larger operand, so that there is a smallest solution, found by starting from
 * scalars and raising what has to be raised.
 */
import type { ElaboratedCell } from "../elaborate/cell.js";
import type { Term } from "../elaborate/term.js";
import type { Value } from "../elaborate/value.js";

export interface Ranks {
  ofTerm(term: Term): number;
  ofValue(value: Value): number;
}

export function inferRanks(cell: ElaboratedCell): Ranks {
  const { terms, definitions, sources } = cell;
  const ranks = new Uint8Array(terms.length);
  const ofTerm = (term: Term): number =>
    term.kind === "hole" ? 0 : ranks[term.id]!;

  /** The term that the rank of a value follows from. */
  const origin = (value: Value): Term | undefined =>
    value.declared
      ? undefined
      : (sources.get(value) ?? definitions.get(value)?.result);
  const ofValue = (value: Value): number => {
    if (value.declared) return value.declared.shape?.length ?? 0;
    const term = origin(value);
    const rank = term ? ofTerm(term) : 0;
    switch (value.sugar?.kind) {
      case "weight":
        return rank === 0 ? 1 : 2;
      case "bias":
        return 1;
      default:
        return rank;
    }
  };
  const evaluate = (term: Term): number => {
    switch (term.kind) {
      case "value":
      case "past":
        return ofValue(term.value);
      case "apply":
        return Math.min(2, term.builtin.rank(term.args.map(ofTerm)));
      default:
        return 0;
    }
  };

  const dependents: Term[][] = terms.map(() => []);
  const depend = (term: Term, on: Term | undefined): void => {
    if (on && on.kind !== "hole") dependents[on.id]!.push(term);
  };
  for (const term of terms)
    if (term.kind === "apply") term.args.forEach((arg) => depend(term, arg));
    else if (term.kind === "value" || term.kind === "past")
      depend(term, origin(term.value));

  const waiting = terms.toReversed();
  for (let term = waiting.pop(); term; term = waiting.pop()) {
    const rank = evaluate(term);
    if (rank <= ranks[term.id]!) continue;
    ranks[term.id] = rank;
    for (const each of dependents[term.id]!) waiting.push(each);
  }
  return { ofTerm, ofValue };
}

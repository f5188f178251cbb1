/**
 * Cotangents that know where they count.
 *
 * `where(c, a, b)` owes its cotangent to `a` where c holds and to `b` elsewhere. Were the rest put to zero
 * at once, it would meet the partial derivatives of the branch that was not taken, and zero times infinity
 * is no number. So the cotangent stays as it is and takes the condition along, as its guard: partial
 * derivatives are computed everywhere, and what counts is selected at the end.
 */
import type { Builder } from "../ir/builder.js";
import type { Node } from "../ir/graph.js";

export interface Literal {
  /** Of the shape of the cotangent that it guards. */
  readonly condition: Node;
  /** Whether the condition has to hold, or must not. */
  readonly holds: boolean;
}

/** All of them together; none means everywhere. */
export type Guard = readonly Literal[];

export interface Cotangent {
  /** Any number, or none, where the guard says no. */
  readonly value: Node;
  readonly guard: Guard;
  /** The value is zero where the guard says no. */
  readonly selected: boolean;
  /**
   * The value is also zero where nothing behind it was taken, although no condition of the guard says so:
   * it is a sum of cotangents with guards of their own.
   */
  readonly vanishing: boolean;
}

export const everywhere = (value: Node): Cotangent => ({
  value,
  guard: [],
  selected: false,
  vanishing: false,
});

/** The guard with one condition more; `undefined` where the two exclude each other. */
export function narrowed(guard: Guard, literal: Literal): Guard | undefined {
  const known = guard.find(({ condition }) => condition === literal.condition);
  if (!known) return [...guard, literal];
  return known.holds === literal.holds ? guard : undefined;
}

/** `value` where the guard says yes, zero elsewhere. */
export const select = (b: Builder, guard: Guard, value: Node): Node =>
  guard.reduceRight((inner, { condition, holds }) => {
    const zero = b.filled(0, value.shape);
    return holds
      ? b.select(condition, inner, zero)
      : b.select(condition, zero, inner);
  }, value);

/** The cotangent as the number that it means. */
export const valueOf = (
  b: Builder,
  { value, guard, selected }: Cotangent,
): Node => (selected ? value : select(b, guard, value));

/** The sum of what all users of a value send back. */
export function combine(b: Builder, sent: readonly Cotangent[]): Cotangent {
  const groups = new Groups(b);
  for (const cotangent of sent) groups.add(cotangent);
  groups.mergeBranches();
  const [first, ...others] = groups.all() as [Cotangent, ...Cotangent[]];
  if (others.length === 0) return first;
  return {
    value: [first, ...others].map((each) => valueOf(b, each)).reduce(b.add),
    guard: [],
    selected: false,
    vanishing: groups
      .all()
      .every(({ guard, vanishing }) => guard.length > 0 || vanishing),
  };
}

/** Sums of cotangents with the same guard each. */
class Groups {
  readonly #byGuard = new Map<string, Cotangent>();

  constructor(readonly b: Builder) {}

  all(): Cotangent[] {
    return [...this.#byGuard.values()];
  }

  add(cotangent: Cotangent): void {
    const key = keyOf(cotangent.guard);
    const group = this.#byGuard.get(key);
    this.#byGuard.set(
      key,
      group
        ? {
            value: this.b.add(group.value, cotangent.value),
            guard: group.guard,
            selected: group.selected && cotangent.selected,
            vanishing: group.vanishing && cotangent.vanishing,
          }
        : cotangent,
    );
  }

  /** Two that differ in one condition alone, which the one needs and the other excludes, are one choice. */
  mergeBranches(): void {
    const waiting = this.all();
    for (let group = waiting.pop(); group; group = waiting.pop()) {
      const merged = this.#mergeWithOther(group);
      if (merged) waiting.push(merged);
    }
  }

  #mergeWithOther({ guard }: Cotangent): Cotangent | undefined {
    const own = this.#byGuard.get(keyOf(guard));
    if (!own) return undefined;
    for (const literal of guard) {
      const rest = guard.filter((each) => each !== literal);
      const opposite = [...rest, { ...literal, holds: !literal.holds }];
      const other = this.#byGuard.get(keyOf(opposite));
      if (!other) continue;
      this.#byGuard.delete(keyOf(guard));
      this.#byGuard.delete(keyOf(opposite));
      const [yes, no] = literal.holds ? [own, other] : [other, own];
      this.add({
        value: this.b.select(literal.condition, yes.value, no.value),
        guard: rest,
        selected: own.selected && other.selected,
        vanishing: own.vanishing && other.vanishing,
      });
      return this.#byGuard.get(keyOf(rest));
    }
    return undefined;
  }
}

const keyOf = (guard: Guard): string =>
  guard
    .map(({ condition, holds }) => `${condition.id}${holds ? "+" : "-"}`)
    .sort()
    .join();

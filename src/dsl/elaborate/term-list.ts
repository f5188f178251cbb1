/** Makes the terms of one cell, in order and within a budget, and checks the kind of every operand. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { Span } from "../../diagnostics/span.js";
import { operations } from "../../ir/ops/index.js";
import { addSizes, showSize, sizeName, sizeNumber } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import { lagLimit, stepBudget, stepLimit } from "../limits.js";
import { taken } from "./builtins/record.js";
import type { Builtin, Takes } from "./builtins/record.js";
import { combineSizes, isSizeOperator, wholeSize } from "./sizes.js";
import type { HoleTerm, Place, Sort, Term } from "./term.js";
import type { Value } from "./value.js";

/** How many steps may still be taken in one run of the compiler; all its cells share it. */
export interface Budget {
  remaining: number;
}

type Facts = Partial<Pick<Term, "constant" | "extent">>;

export class TermList {
  readonly terms: Term[] = [];
  #exhausted = false;
  #steps = 0;

  constructor(
    readonly bag: DiagnosticBag,
    private readonly budget: Budget,
  ) {}

  /** Counts one expression; false when there have been too many, which is reported once. */
  step(place: Place): boolean {
    this.#steps++;
    if (this.#steps <= stepLimit && this.budget.remaining-- > 0) return true;
    if (!this.#exhausted)
      this.bag.report("cellTooLarge", {
        span: place.span,
        ...(this.#steps > stepLimit
          ? { limit: stepLimit, together: false }
          : { limit: stepBudget, together: true }),
      });
    this.#exhausted = true;
    return false;
  }

  hole(place: Place): HoleTerm {
    return {
      kind: "hole",
      id: -1,
      place,
      sort: "unknown",
      constant: undefined,
      extent: undefined,
    };
  }

  number(place: Place, value: number): Term {
    return this.#add(
      place,
      "number",
      (common) => ({ ...common, kind: "number", value }),
      { constant: value, extent: wholeSize(value) },
    );
  }

  size(place: Place, name: string): Term {
    const size = sizeName(name);
    return this.#add(
      place,
      "number",
      (common) => ({ ...common, kind: "size", size }),
      { extent: size },
    );
  }

  stepNumber(place: Place): Term {
    return this.#add(place, "number", (common) => ({
      ...common,
      kind: "step",
    }));
  }

  value(place: Place, value: Value, constant?: number): Term {
    return this.#add(
      place,
      value.vocabulary ? "token" : "number",
      (common) => ({ ...common, kind: "value", value }),
      { constant },
    );
  }

  past(place: Place, value: Value, lag: number): Term {
    if (lag > lagLimit) {
      this.bag.report("lagTooLarge", {
        span: place.span,
        lag,
        limit: lagLimit,
      });
      return this.hole(place);
    }
    return this.#add(
      place,
      value.vocabulary ? "token" : "number",
      (common) => ({ ...common, kind: "past", value, lag }),
    );
  }

  /** Applies a built-in; a hole where an operand is of the wrong kind (reported) or a hole itself. */
  apply(
    place: Place,
    operator: Span,
    builtin: Builtin,
    args: readonly Term[],
  ): Term {
    const fits = args
      .map((arg, i) => this.#accepts(builtin, taken(builtin, i), arg, args))
      .every(Boolean);
    if (!fits || args.some((arg) => arg.kind === "hole"))
      return this.hole(place);
    if (builtin.elementwise === "div" && args[1]!.constant === 0) {
      this.bag.report("divisionByZero", {
        span: operator,
        divisor: args[1]!.place.span,
      });
      return this.hole(place);
    }
    return this.#add(
      place,
      builtin.gives,
      (common) => ({ ...common, kind: "apply", builtin, args, operator }),
      {
        constant: foldConstants(builtin, args),
        extent: foldSizes(builtin, args),
      },
    );
  }

  /** The term where it is a number; else a hole, reported. */
  asNumber(term: Term): Term {
    const { sort, place } = term;
    if (sort === "number" || sort === "unknown") return term;
    if (sort === "condition")
      this.bag.report("conditionAsNumber", { span: place.span });
    else this.#complainOfToken(term);
    return this.hole(place);
  }

  /** `pick(v, 2)` and its relatives for a number instead of a token. */
  #atConstant(operator: string, args: readonly Term[]): string | undefined {
    const index = args.at(-1)!.extent;
    if (index === undefined) return undefined;
    const from = showSize(index);
    const to = showSize(addSizes(index, sizeNumber(1)));
    const [first] = args as [Term];
    const array = this.bag.textOf(first.place.span);
    if (operator === "pick") return `sum(slice(${array}, ${from}, ${to}))`;
    const row = (length: string): string =>
      `where(iota(${length}) == ${from}, ones(${length}), zeros(${length}))`;
    if (operator === "onehot") return row("V");
    return operator === "embed" ? `${row("V")} @ ${array}` : undefined;
  }

  #complainOfToken(term: Term): void {
    if (term.kind !== "value" && term.kind !== "past") return;
    this.bag.report("tokenAsNumber", {
      span: term.place.span,
      name: term.value.name,
      declared: term.value.span,
    });
  }

  #add(
    place: Place,
    sort: Sort,
    make: (common: Omit<HoleTerm, "kind">) => Term,
    { constant, extent }: Facts = {},
  ): Term {
    const term = make({ id: this.terms.length, place, sort, constant, extent });
    this.terms.push(term);
    return term;
  }

  #accepts(
    builtin: Builtin,
    wanted: Takes,
    arg: Term,
    args: readonly Term[],
  ): boolean {
    const { sort, place } = arg;
    if (sort === "unknown") return true;
    if (wanted === "size") {
      if (arg.extent !== undefined) return true;
      if (sort === "number") {
        const why = "it is not made of sizes and whole numbers alone";
        if (builtin.name === "slice")
          this.bag.report("badSlice", {
            span: place.span,
            why: `this bound of \`slice\` is no size: ${why}`,
          });
        else this.bag.report("notASize", { span: place.span, why });
        return false;
      }
    }
    if (sort === wanted) return true;
    if (sort === "token") this.#complainOfToken(arg);
    else if (wanted === "token")
      this.bag.report("numberAsToken", {
        span: place.span,
        operator: builtin.name,
        constant: this.#atConstant(builtin.name, args),
      });
    else if (wanted === "condition")
      this.bag.report("conditionExpected", {
        span: place.span,
        operator: builtin.name,
      });
    else this.bag.report("conditionAsNumber", { span: place.span });
    return false;
  }
}

function foldConstants(
  { elementwise, most }: Builtin,
  args: readonly Term[],
): number | undefined {
  const values = args.map((arg) => arg.constant);
  const record = elementwise && operations[elementwise];
  if (
    record?.kind !== "elementwise" ||
    !values.every((value) => value !== undefined)
  )
    return undefined;
  return most === undefined
    ? record.scalar(...values)
    : values.reduce((a, b) => record.scalar(a, b));
}

function foldSizes({ name }: Builtin, args: readonly Term[]): Size | undefined {
  const [a, b] = args.map((arg) => arg.extent);
  if (!a || !isSizeOperator(name)) return undefined;
  if (args.length === 1) return combineSizes("-", sizeNumber(0), a);
  return b && combineSizes(name, a, b);
}

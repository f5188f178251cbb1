/**
 * Terms: what elaboration makes of expressions. Functions are written out, sugar is expanded, every name
 * is bound to a value of the cell; shapes are not known yet. Terms of a cell stand in one list in which
 * operands precede their users, so that no later stage needs recursion.
 */
import type { Span } from "../../diagnostics/span.js";
import type { Size } from "../../ir/size.js";
import type { Builtin } from "./builtins/record.js";
import type { Value } from "./value.js";

/** What kind of thing a term is; `unknown` fits everywhere (it has been reported, or is not known yet). */
export type Sort = "number" | "condition" | "token" | "unknown";

/** The call through which an expression in the body of a function came to stand in a cell. */
export interface Call {
  readonly name: string;
  readonly span: Span;
  readonly args: readonly Term[];
  /** The function is one of the language's own: its body means nothing to the user. */
  readonly prelude: boolean;
}

/** Where a term was written. Inside a function of the prelude: where the user calls it. */
export interface Place {
  readonly span: Span;
  readonly call: Call | undefined;
}

interface Common {
  readonly id: number;
  readonly place: Place;
  readonly sort: Sort;
  /** The number, where it is known at compile time. */
  readonly constant: number | undefined;
  /** The size, where the term is made of size names and whole numbers alone. */
  readonly extent: Size | undefined;
}

export interface NumberTerm extends Common {
  readonly kind: "number";
  readonly value: number;
}

/** A size as a number. */
export interface SizeTerm extends Common {
  readonly kind: "size";
  readonly size: Size;
}

/** `t` */
export interface StepTerm extends Common {
  readonly kind: "step";
}

/** A named value at this step. */
export interface ValueTerm extends Common {
  readonly kind: "value";
  readonly value: Value;
}

/** `name[t-k]` */
export interface PastTerm extends Common {
  readonly kind: "past";
  readonly value: Value;
  readonly lag: number;
}

export interface ApplyTerm extends Common {
  readonly kind: "apply";
  readonly builtin: Builtin;
  readonly args: readonly Term[];
  /** The operator or the function's name. */
  readonly operator: Span;
}

/** Something that was reported already, or an argument of a function that is looked at without a call. */
export interface HoleTerm extends Common {
  readonly kind: "hole";
}

export type Term =
  | NumberTerm
  | SizeTerm
  | StepTerm
  | ValueTerm
  | PastTerm
  | ApplyTerm
  | HoleTerm;

/** The number of tokens of a token term. */
export const vocabularyOf = (term: Term): Size | undefined =>
  term.kind === "value" || term.kind === "past"
    ? term.value.vocabulary
    : undefined;

/** An expression of a cell that is a whole: the value of a definition, buffer, initial state or `fix`. */
export interface Root {
  readonly value: Value;
  readonly role: "definition" | "initial" | "buffer" | "fix";
  readonly result: Term;
  /** Its terms are those with `first <= id < end`. */
  readonly first: number;
  readonly end: number;
  readonly span: Span;
}

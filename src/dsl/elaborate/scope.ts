/** What elaborating an expression needs: the meaning of its names, and the machinery of its cell. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { Span } from "../../diagnostics/span.js";
import type { Expression, FunctionDeclaration } from "../ast.js";
import type { FileScope } from "../resolved.js";
import type { Prelude } from "./functions.js";
import type { CallExpression, SugarCall } from "./sugar.js";
import type { TermList } from "./term-list.js";
import type { Place, Term } from "./term.js";
import type { Value } from "./value.js";

export type NameExpression = Extract<Expression, { kind: "name" }>;

/** What the names in an expression mean, and where it stands. */
export interface Scope {
  readonly file: FileScope;
  readonly place: (span: Span) => Place;
  /** The term that a name stands for; reports where there is none. */
  readonly bind: (name: NameExpression, place: Place) => Term;
  /** For "`x` is a value, not a function". */
  readonly isValue: (name: string) => boolean;
  /** What the sugar in this definition makes; `undefined` where sugar cannot stand. */
  readonly sugar: ReadonlyMap<CallExpression, SugarCall> | undefined;
  /** Functions that are being written out. */
  readonly open: readonly FunctionDeclaration[];
}

/** A constant that exists; its value is unknown after an error. */
export interface KnownConstant {
  readonly value: number | undefined;
}

/** One cell, or the functions of one file, at work. */
export interface Elaboration {
  readonly list: TermList;
  readonly prelude: Prelude;
  readonly bag: DiagnosticBag;
  /** What each parameter made by sugar is multiplied with, which gives it its shape. */
  readonly sources: Map<Value, Term>;
  /** What `fix` put in the place of values. */
  readonly fixed: Map<Value, Term>;
  readonly constantOfFile: (
    name: string,
    scope: FileScope,
  ) => KnownConstant | undefined;
  readonly elaborate: (expression: Expression, scope: Scope) => Term;
}

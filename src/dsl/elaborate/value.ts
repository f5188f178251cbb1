/** The named values of a cell: declared, defined, or made by sugar. */
import type { Span } from "../../diagnostics/span.js";
import type { Shape, Size } from "../../ir/size.js";

export type ValueKind =
  | "input"
  | "context"
  | "param"
  | "buffer"
  | "definition"
  /** Declared as a state, never defined. */
  | "state";

/** With its article, for messages. */
export const kindPhrases: Readonly<Record<ValueKind, string>> = {
  input: "an input",
  context: "a context",
  param: "a parameter",
  buffer: "a buffer",
  definition: "a definition",
  state: "a state",
};

export interface DeclaredShape {
  /** `undefined`: it could not be read, which was reported. */
  readonly shape: Shape | undefined;
  readonly span: Span;
}

/** Parameters that sugar makes have the shape that their source gives them. */
export type SugarShape =
  /** One column per element of the source's last axis; `result` names the rows, shared by one `affine`. */
  | { readonly kind: "weight"; readonly result: SugarResult }
  | { readonly kind: "bias"; readonly result: SugarResult }
  | { readonly kind: "peephole" };

/** The unknown size of what one `affine` yields; an identity. */
export interface SugarResult {
  readonly span: Span;
}

/** An immutable name; what is known about it beyond its declaration stands in maps of the cell. */
export interface Value {
  readonly name: string;
  readonly kind: ValueKind;
  readonly span: Span;
  /** Written in the cell itself, not inherited. */
  readonly own: boolean;
  readonly gate: boolean;
  /** From its own line, or from the `state` line of a definition or input. */
  readonly declared: DeclaredShape | undefined;
  /** The number of tokens, for token inputs. */
  readonly vocabulary: Size | undefined;
  readonly sugar: SugarShape | undefined;
}

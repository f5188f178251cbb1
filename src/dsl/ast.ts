/** The syntax tree of a `.cell` file: what was written, with spans, before any meaning. */
import type { Span } from "../diagnostics/span.js";

export interface Identifier {
  readonly name: string;
  readonly span: Span;
}

export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "^"
  | "@"
  | ">"
  | "<"
  | ">="
  | "<="
  | "=="
  | "!="
  | "and"
  | "or";

export type Expression =
  /**
   * What could not be read. It has been reported: nothing is known about its shape or value, and nothing
   * more is said about it. As an extent it stands for a whole shape that could not be read.
   */
  | { readonly kind: "hole"; readonly span: Span }
  | { readonly kind: "number"; readonly value: number; readonly span: Span }
  /** `name`, or `name[t-k]` with lag k; `t` alone is the name `t`. */
  | {
      readonly kind: "name";
      readonly name: string;
      readonly lag: number;
      readonly span: Span;
    }
  | {
      readonly kind: "unary";
      readonly operator: "-" | "not";
      readonly operand: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly operatorSpan: Span;
      readonly left: Expression;
      readonly right: Expression;
      readonly span: Span;
    }
  /** `v.T` */
  | {
      readonly kind: "transpose";
      readonly operand: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: "call";
      readonly callee: Identifier;
      readonly args: readonly Expression[];
      readonly span: Span;
    };

/** The extents of a shape, each an expression over size names and numbers. */
export interface ShapeExpression {
  readonly extents: readonly Expression[];
  readonly span: Span;
}

export type InitializerExpression =
  | { readonly kind: "value"; readonly value: Expression }
  | {
      readonly kind: "distribution";
      readonly name: Identifier;
      readonly args: readonly Expression[];
      readonly span: Span;
    };

export type DeclarationKind =
  "input" | "context" | "state" | "param" | "buffer";

/** `state h, c: [N]` is two declarations. */
export interface Declaration {
  readonly kind: DeclarationKind;
  readonly name: Identifier;
  readonly shape: ShapeExpression;
  /** `token[V]`: the shape is `[]` and this is V. Inputs only. */
  readonly vocabulary: Expression | undefined;
  readonly initializer: InitializerExpression | undefined;
  readonly span: Span;
}

export interface ConstItem {
  readonly kind: "const";
  readonly name: Identifier;
  readonly value: Expression;
  readonly span: Span;
}

/** `fix i, f = 1` */
export interface FixItem {
  readonly kind: "fix";
  readonly names: readonly Identifier[];
  readonly value: Expression;
  readonly span: Span;
}

export interface DefinitionItem {
  readonly kind: "definition";
  readonly gate: boolean;
  readonly name: Identifier;
  readonly shape: ShapeExpression | undefined;
  readonly value: Expression;
  readonly span: Span;
}

export interface OutputItem {
  readonly kind: "output";
  readonly names: readonly Identifier[];
  readonly span: Span;
}

export type CellItem =
  Declaration | ConstItem | FixItem | DefinitionItem | OutputItem;

export interface CellDeclaration {
  readonly kind: "cell";
  readonly name: Identifier;
  readonly base: Identifier | undefined;
  readonly items: readonly CellItem[];
  /**
   * Some of it could not be read, which has been reported: that something is missing (an output, the
   * definition of a state, a use of a declaration) may not be held against it.
   */
  readonly broken: boolean;
  readonly doc: readonly string[];
  readonly span: Span;
}

/** `fn f(a, b) = e` has no locals. */
export interface FunctionDeclaration {
  readonly kind: "fn";
  readonly name: Identifier;
  readonly parameters: readonly Identifier[];
  readonly locals: readonly {
    readonly name: Identifier;
    readonly value: Expression;
  }[];
  readonly result: Expression;
  readonly doc: readonly string[];
  readonly span: Span;
}

export interface ImportDeclaration {
  readonly kind: "import";
  readonly names: readonly Identifier[];
  readonly from: string;
  readonly fromSpan: Span;
  readonly span: Span;
}

export type TopLevel =
  ImportDeclaration | ConstItem | FunctionDeclaration | CellDeclaration;

export interface SourceFile {
  readonly file: string;
  readonly text: string;
  readonly items: readonly TopLevel[];
}

/**
 * One record per built-in function or operator: what it takes, the rank and shape of its result, and the
 * operations that it lowers to. Functions that can be written in the language stand in the prelude.
 */
import type { Builder } from "../../../ir/builder.js";
import type { Node } from "../../../ir/graph.js";
import type { ElementwiseName } from "../../../ir/ops/index.js";
import type { Shape, Size } from "../../../ir/size.js";

export type Takes = "number" | "condition" | "token" | "size";

/** What a shape rule may ask and say. */
export interface ShapeCall {
  /** Of each operand; `[]` for tokens and sizes. */
  readonly shapes: readonly Shape[];
  /** Operands that are sizes, or the vocabularies of those that are tokens, by position. */
  readonly sizes: readonly (Size | undefined)[];
  /** Makes the two sizes equal. Where they cannot be, `complain` runs, now (and the result is false) or later. */
  equate(a: Size, b: Size, complain: () => void): boolean;
  /** Reports; rules return `undefined` after it. */
  readonly complain: Complaints;
}

export interface Complaints {
  /** Operands `left` and `right` of an elementwise operation differ. */
  elementwise(left: number, right: number): void;
  /** The inner sizes of a product differ. */
  product(left: Size, right: Size): void;
  rank(operand: number, expected: string, help?: string): void;
  /** The operands together do not fit. */
  together(help: string): void;
  concat(): void;
  /** An operand is a size that no array can have. */
  size(operand: number, why: string): void;
  slice(why: string): void;
}

export interface LowerCall {
  readonly shape: Shape;
  readonly argShapes: readonly Shape[];
  readonly sizes: readonly (Size | undefined)[];
}

export interface Builtin {
  readonly name: string;
  readonly takes: readonly Takes[];
  /** The last of `takes` may be repeated up to so many arguments in all. */
  readonly most?: number;
  readonly gives: "number" | "condition";
  /** As it is called, for messages. */
  readonly signature: string;
  /** Monotone in the ranks of the operands. */
  readonly rank: (ranks: readonly number[]) => number;
  readonly shape: (call: ShapeCall) => Shape | undefined;
  /** `args` of operands that are sizes are holes in the list and must not be read. */
  readonly lower: (b: Builder, args: readonly Node[], call: LowerCall) => Node;
  /** The operation, for folding constants. */
  readonly elementwise?: ElementwiseName;
}

/** What the operand at a position has to be. */
export const taken = ({ takes }: Builtin, position: number): Takes =>
  takes[Math.min(position, takes.length - 1)]!;

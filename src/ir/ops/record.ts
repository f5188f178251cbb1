/**
 * One record per operation: everything the compiler knows of it stands in one place.
 *
 * A backend added to `Backend` makes every record without its spelling a compile error.
 */
import type { Attributes, Node } from "../node.js";
import type { Builder } from "../builder.js";
import type { Shape, Size } from "../size.js";

/** The backends that every operation is spelled for. */
export type Backend = "ts" | "wasm" | "wgsl";

/** How the TypeScript printer writes an operation; `precedence` is JavaScript's. */
export type TsSpelling =
  | {
      readonly infix: string;
      readonly precedence: number;
      readonly boolean?: boolean;
    }
  | { readonly prefix: string; readonly boolean?: boolean }
  | { readonly call: string }
  /** A function from `backends/ts/intrinsics.ts`, emitted into the files that use it. */
  | { readonly helper: string }
  | { readonly ternary: true }
  /** Has no expression of its own: kernels have a loop for it. */
  | { readonly loop: true };

/** How the WebAssembly printer writes an operation on four lanes. */
export type WasmSpelling =
  /** Of numbers: `f32x4.add`. */
  | { readonly instruction: string }
  /** Of numbers to masks, whose lanes are all ones or all zeros: `f32x4.lt`. */
  | { readonly comparison: string }
  /** Of masks to masks: `v128.and`. */
  | { readonly logic: string }
  /** Lanes of the second or the third operand, by the mask that the first one is. */
  | { readonly choice: true }
  /** A function from `backends/wasm/math.ts`, emitted into the modules that use it. */
  | { readonly call: string }
  /** Has no instruction of its own: kernels have a loop for it. */
  | { readonly loop: true };

/** How the WGSL printer writes an operation. */
export type WgslSpelling =
  /** Of numbers. */
  | { readonly infix: string }
  /** A function of numbers that gives a boolean, and what `negated` turns into its opposite. */
  | { readonly test: string; readonly negated?: true }
  /** Of booleans. */
  | { readonly logic: string }
  | { readonly prefix: string }
  /** A function of the language, or one from `backends/wgsl/math.ts` that is emitted into the files that use it. */
  | { readonly call: string }
  /** The second or the third operand, by the boolean that the first one is. */
  | { readonly choice: true }
  /** Has no expression of its own: kernels have a loop for it. */
  | { readonly loop: true };

export interface Spellings {
  readonly ts: TsSpelling;
  readonly wasm: WasmSpelling;
  readonly wgsl: WgslSpelling;
}

/** A value of the interpreter: row-major numbers and the extents of each axis (`[]` for a scalar). */
export interface Tensor {
  readonly data: Float64Array;
  readonly dims: readonly number[];
}

export interface Evaluation {
  readonly attrs: Attributes;
  /** The number of a symbolic size. */
  readonly sizeOf: (size: Size) => number;
}

interface Common {
  readonly arity: number | "any";
  /** The result's shape, or one sentence that says what does not fit. */
  readonly shape: (args: readonly Shape[], attrs: Attributes) => Shape | string;
  /** How IR text and equations write it; documentation of its meaning. */
  readonly doc: string;
}

/** A value that is given, not computed from operands. */
export interface LeafRecord extends Common {
  readonly kind: "leaf";
  readonly arity: 0;
}

/** One number out of one number per operand; all operands and the result have one shape. */
export interface ElementwiseRecord extends Common {
  readonly kind: "elementwise";
  readonly arity: number;
  readonly scalar: (...args: number[]) => number;
  /**
   * ∂result/∂operand for each operand at a point, for forward-mode differentiation. Written as
   * numbers and apart from `vjp` on purpose: each checks the other.
   */
  readonly partials: (
    args: readonly number[],
    result: number,
  ) => readonly number[];
  /**
   * Which smooth piece the point lies on, for operations with kinks or jumps: finite differences are
   * meaningful only when both points lie on one piece.
   */
  readonly piece?: (...args: number[]) => number;
  /** The cotangent of each operand from the cotangent `g` of the result; `undefined` where it is zero. */
  readonly vjp: (
    b: Builder,
    node: Node,
    g: Node,
  ) => readonly (Node | undefined)[];
  /** Smallest and largest result over all finite operands. */
  readonly range: readonly [number, number];
  /** Operand tuples that the tests walk; the edges are among them. */
  readonly samples: readonly (readonly number[])[];
  readonly spell: Spellings;
  /** Largest error against `scalar` in units in the last place of float32, per backend. */
  readonly ulp: Readonly<Record<Backend, number>>;
}

/** Moves, adds up or multiplies whole arrays. */
export interface StructuralRecord extends Common {
  readonly kind: "structural";
  /**
   * `linear` in all operands together (concat, sum), `multilinear` in each (products), or
   * `pieces`: picks elements by value (max_of), with `tangent` given; `none`: no derivative.
   */
  readonly linearity: "linear" | "multilinear" | "pieces" | "none";
  readonly evaluate: (
    args: readonly Tensor[],
    out: Float64Array,
    env: Evaluation,
  ) => void;
  /** For `pieces`: the tangent from operands, result and operand tangents. */
  readonly tangent?: (
    args: readonly Tensor[],
    result: Tensor,
    tangents: readonly Tensor[],
    out: Float64Array,
  ) => void;
  /** For `pieces`: see `ElementwiseRecord.piece`. */
  readonly piece?: (args: readonly Tensor[]) => number;
  readonly vjp: (
    b: Builder,
    node: Node,
    g: Node,
  ) => readonly (Node | undefined)[];
  readonly spell: Spellings;
}

export type OpRecord = LeafRecord | ElementwiseRecord | StructuralRecord;

/**
 * The kernel program: what every backend prints. Loop nests over named arrays, matrix products over
 * rows, and in which order they run. All extents and offsets are symbolic; nothing here knows a target.
 */
import type { Node } from "../ir/graph.js";
import type { ElementwiseName } from "../ir/ops/index.js";
import type { AdjointProgram, CellProgram } from "../ir/program.js";
import type { Shape, Size } from "../ir/size.js";

/**
 * How often an array repeats its `width` elements:
 * `static` once, `batch` per entry, `step` per entry and overwritten by every step, `sequence` per step
 * and entry (`[lead + T + tail, B, width]`), `row` once, overwritten for every row of one kernel.
 */
export type Extent = "static" | "batch" | "step" | "sequence" | "row";

export interface ArrayPlan {
  /** Unique in the program and an identifier in every target. */
  readonly id: string;
  readonly extent: Extent;
  /** Steps before the first, for the history of a state. */
  readonly lead: number;
  /** Steps after the last, for what an adjoint step sends back. */
  readonly tail: number;
  readonly width: Size;
  readonly element: "float" | "token";
  /** Belongs to the backward pass alone: allocated with the first one. */
  readonly adjoint: boolean;
  /** Sequence of the forward pass that only a backward pass reads: one step long when nothing is kept. */
  readonly tape: boolean;
  /** What it holds, for comments. */
  readonly holds: string;
  /** Names of what stands at an offset, for people. */
  readonly parts: readonly { readonly name: string; readonly offset: Size }[];
}

/** Where a value lives: `offset` elements into the row of its step (`shift` steps away). */
export interface Place {
  readonly array: ArrayPlan;
  readonly offset: Size;
  readonly shift: number;
}

/** An index along one axis: a loop variable or a token, plus an offset. */
export interface Index {
  /** 0 and 1: the loops of the segment, outer first; 2: the inner loop of a local product; null: nothing. */
  readonly loop: 0 | 1 | 2 | null;
  readonly token: Expression | undefined;
  readonly plus: Size;
}

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "size"; readonly size: Size }
  /** The number of the step, from `t0`. */
  | { readonly kind: "step" }
  /** A loop index as a number. */
  | { readonly kind: "index"; readonly index: Index }
  /** Element of a value; `dims` are its extents, one index each. */
  | {
      readonly kind: "load";
      readonly place: Place;
      readonly dims: Shape;
      readonly index: readonly Index[];
    }
  | { readonly kind: "local"; readonly local: Local }
  | {
      readonly kind: "op";
      readonly op: ElementwiseName;
      readonly args: readonly Expression[];
    }
  /** Whether from ≤ index < to. */
  | {
      readonly kind: "within";
      readonly index: Index;
      readonly from: Size;
      readonly to: Size;
    };

/** A scalar variable. */
export interface Local {
  readonly id: number;
  /** A name from the cell, where there is one. */
  readonly hint: string;
  readonly boolean: boolean;
  /** Where it is stored, it is the number that the array then holds: arrays may have fewer digits. */
  readonly rounded: boolean;
}

export type Statement =
  | { readonly kind: "let"; readonly local: Local; readonly value: Expression }
  | {
      readonly kind: "store";
      readonly place: Place;
      readonly dims: Shape;
      readonly index: readonly Index[];
      readonly value: Expression;
      /** Add to what is there. */
      readonly add: boolean;
    };

/** How a loop's values come together. */
export type Combine = "add" | "max" | "min";

/** An accumulator over the innermost loop of a segment. */
export interface Accumulator {
  readonly local: Local;
  readonly combine: Combine;
  readonly value: Expression;
}

/**
 * Loops over `loops` (0 to 2 extents, outer first) around `body`. With accumulators, the innermost loop
 * runs inside the others and `after` follows it (with the outer indices only).
 */
export interface Segment {
  readonly loops: readonly Size[];
  /** Extent of the inner loop of a local product (loop index 2). */
  readonly inner: Size | undefined;
  readonly body: readonly Statement[];
  readonly accumulators: readonly Accumulator[];
  readonly after: readonly Statement[];
  /** Nodes computed here, for comments. */
  readonly nodes: readonly Node[];
}

/** Elementwise work and sums over axes, for every row. */
export interface MapKernel {
  readonly kind: "map";
  readonly name: string;
  readonly scratch: readonly ArrayPlan[];
  readonly segments: readonly Segment[];
  /** Nodes computed here, for comments. */
  readonly nodes: readonly Node[];
  /** Stores to arrays that exist only when something is kept; nothing else. */
  readonly tapeOnly: boolean;
}

/**
 * One matrix product over rows r (steps, entries, and `inner` rows of each), y, x and w row-major:
 * - `nt`  y[r, n] = Σ_k x[r, k] w[n, k]
 * - `nn`  y[r, n] = Σ_k x[r, k] w[k, n]
 * - `tn`  y[n, k] += Σ_r x[r, n] w[r, k]   (here w has rows too)
 * - `column` y[r, n] = w[n, token r] · `row` y[r, n] = w[token r, n]
 * - `add_column` y[n, token r] += x[r, n] · `add_row` y[token r, n] += x[r, n]
 */
export interface Product {
  readonly form:
    "nt" | "nn" | "tn" | "column" | "row" | "add_column" | "add_row";
  readonly x: Place;
  readonly w: Place;
  readonly y: Place;
  /** Which of the operands is the token: `w` for sums into columns or rows, else `x`. */
  readonly n: Size;
  readonly k: Size;
  /** Rows per step and entry. */
  readonly inner: Size;
  /** Add to y instead of setting it. */
  readonly add: boolean;
}

export interface ProductKernel {
  readonly kind: "product";
  readonly name: string;
  readonly calls: readonly Product[];
  readonly nodes: readonly Node[];
}

export type Kernel = MapKernel | ProductKernel;

export type StageKind = "static" | "context" | "rows" | "loop";

export interface Stage {
  readonly kind: StageKind;
  readonly kernels: readonly Kernel[];
}

export interface ParameterPlan {
  readonly name: string;
  readonly offset: Size;
  readonly shape: Shape;
}

/** Roles of arrays that the host code fills and reads. */
export type Role =
  | "input"
  | "context"
  | "param"
  | "buffer"
  | "state"
  | "output"
  | "seed"
  | "gradient"
  | "initial"
  /** Named `h@1`: what each step sends back to `h`. */
  | "carried";

export interface Schedule {
  /** The cell and its adjoint step, simplified, as they were before scheduling. */
  readonly cell: CellProgram;
  readonly adjoint: AdjointProgram;
  /** The same with results apart and sums of products gathered: the nodes that kernels refer to. */
  readonly scheduled: AdjointProgram;
  readonly params: readonly ParameterPlan[];
  readonly arrays: readonly ArrayPlan[];
  readonly forward: readonly Stage[];
  readonly backward: readonly Stage[];
  /** Arrays that the backward pass adds to, to be cleared before it. */
  readonly summed: readonly ArrayPlan[];
  /**
   * Kernels that write the values before the first step, by state key, run for step 0 alone when the
   * caller gives none. States without one start at zero.
   */
  readonly starts: readonly {
    readonly key: string;
    readonly kernel: MapKernel;
  }[];
  /** The array of a declared name in a role. */
  readonly place: (role: Role, name: string) => Place | undefined;
}

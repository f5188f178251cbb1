/**
 * What a generated WebGPU module says of itself, so that one host serves all cells: which arrays there are,
 * the text of the kernels, what stands in the table of each, and in which order they are dispatched.
 */
import type { Sizes } from "../kernel.js";

/** An index into the numbers that `GpuDescription.sizes` gives. */
export type SizeIndex = number;
/** An index into `GpuDescription.arrays`. */
export type ArrayIndex = number;
/** An index into `GpuDescription.kernels`. */
export type KernelIndex = number;

/**
 * The buffers: `params` and `grads` the flat vectors, `given` what the host alone writes, `work` and
 * `adjoint` all other arrays of the forward and of the backward pass.
 */
export type GpuGroup = "params" | "given" | "work" | "adjoint" | "grads";

export interface GpuArray {
  readonly name: string;
  readonly group: GpuGroup;
  /** Elements of a row. */
  readonly width: SizeIndex;
  /** Rows: `rows` in any case, and one for every step where `steps` says so. */
  readonly rows: number;
  readonly steps?: boolean;
  /** Each row once for every batch entry. */
  readonly entries?: boolean;
  /** Tokens are kept as floats, which are exact up to 2²⁴. */
  readonly token?: boolean;
}

/**
 * A matrix that products read: w[n, k], or its transpose, is laid out with n along the rows, so that
 * products read `vec4`s next to each other. A row has `parts` of `n` columns, each padded to a whole number of
 * eight.
 */
export interface GpuPanel {
  readonly n: SizeIndex;
  readonly parts: number;
  readonly k: SizeIndex;
  /** Only for a backward pass. */
  readonly adjoint?: boolean;
}

/**
 * A field of a kernel's table, 32 bits:
 * `number` itself · `size` a number of elements · `steps`, `batch`, `t0` of the call ·
 * `at` an element of an array, `step` steps from the first row, in elements of its buffer ·
 * `step` elements from one step of an array to the next · `panel` its first `vec4` ·
 * `quads` the `vec4`s in a row of a panel · `given` 1 where the caller gives the state, else 0 ·
 * `slice` batch entries of each workgroup of a whole loop.
 */
export type GpuField =
  | readonly ["number", number]
  | readonly ["size", SizeIndex]
  | readonly ["steps" | "batch" | "t0" | "slice"]
  | readonly ["at", ArrayIndex, step: number, SizeIndex]
  | readonly ["step", ArrayIndex]
  | readonly ["panel" | "quads", index: number]
  | readonly ["given", key: number];

export interface GpuKernel {
  readonly name: string;
  /** The text of a WGSL module, for `textFor` to choose lines from; its head says what it computes. */
  readonly code: string;
  readonly fields: readonly GpuField[];
}

/**
 * How a dispatch covers its work:
 * `elements` an invocation for each of `extents` (the largest counts), batch entry and step ·
 * `rows` a workgroup for each batch entry and step · `entry_sums`, `sums` 32 elements for a workgroup, for
 * each entry and for all of them together · `product` blocks of rows and columns · `gradient` blocks of a
 * matrix · `chain` a workgroup for some rows · `gather` an invocation for each element of each row · `scatter` one for each element ·
 * `pack` one for each number of a panel · `slices` a workgroup for some entries and elements · `loop` a
 * workgroup for each slice of the batch.
 */
export type GpuShape =
  | "elements"
  | "rows"
  | "sums"
  | "entry_sums"
  | "product"
  | "gradient"
  | "gather"
  | "scatter"
  | "pack"
  | "slices"
  | "chain"
  | "loop";

export interface GpuDispatch {
  readonly kernel: KernelIndex;
  readonly shape: GpuShape;
  /** Numbers of elements, of which the largest counts; for products one for each call. */
  readonly extents: readonly SizeIndex[];
  /** Of products and packed matrices, one for each: the other extent. */
  readonly depths?: readonly SizeIndex[];
  /** Of products, one for each call: rows of each batch entry. */
  readonly inner?: readonly SizeIndex[];
  /** Of `slices` and `chain`, one for each call, and of packed matrices: columns, and how many of them an element has. */
  readonly columns?: readonly SizeIndex[];
  readonly parts?: readonly number[];
  /** Of `pack`: the matrices are given, so that they stay packed until they are given anew. */
  readonly early?: boolean;
  /** It writes packed matrices, as those of shape `pack` do. */
  readonly packs?: boolean;
  /** Of `chain`: rows of a workgroup, and whether it shares single ones. */
  readonly rows?: number;
  readonly sumsRows?: boolean;
  /** Skipped unless the gradients of inputs are wanted, or what a backward pass reads is kept. */
  readonly when?: "inputs" | "kept";
  /** The same as more dispatches, each over more workgroups. */
  readonly apart?: readonly GpuDispatch[];
  /** Of a dispatch with `apart`: it does what `backwardBegin` does. */
  readonly begins?: boolean;
}

export interface GpuStage {
  readonly kind: "static" | "context" | "rows" | "loop";
  /** Before the dispatches, once. */
  readonly before: readonly GpuDispatch[];
  /** Of a loop, for the first step: the others get it from the dispatches of the step before. */
  readonly lead?: GpuDispatch;
  readonly dispatches: readonly GpuDispatch[];
  /** Of the first of the stages that one kernel can do. */
  readonly whole?: GpuWhole;
}

/**
 * A loop as one kernel, which does all steps of a slice of the batch in one dispatch, and what else the entries
 * of the slice need.
 */
export interface GpuWhole {
  readonly kernel: KernelIndex;
  /** Parts of a step between which the workgroup waits. */
  readonly kernels: number;
  /** Numbers in workgroup memory for each batch entry. */
  readonly memory: SizeIndex;
  /** How many stages it does, from this one on. */
  readonly stages: number;
  /** Whether it does what `starts` or `backwardBegin` do. */
  readonly begins: boolean;
  /** Whether it does what `forwardEnd` or `backwardEnd` do. */
  readonly ends: boolean;
}

/** An array as callers see it: of all steps from row `first` on, or one row of it. */
export interface GpuSlot {
  readonly name: string;
  readonly array: ArrayIndex;
  readonly first: number;
  readonly all?: boolean;
}

export interface GpuSlots {
  readonly inputs: readonly GpuSlot[];
  readonly context: readonly GpuSlot[];
  readonly buffers: readonly GpuSlot[];
  readonly initial: readonly GpuSlot[];
  readonly outputs: readonly GpuSlot[];
  readonly final: readonly GpuSlot[];
}

export interface GpuDescription {
  readonly cell: string;
  readonly sizes: (size: Sizes) => readonly number[];
  readonly arrays: readonly GpuArray[];
  readonly panels: readonly GpuPanel[];
  readonly kernels: readonly GpuKernel[];
  /** State keys; `given` fields count along them. */
  readonly keys: readonly string[];
  /** Kernels for states that do not start at zero, by key. */
  readonly starts: readonly {
    readonly key: string;
    readonly dispatch: GpuDispatch;
  }[];
  readonly forward: readonly GpuStage[];
  /** Takes the values after the last step of each entry. */
  readonly forwardEnd?: GpuDispatch;
  /** Arrays that the backward pass adds to. */
  readonly summed: readonly ArrayIndex[];
  /** Puts the cotangents of the final values where the last steps read them. */
  readonly backwardBegin?: GpuDispatch;
  /** Steps behind the last one that `backwardBegin` fills. */
  readonly tail: number;
  readonly backward: readonly GpuStage[];
  /** Gradients of the values before the first step; between the loops and the stages that are not timed. */
  readonly backwardEnd?: GpuDispatch;
  readonly params: ArrayIndex;
  readonly grads: ArrayIndex;
  /** Steps of each entry, as floats. */
  readonly lengths: ArrayIndex;
  /** Runs of rows, and of entries, that sums are over, as floats: from … to, from … to, −1. */
  readonly present: ArrayIndex;
  readonly begun: ArrayIndex;
  /** Entries without a step are no rows of entries. */
  readonly leavesOutEmpty?: boolean;
  readonly slots: GpuSlots;
  readonly adjoint: Omit<GpuSlots, "buffers">;
}

/** Invocations of a workgroup in kernels over elements and over rows. */
export const rowLanes = 64;
/** Batch entries and elements of a workgroup that does part of a step. */
export const sliceEntries = 16;
export const sliceElements = 32;
/** Rows of a workgroup that does a chain of work on them. */
export const chainRows = 8;
/** Columns and rows of the sums' workgroups. */
export const sumColumns = 32;
export const sumStrands = 8;
/** Rows and columns that one invocation of a product computes, and invocations of a workgroup along each. */
export const block = 8;
export const blocks = 8;
/** Rows of a panel that one invocation lays out. */
export const packedRows = 16;
/** The most calls in one dispatch. */
export const mostCalls = 16;

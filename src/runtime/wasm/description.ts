/**
 * What a generated WebAssembly module says of itself, so that one host serves all cells: which arrays there
 * are, and what each field of the work table holds, from which the code reads sizes, addresses and strides.
 */
import type { Sizes } from "../kernel.js";

/** An index into the numbers that `WasmDescription.sizes` gives. */
export type SizeIndex = number;
/** An index into `WasmDescription.arrays`. */
export type ArrayIndex = number;

export interface WasmArray {
  readonly name: string;
  /** Elements of a row. */
  readonly width: SizeIndex;
  /** Rows: `rows` in any case, and one for every step where `steps` says so. */
  readonly rows: number;
  readonly steps?: boolean;
  /** Each row once for every batch entry. */
  readonly entries?: boolean;
  readonly token?: boolean;
  /** Only for a backward pass. */
  readonly adjoint?: boolean;
  /** Only where there are more than `longRows` rows: its address is 0 elsewhere. */
  readonly long?: boolean;
  /** One row for all steps as long as nothing is kept. */
  readonly tape?: boolean;
  /** Nobody outside sees it: rows may stand further apart than they are wide. */
  readonly apart?: boolean;
}

/** A matrix w[n, k] (`nt`) or w[k, n] (`nn`), laid out for its products. */
export interface WasmPanel {
  readonly n: SizeIndex;
  readonly k: SizeIndex;
  readonly adjoint?: boolean;
}

/**
 * A field of the work table, 32 bits:
 * `size` a number of elements · `float` the same as float32 · `bytes` of so many elements ·
 * `address` of an element of an array, `step` steps from the first row ·
 * `row`, `step` bytes from one entry to the next, from one step to the next · `length` of an array in bytes ·
 * `panel` the address of one.
 */
export type WasmField =
  | readonly ["size" | "float" | "bytes", SizeIndex]
  | readonly ["address", ArrayIndex, step: number, SizeIndex]
  | readonly ["row" | "step" | "length", ArrayIndex]
  | readonly ["panel", index: number];

/** A view: of all steps from `first` on, or of one row. */
export interface WasmSlot {
  readonly name: string;
  readonly array: ArrayIndex;
  readonly first: number;
  readonly all?: boolean;
}

export interface WasmSlots {
  readonly inputs: readonly WasmSlot[];
  readonly context: readonly WasmSlot[];
  readonly buffers: readonly WasmSlot[];
  readonly initial: readonly WasmSlot[];
  readonly outputs: readonly WasmSlot[];
  readonly final: readonly WasmSlot[];
}

export type WasmAdjointSlots = Omit<WasmSlots, "buffers">;

/** The part that is plain data. */
export interface WasmPlan {
  readonly cell: string;
  readonly arrays: readonly WasmArray[];
  readonly panels: readonly WasmPanel[];
  /** Behind the header: see `header`. */
  readonly fields: readonly WasmField[];
  /** State keys in the order of their flags in the header. */
  readonly keys: readonly string[];
  readonly params: ArrayIndex;
  readonly grads: ArrayIndex;
  readonly lengths: ArrayIndex;
  /** Runs of rows, and of entries, that sums are over: from … to, from … to. */
  readonly present: ArrayIndex;
  readonly begun: ArrayIndex;
  /** Entries without a step are no rows of entries. */
  readonly leavesOutEmpty?: boolean;
  readonly slots: WasmSlots;
  readonly adjoint: WasmAdjointSlots;
}

export interface WasmDescription extends WasmPlan {
  /** The cell's own module, in base64 or as the address of a file; it imports the runtime's products. */
  readonly code: string | URL;
  /** Of the file that `code` is the address of; `checksum` makes it. */
  readonly checksum?: number;
  readonly sizes: (size: Sizes) => readonly number[];
}

/** Sums over more rows are made in parts of so many. */
export const longRows = 4096;

/**
 * First fields of the work table, which starts at address 0; behind them a flag for each state key that is
 * 1 where the caller gives the value before the first step, then `WasmDescription.fields`.
 */
export const header = {
  steps: 0,
  batch: 1,
  /** Number of the first step. */
  t0: 2,
  /** 1 where the tape has a row for every step, else 0. */
  kept: 3,
  /** 1 where the gradients of the inputs are wanted. */
  inputs: 4,
  /** Address of the steps of each entry; 0 where all have all. */
  lengths: 5,
  /** Addresses and numbers of the runs of rows, and of entries, that sums are over. */
  present: 6,
  presentCount: 7,
  begun: 8,
  begunCount: 9,
  /** 1 where the parameters are those of the call before: what is made of them alone is still there. */
  settled: 10,
  /** The first of the flags. */
  given: 11,
} as const;

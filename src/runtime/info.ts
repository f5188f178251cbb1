/**
 * What a generated entry module tells the runtime of its cell, and the types by which a loaded cell
 * carries the cell's own names.
 */
import type { KernelModule, Sizes } from "./kernel.js";
import type { GpuModule } from "./webgpu/module.js";

/** Anything numbers can be copied from: typed arrays and plain ones. */
export type Numbers = ArrayLike<number>;

/** How a parameter starts. */
export type InitializerInfo =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "glorot" | "he" | "orthogonal" }
  | { readonly kind: "normal"; readonly mean: number; readonly sd: number }
  | { readonly kind: "uniform"; readonly from: number; readonly to: number };

export interface ValueInfo {
  readonly name: string;
  /** The shape as the cell writes it, such as `[N, M]`. */
  readonly type: string;
  /** The shape for given sizes; without time and batch. */
  readonly shape: (sizes: Sizes) => readonly number[];
}

export interface TokenInfo {
  /** Number of tokens; only where the value is a token. */
  readonly vocabulary?: (sizes: Sizes) => number;
}

export type InputInfo = ValueInfo & TokenInfo;

export interface ParamInfo extends ValueInfo {
  readonly initializer: InitializerInfo;
}

export interface StateInfo extends ValueInfo, TokenInfo {
  /** How many past values are kept: `name`, `name@2` … `name@lag`. */
  readonly lag: number;
}

/** A size that must come out as a whole number: of a part, or of something that is divided. */
export interface RequirementInfo {
  readonly where: string;
  readonly least: number;
  readonly size: (sizes: Sizes) => number;
}

/** Backends whose arrays are the host's own; calls return when they are done. */
export type HostBackend = "ts" | "wasm";
export type BackendName = HostBackend | "webgpu";

export interface CellInfo {
  readonly name: string;
  /** Lines of the cell's doc comment; the first is the citation. */
  readonly doc: readonly string[];
  readonly sizes: readonly string[];
  readonly requirements: readonly RequirementInfo[];
  readonly inputs: readonly InputInfo[];
  readonly context: readonly ValueInfo[];
  /** In the order in which they lie in the flat parameter vector, without gaps. */
  readonly params: readonly ParamInfo[];
  /** Only those that the caller gives. */
  readonly buffers: readonly ValueInfo[];
  readonly states: readonly StateInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Whether it reads the number of the step. */
  readonly timed?: boolean;
  /** Kernels are fetched when a cell is loaded, not before. */
  readonly backends: Readonly<
    Partial<Record<HostBackend, () => Promise<KernelModule>>>
  > & { readonly webgpu?: () => Promise<GpuModule> };
}

/** The names of a cell, one union of string literals each, as its declaration file gives them. */
export interface CellNames {
  readonly sizes: string;
  readonly inputs: string;
  readonly context: string;
  readonly params: string;
  readonly buffers: string;
  /** Keys of states that hold numbers: `h`, `h@2`. */
  readonly states: string;
  /** Keys of states that hold tokens. */
  readonly tokenStates: string;
  readonly outputs: string;
}

/** One past value of a state has the key `h`, the one before `h@2`. */
export const stateKeys = (state: StateInfo): string[] =>
  Array.from({ length: state.lag }, (_, i) =>
    i === 0 ? state.name : `${state.name}@${i + 1}`,
  );

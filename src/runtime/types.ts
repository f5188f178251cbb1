/** A loaded cell as callers see it, typed by the cell's own names. The same for all backends. */
import type { CellInfo, CellNames, HostBackend, Numbers } from "./info.js";
import type { Floats, ParameterRange, Precision, Sizes } from "./kernel.js";
import type { GpuLoadOptions, LoadedGpuCell } from "./webgpu/types.js";

/** Arrays of a precision. */
export type ArrayOf<P extends Precision> = P extends "f64"
  ? Float64Array
  : Float32Array;

type Named<Names extends string, Value> = Readonly<Record<Names, Value>>;
type MaybeNamed<Names extends string, Value> = Readonly<
  Partial<Record<Names, Value>>
>;

export interface LoadOptions<N extends CellNames, P extends Precision> {
  /**
   * `auto` takes the fastest backend that the module has and the machine can run, among those whose calls are
   * not `async`; where the WebAssembly cannot be had it takes TypeScript and says why on the console, once. Default `auto`.
   */
  readonly backend?: HostBackend | "auto";
  readonly sizes: Named<N["sizes"], number>;
  /** Default `f32`. */
  readonly precision?: P;
  /**
   * Over how many threads the entries of a batch are shared out, this one included. Default 1. Only `wasm`
   * kernels run in several; where there are none, one thread computes, and a warning says why.
   */
  readonly threads?: number;
  /** Of the starting values of the parameters. Default 0. */
  readonly seed?: number;
  /** Buffers that the cell does not compute itself; may be given with a call too. */
  readonly buffers?: MaybeNamed<N["buffers"], Numbers>;
}

/** Of a cell on a GPU: its calls are `async`, and values can stay on the device. */
export interface GpuCellOptions<N extends CellNames> extends GpuLoadOptions {
  readonly backend: "webgpu";
  readonly sizes: Named<N["sizes"], number>;
  /** Of the starting values of the parameters. Default 0. */
  readonly seed?: number;
  /** Buffers that the cell does not compute itself; may be given with a call too. */
  readonly buffers?: MaybeNamed<N["buffers"], Numbers>;
}

/** What comes with a sequence besides its inputs. */
export interface SequenceOptions<N extends CellNames> {
  /** Batch entries. Default: as many as `lengths` has, else 1. */
  readonly batch?: number;
  /** Steps; needed where the cell has no inputs, deduced from their lengths else. */
  readonly steps?: number;
  /** `[B, …]` */
  readonly context?: Named<N["context"], Numbers>;
  /** `[B, …]` before the first step; a missing one starts as the cell says. */
  readonly states?: MaybeNamed<N["states"] | N["tokenStates"], Numbers>;
  /** Steps of each batch entry; a finished one keeps its state and puts out zeros. */
  readonly lengths?: Numbers;
  /** Kept for later calls. */
  readonly buffers?: MaybeNamed<N["buffers"], Numbers>;
  /** Number of the first step, `t` in the cell. Default 0. */
  readonly t0?: number;
  /** Keep what `backward` needs. Default true; false saves memory and time. */
  readonly keep?: boolean;
  /**
   * The parameters have not changed since the latest call of `forward`: kernels that lay them out anew for
   * their products need not do so. Default false.
   */
  readonly sameParams?: boolean;
}

export type StateArrays<N extends CellNames, A extends Floats> = Named<
  N["states"],
  A
> &
  Named<N["tokenStates"], Int32Array>;

/** Views of the kernel's own arrays: valid until the next call on the cell. */
export interface SequenceResult<N extends CellNames, A extends Floats> {
  /** `[T, B, …]` */
  readonly outputs: Named<N["outputs"], A>;
  /** `[B, …]` after each entry's last step. */
  readonly states: StateArrays<N, A>;
}

/** Cotangents; what is missing is zero. */
export interface Cotangents<N extends CellNames> {
  /** `[T, B, …]` */
  readonly outputs?: MaybeNamed<N["outputs"], Numbers>;
  /** `[B, …]`, of the states after the last step. */
  readonly states?: MaybeNamed<N["states"], Numbers>;
}

export interface BackwardCall {
  /** Compute the gradients of the inputs too. Default true. */
  readonly inputs?: boolean;
  /** Add to `grads` instead of starting at zero. Default false. */
  readonly accumulate?: boolean;
}

/** Views, valid until the next call on the cell. */
export interface Gradients<N extends CellNames, A extends Floats> {
  /** `[T, B, …]`; empty with `inputs: false`. Tokens have none. */
  readonly inputs: MaybeNamed<N["inputs"], A>;
  /** `[B, …]` */
  readonly context: Named<N["context"], A>;
  /** `[B, …]`, of the states before the first step. */
  readonly states: Named<N["states"], A>;
}

export interface StepperOptions<N extends CellNames> {
  /** Default 1. */
  readonly batch?: number;
  readonly context?: Named<N["context"], Numbers>;
  readonly states?: MaybeNamed<N["states"] | N["tokenStates"], Numbers>;
  readonly buffers?: MaybeNamed<N["buffers"], Numbers>;
  /** Number of the first step. Default 0. */
  readonly t0?: number;
  /**
   * The parameters do not change between two resets, which makes a step of one entry up to three times as
   * fast on `wasm`. Changes in between may or may not count. Default false.
   */
  readonly sameParams?: boolean;
}

/** One step at a time; the state stays here between the steps. */
export interface Stepper<N extends CellNames, A extends Floats> {
  /** Arrays `[B, …]` in; outputs `[B, …]`, valid until the next call on the cell. */
  step(inputs: Named<N["inputs"], Numbers>): Named<N["outputs"], A>;
  /** The values after the latest step; they stay the stepper's own. */
  readonly states: StateArrays<N, A>;
  /** Back to the start: given states, or the cell's own. The step number starts again at `t0`. */
  reset(states?: MaybeNamed<N["states"] | N["tokenStates"], Numbers>): void;
}

export interface LoadedCell<
  N extends CellNames = CellNames,
  A extends Floats = Floats,
> {
  readonly name: string;
  readonly backend: HostBackend;
  readonly precision: Precision;
  /** How many threads compute, this one included; 1 after a thread was lost. */
  readonly threads: number;
  readonly sizes: Sizes;
  /** All parameters, one after the other. */
  readonly params: A;
  /** Views of `params` by name; matrices are row-major. */
  readonly param: Named<N["params"], A>;
  /** Gradient of `params`, written by `backward`. */
  readonly grads: A;
  readonly grad: Named<N["params"], A>;
  /** Where each parameter lies in `params`. */
  readonly layout: readonly ParameterRange[];
  /** Fills the parameters anew; the same seed gives the same numbers everywhere. */
  init(seed?: number): void;
  /** A whole sequence: inputs `[T, B, …]` by name, time-major. */
  forward(
    inputs: Named<N["inputs"], Numbers>,
    options?: SequenceOptions<N>,
  ): SequenceResult<N, A>;
  /** For the latest `forward` that kept: gradients of Σ cotangent · value. */
  backward(cotangents: Cotangents<N>, options?: BackwardCall): Gradients<N, A>;
  stepper(options?: StepperOptions<N>): Stepper<N, A>;
  /** Frees what the kernels hold and ends their threads; later calls are errors. */
  dispose(): void;
}

/** What an entry module exports. */
export interface CellModule<N extends CellNames = CellNames> extends CellInfo {
  load(options: GpuCellOptions<N>): Promise<LoadedGpuCell<N>>;
  load<P extends Precision = "f32">(
    options: LoadOptions<N, P>,
  ): Promise<LoadedCell<N, ArrayOf<P>>>;
}

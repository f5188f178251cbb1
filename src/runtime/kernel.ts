/**
 * What a backend's generated kernels look like to the runtime. One interface for all backends.
 *
 * The kernels own all arrays. A caller writes into the slots, calls `forward` or `backward`, and reads
 * slots; slots stay valid until `resize` gets other numbers than before.
 */
export type Floats = Float32Array | Float64Array;

export type Precision = "f32" | "f64";

export type Sizes = Readonly<Record<string, number>>;

/** Arrays by declared name; states by `name` and `name@k`. */
export interface Slots {
  /** `[T, B, …]`; tokens are `Int32Array`. */
  readonly inputs: Readonly<Record<string, Floats | Int32Array>>;
  /** `[B, …]` */
  readonly context: Readonly<Record<string, Floats>>;
  /** Buffers that the caller gives. */
  readonly buffers: Readonly<Record<string, Floats>>;
  /** `[B, …]` before the first step. */
  readonly initial: Readonly<Record<string, Floats | Int32Array>>;
  /** `[T, B, …]` */
  readonly outputs: Readonly<Record<string, Floats>>;
  /** `[B, …]` after the last step. */
  readonly final: Readonly<Record<string, Floats | Int32Array>>;
}

/** As `Slots`; made when the first backward pass is asked for. */
export interface AdjointSlots {
  readonly outputs: Readonly<Record<string, Floats>>;
  readonly final: Readonly<Record<string, Floats>>;
  readonly inputs: Readonly<Record<string, Floats>>;
  readonly context: Readonly<Record<string, Floats>>;
  readonly initial: Readonly<Record<string, Floats>>;
}

export interface ForwardOptions {
  /** Number of the first step. */
  readonly t0: number;
  /** Steps of each batch entry, or null for all of them. */
  readonly lengths: Int32Array | null;
  /** Keep what `backward` needs. */
  readonly keep: boolean;
  /** The parameters are what they were in the latest forward pass: they need not be taken in again. Default false. */
  readonly sameParams?: boolean;
  /** State keys whose `initial` slot the caller filled; the others start as the cell says. */
  readonly given: ReadonlySet<string>;
}

export interface BackwardOptions {
  /** Compute the gradients of the inputs too. */
  readonly inputs: boolean;
}

export interface KernelInstance {
  /** All parameters in one array, at the offsets that the module's `layout` gives. */
  readonly params: Floats;
  /** Gradient of the parameters; `backward` adds to it. */
  readonly grads: Floats;
  /** How many threads compute, the one that calls included. Default 1. */
  readonly threads?: number;
  /** Prepares for T steps of B entries; cheap when nothing changes, allocates only to grow. */
  resize(steps: number, batch: number, adjoint: boolean): void;
  readonly slots: Slots;
  /** Only after `resize` with `adjoint`. */
  readonly adjoint: AdjointSlots;
  forward(options: ForwardOptions): void;
  /** For the latest `forward` that kept. Reads `adjoint.outputs` and `.final`, writes the others. */
  backward(options: BackwardOptions): void;
  dispose(): void;
}

/** A range of the flat parameter vector. */
export interface ParameterRange {
  readonly name: string;
  readonly offset: number;
  readonly shape: readonly number[];
}

/** What a backend's generated module exports. */
export interface KernelModule {
  /** Compiles without holding up the page; `create` does it itself where nobody asked. */
  prepare?(): Promise<void>;
  create(sizes: Sizes, precision: Precision): KernelInstance;
  /**
   * The same over several threads; only where the backend has them. Rejects where they do not start.
   * Calls with less than `leastWork` (parameters · steps · entries) stay in the thread that calls.
   */
  createThreads?(
    sizes: Sizes,
    precision: Precision,
    threads: number,
    leastWork?: number,
  ): Promise<KernelInstance>;
}

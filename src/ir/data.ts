/** Numbers for a cell, and the one interface by which cells are run, whatever runs them. */

/** Row-major; `[T, B, …]` for inputs and outputs, `[B, …]` for context and states. */
export type NamedArrays = Readonly<Record<string, Float64Array>>;

/** The array of a name, which may be one that all objects answer to, such as `toString`. */
export const arrayOf = (
  arrays: NamedArrays | undefined,
  name: string,
): Float64Array | undefined =>
  arrays && Object.hasOwn(arrays, name) ? arrays[name] : undefined;

export interface CellData {
  readonly sizes: Readonly<Record<string, number>>;
  readonly steps: number;
  readonly batch: number;
  /** Number of the first step. */
  readonly t0: number;
  readonly params: NamedArrays;
  readonly buffers: NamedArrays;
  /** Tokens are whole numbers. */
  readonly inputs: NamedArrays;
  readonly context: NamedArrays;
  /** Values before the first step, keys as of `stateKey`; a missing one starts as the cell says. */
  readonly states: NamedArrays;
  /** Steps of each batch entry; all of them where missing. Finished entries keep their state and put out zeros. */
  readonly lengths?: Int32Array;
}

export interface CellResult {
  readonly outputs: NamedArrays;
  /** After the last step; all lags of all states. */
  readonly states: NamedArrays;
}

/** Missing ones are zero. */
export interface CellCotangents {
  readonly outputs: NamedArrays;
  readonly states: NamedArrays;
}

export interface CellGradients {
  readonly params: NamedArrays;
  readonly inputs: NamedArrays;
  readonly context: NamedArrays;
  readonly states: NamedArrays;
}

/** Something that runs one cell: the interpreter or a backend's kernels. */
export interface Executor {
  readonly name: string;
  forward(data: CellData): CellResult;
  /** For the sequence of the latest `forward`. */
  backward(cotangents: CellCotangents): CellGradients;
}

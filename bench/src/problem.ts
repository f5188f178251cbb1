/**
 * One set of numbers per cell and shape, given alike to everybody who is timed. Gates are stacked in the order of
 * `gates`, which is what the peers work with; the generated kernels get the same rows under the cell's own names.
 */
import type { Shape } from "./shapes.js";

export type Cell = "lstm" | "gru" | "peephole";

export type HostBackend = "ts" | "wasm";
export type Backend = HostBackend | "webgpu";

export interface Problem extends Shape {
  readonly cell: Cell;
  readonly gates: readonly string[];
  /** `[T, B, M]` */
  readonly x: Float32Array;
  /** `[G·N, M]` */
  readonly W: Float32Array;
  /** `[G·N, N]` */
  readonly R: Float32Array;
  /** `[G·N]` */
  readonly b: Float32Array;
  /** `[3·N]`: input, forget, output; peephole cell only. */
  readonly p: Float32Array;
  /** Cotangent of the outputs, `[T, B, N]`. */
  readonly dy: Float32Array;
}

export interface Gradients {
  readonly dx: Float32Array;
  readonly dW: Float32Array;
  readonly dR: Float32Array;
  readonly db: Float32Array;
}

/** Which cell of the library is meant, and in which order the peers stack its gates. */
export const cells: Readonly<
  Record<Cell, { readonly name: string; readonly gates: string[] }>
> = {
  lstm: { name: "LSTM", gates: ["i", "f", "o", "g"] },
  gru: { name: "GRU", gates: ["r", "z", "n"] },
  peephole: {
    name: "VanillaLSTM",
    gates: ["i", "f", "o", "z"],
  },
};

/** Mulberry32: small, seeded, good enough for weights. */
export function numbers(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function makeProblem(cell: Cell, shape: Shape): Problem {
  const { T, B, M, N } = shape;
  const next = numbers(12345);
  const filled = (length: number, scale: number): Float32Array =>
    Float32Array.from({ length }, () => (2 * next() - 1) * scale);
  const { gates } = cells[cell];
  const rows = gates.length * N;
  return {
    ...shape,
    cell,
    gates,
    x: filled(T * B * M, 1),
    W: filled(rows * M, Math.sqrt(3 / M)),
    R: filled(rows * N, Math.sqrt(3 / N)),
    b: filled(rows, 0.1),
    p: filled(cell === "peephole" ? 3 * N : 0, 0.5),
    dy: filled(T * B * N, 1),
  };
}

/** Largest difference relative to the largest number of the expected tensor. */
export function relativeError(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} numbers against ${expected.length}`);
  let [difference, largest] = [0, 1e-30];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return difference / largest;
}

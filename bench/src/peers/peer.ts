/** Somebody whose kernels are timed beside the generated ones. */
import type { Gradients } from "../problem.js";

/** One thing to time, and what it calculates, so that it is compared first. */
export interface Timed<Result> {
  result(): Result | Promise<Result>;
  /** Milliseconds of so many runs together. */
  measure(repeats: number): number | Promise<number>;
}

export interface Peer {
  readonly name: string;
  /** The outputs, `[T, B, N]`. */
  readonly forward?: Timed<Float32Array>;
  readonly forwardBackward?: Timed<Gradients>;
  dispose?(): void;
}

/** A function of this process; `before` runs outside of what is timed. */
export function timed<Result>(
  run: () => Result | Promise<Result>,
  before?: () => Promise<unknown>,
): Timed<Result> {
  return {
    result: async () => {
      await before?.();
      return run();
    },
    measure: async (repeats) => {
      await before?.();
      const start = performance.now();
      for (let i = 0; i < repeats; i++) {
        const result = run();
        if (result instanceof Promise) await result;
      }
      return performance.now() - start;
    },
  };
}

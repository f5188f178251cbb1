/** Sizes that are too large for this machine. */
import { CallError } from "./io.js";

/** Arrays that cannot be made are the caller's sizes, not a fault of the compiler. */
export async function inMemory<T>(body: () => T | Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (
      error instanceof RangeError &&
      /allocation failed|Invalid typed array length|of WebAssembly memory/.test(
        error.message,
      )
    )
      throw new CallError(
        "the arrays of these sizes do not fit into memory; choose smaller sizes, or fewer steps",
      );
    throw error;
  }
}

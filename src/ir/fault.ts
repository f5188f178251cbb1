/** A fault of the compiler itself, never of a spec: what is caught at the top and asked to be reported. */
export class CompilerFault extends Error {
  override readonly name = "CompilerFault";

  constructor(
    /** The pass (or stage) in which the fault shows. */
    readonly pass: string,
    readonly detail: string,
  ) {
    super(`fault of the compiler in ${pass}: ${detail}`);
  }
}

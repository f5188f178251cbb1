/** A row of the table of kernels: what it reads, what it writes, and the numbers that come with a call. */
export interface Kernel {
  /** Arrays, bound in this order; those that are written come behind those that are read. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Whole numbers of a call. */
  readonly whole?: readonly string[];
  /** Other numbers of a call. */
  readonly real?: readonly string[];
  readonly body: string;
}

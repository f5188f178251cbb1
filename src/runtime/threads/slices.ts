/** How the entries of a batch are shared out among threads. */

export interface Slice {
  /** The first entry. */
  readonly first: number;
  readonly count: number;
}

/** Kernels multiply so many entries at a time: a slice with fewer costs as much as a full one. */
const together = 4;

/**
 * Slices of about the same size, in the order of the entries, none empty; fewer than `threads` where there
 * are too few entries. They depend on nothing but these two numbers, and so does the order of all sums.
 */
export function sliceBatch(batch: number, threads: number): readonly Slice[] {
  const unit = batch >= together * threads ? together : 1;
  const units = Math.ceil(batch / unit);
  const used = Math.min(threads, units);
  const edge = (i: number): number =>
    Math.min(batch, unit * Math.round((units * i) / used));
  return Array.from({ length: used }, (_, i) => ({
    first: edge(i),
    count: edge(i + 1) - edge(i),
  }));
}

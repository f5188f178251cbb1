/** Rows of steps and entries that belong to sequences. */

/**
 * Writes the runs of such rows, t · B + b of the steps t of each entry b: from … to, from … to, each as long as it
 * can be. There are at most as many numbers as rows, or two.
 * @returns how many runs there are
 */
export function writeRuns(
  runs: { [index: number]: number },
  lengths: ArrayLike<number> | undefined,
  steps: number,
  batch: number,
): number {
  if (!lengths) {
    runs[0] = 0;
    runs[1] = steps * batch;
    return 1;
  }
  let count = 0;
  let end = -1;
  for (let t = 0; t < steps; t++)
    for (let b = 0; b < batch; b++) {
      if (t >= lengths[b]!) continue;
      const row = t * batch + b;
      if (row !== end) runs[2 * count++] = row;
      end = row + 1;
      runs[2 * count - 1] = end;
    }
  return count;
}

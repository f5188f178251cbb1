/** That there is one step only, which can be repeated. */
export function checkSingle(steps: number): void {
  if (steps !== 1)
    throw new RangeError(
      `only a single step can be repeated, and ${steps} come in`,
    );
}

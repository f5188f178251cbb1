/** How the two sides of a bidirectional layer come together; the same wherever they run. */

export type Merge = "concat" | "sum";

interface Side {
  readonly steps: number;
  readonly width: number;
}

/** That the outputs of both sides fit together. */
export function checkSides(merge: Merge, left: Side, right: Side): void {
  if (left.steps !== right.steps)
    throw new RangeError(
      `the two sides of a bidirectional layer put out ${left.steps} and ${right.steps} steps`,
    );
  if (merge === "sum" && left.width !== right.width)
    throw new RangeError(
      `outputs of ${left.width} and ${right.width} numbers cannot be added up`,
    );
}

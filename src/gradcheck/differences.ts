/**
 * Derivatives by central differences, for a loss Σ cotangent · value over all outputs and final states.
 *
 * Four points: f′ ≈ (8 (f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12h, whose error falls with h⁴. With
 * h = 10⁻³ the error of the formula and that of rounding are both near 10⁻¹³ for values of size 1. The
 * differences are taken value by value before they are added up, so that what does not move adds no
 * rounding error, and so that one can tell which values are too large for their differences to show anything.
 */
import type { CellCotangents, CellData, CellResult } from "../ir/data.js";
import { dot, flatten, flattenCotangents } from "./loss.js";
import { differenceTolerance, gradientFloor } from "./report.js";

/** A forward run: its result, and the smooth piece it lies on. */
export interface Evaluator {
  run(data: CellData): { readonly result: CellResult; readonly piece: number };
}

export type Difference = number | "kink";

const step = 1e-3;
/** A kink between the points is stepped away from by making the step smaller, so many times. */
const shrinks = [1, 0.1, 0.01] as const;
/** Steps of the careful estimate, each a quarter of the one before. */
const carefulSteps = [4, 1, 0.25, 0.0625] as const;
const points = [1, -1, 2, -2] as const;

/** Units in the last place that a value of a run may be off, with room for sums within the cell. */
const units = 16;

/** The difference quotient of every value that has a cotangent, apart. */
export interface ValueSlopes {
  readonly slopes: Float64Array;
  /** How far each may be off because values are rounded. */
  readonly noise: Float64Array;
}

export class Differences {
  readonly #evaluator: Evaluator;
  readonly #cotangents: CellCotangents;
  readonly #weights: Float64Array;

  constructor(evaluator: Evaluator, cotangents: CellCotangents) {
    this.#evaluator = evaluator;
    this.#cotangents = cotangents;
    this.#weights = flattenCotangents(cotangents);
  }

  /**
   * The derivative of the loss by `values[position]`, which is an array of `data`; `kink` where no step
   * is small enough to stay on the piece `base`.
   */
  at(
    data: CellData,
    values: Float64Array,
    position: number,
    base: number,
  ): Difference {
    for (const shrink of shrinks) {
      const found = this.#estimate(data, values, position, base, shrink);
      if (found !== "kink") return this.#loss(found.slopes);
    }
    return "kink";
  }

  /**
   * As `at`, with the step at which two estimates agree best: for steep or strongly curved losses.
   * @param exact slopes from another source, by which those are replaced that rounding hides: a value of −1e30 does not
   * change when 1 is added to it. What is not hidden stays.
   */
  careful(
    data: CellData,
    values: Float64Array,
    position: number,
    base: number,
    exact: Float64Array,
  ): { readonly slope: Difference; readonly hidden: boolean } {
    let hidden = false;
    const resolved = ({ slopes, noise }: ValueSlopes): number =>
      this.#loss(
        slopes.map((slope, i) => {
          const wanted = exact[i]!;
          const isHidden =
            noise[i]! >
              differenceTolerance * Math.max(Math.abs(wanted), gradientFloor) &&
            Math.abs(slope - wanted) <= noise[i]!;
          hidden ||=
            isHidden &&
            Math.abs(slope - wanted) * Math.abs(this.#weights[i]!) >
              differenceTolerance * gradientFloor;
          return isHidden ? wanted : slope;
        }),
      );
    const found = carefulSteps
      .map((scale) => this.#estimate(data, values, position, base, scale))
      .filter((estimate) => estimate !== "kink")
      .map(resolved);
    let best: Difference = found[0] ?? this.at(data, values, position, base);
    let gap = Infinity;
    for (let i = 1; i < found.length; i++)
      if (Math.abs(found[i]! - found[i - 1]!) < gap) {
        gap = Math.abs(found[i]! - found[i - 1]!);
        best = found[i]!;
      }
    return { slope: best, hidden };
  }

  #estimate(
    data: CellData,
    values: Float64Array,
    position: number,
    base: number,
    scale: number,
  ): ValueSlopes | "kink" {
    const x = values[position]!;
    const h = step * scale * Math.max(1, Math.abs(x));
    const runs: Float64Array[] = [];
    try {
      for (const point of points) {
        values[position] = x + point * h;
        const { result, piece } = this.#evaluator.run(data);
        if (piece !== base) return "kink";
        runs.push(flatten(result, this.#cotangents));
      }
    } finally {
      values[position] = x;
    }
    const [plus, minus, plus2, minus2] = runs as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    return {
      slopes: plus.map(
        (value, i) =>
          (8 * (value - minus[i]!) - (plus2[i]! - minus2[i]!)) / (12 * h),
      ),
      noise: plus.map(
        (value, i) =>
          (units *
            Number.EPSILON *
            Math.max(Math.abs(value), Math.abs(minus[i]!))) /
          h,
      ),
    };
  }

  /** The slope of the loss from those of the values. */
  #loss(slopes: Float64Array): number {
    return dot(this.#weights, slopes);
  }
}

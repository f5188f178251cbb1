/** One array at a time: its analytic gradient against differences, forward mode and the interpreter. */
import type { CellCotangents, CellData, CellGradients } from "../ir/data.js";
import type { CellProgram } from "../ir/program.js";
import { stateKey } from "../ir/program.js";
import type { Direction, ForwardMode } from "../ir/tangent.js";
import { evaluateSize, showShape } from "../ir/size.js";
import type { Shape } from "../ir/size.js";
import { randomSigns, samplePositions } from "./data.js";
import type { Differences } from "./differences.js";
import { dot, flatten, flattenCotangents } from "./loss.js";
import {
  differenceTolerance,
  gradientFloor,
  kernelBounds,
  tensorPasses,
} from "./report.js";
import type {
  KernelPrecision,
  TensorKind,
  TensorReport,
  WorstElement,
} from "./report.js";

/** Random directions of forward mode per array. */
const directions = 3;

/** An array that has a gradient. */
export interface Tensor {
  readonly kind: TensorKind;
  readonly name: string;
  readonly shape: Shape;
  /** Steps and batch entries, where the array has them. */
  readonly rows: readonly number[];
}

/** Where each kind stands in `CellData`, `CellGradients` and `Direction`. */
const places = {
  parameter: "params",
  input: "inputs",
  context: "context",
  state: "states",
} as const satisfies Record<TensorKind, keyof CellGradients>;

/** Everything in `data` that has a gradient. */
export function tensorsOf(cell: CellProgram, data: CellData): Tensor[] {
  return [
    ...cell.params.map(({ name, shape }): Tensor => ({
      kind: "parameter",
      name,
      shape,
      rows: [],
    })),
    ...cell.inputs
      .filter(({ vocabulary }) => vocabulary === undefined)
      .map(({ name, shape }): Tensor => ({
        kind: "input",
        name,
        shape,
        rows: [data.steps, data.batch],
      })),
    ...cell.contexts.map(({ name, shape }): Tensor => ({
      kind: "context",
      name,
      shape,
      rows: [data.batch],
    })),
    ...cell.states
      .filter(({ vocabulary }) => vocabulary === undefined)
      .flatMap(({ name, lag, shape }) =>
        Array.from({ length: lag }, (_, i): Tensor => ({
          kind: "state",
          name: stateKey(name, i + 1),
          shape,
          rows: [data.batch],
        })),
      )
      .filter(({ name }) => Object.hasOwn(data.states, name)),
  ];
}

export interface TensorCheckParts {
  readonly data: CellData;
  readonly cotangents: CellCotangents;
  readonly analytic: CellGradients;
  /** What the analytic gradients are compared with where there is a backend: one of the two is the interpreter's. */
  readonly reference: CellGradients | undefined;
  /** Of the backend's gradients. */
  readonly precision: KernelPrecision;
  readonly differences: Differences;
  /** Piece of the run that is differentiated. */
  readonly base: number;
  readonly forwardMode: ForwardMode;
  readonly elements: number;
  readonly exhaustive: boolean;
  readonly seed: number;
}

export class TensorCheck {
  readonly #parts: TensorCheckParts;
  readonly #weights: Float64Array;

  constructor(parts: TensorCheckParts) {
    this.#parts = parts;
    this.#weights = flattenCotangents(parts.cotangents);
  }

  report(tensor: Tensor): TensorReport {
    const { analytic, reference, precision, data, elements, seed } =
      this.#parts;
    const place = places[tensor.kind];
    const gradient = analytic[place][tensor.name]!;
    const positions = samplePositions(gradient.length, elements, seed);
    const compared = this.#compare(tensor, gradient, positions);
    const found = {
      differences: compared.error,
      forwardMode: this.#parts.exhaustive
        ? this.#eachElement(tensor, gradient, positions)
        : this.#randomDirections(tensor, gradient),
      interpreter:
        reference &&
        relativeError(
          gradient,
          reference[place][tensor.name]!,
          kernelBounds[precision].floor,
        ),
    };
    return {
      kind: tensor.kind,
      name: tensor.name,
      shape: showShape(tensor.shape),
      elements: gradient.length,
      checked: compared.checked,
      skipped: compared.skipped,
      unresolved: compared.unresolved,
      ...found,
      worst:
        compared.worst &&
        indexed(compared.worst, [
          ...tensor.rows,
          ...tensor.shape.map((size) => evaluateSize(size, data.sizes)),
        ]),
      ok: tensorPasses(found, precision),
    };
  }

  #compare(
    tensor: Tensor,
    gradient: Float64Array,
    positions: readonly number[],
  ): Comparison {
    const { differences, data, base } = this.#parts;
    const values = data[places[tensor.kind]][tensor.name]!;
    const quick = comparison(gradient, positions, (i) =>
      differences.at(data, values, i, base),
    );
    if (quick.error <= differenceTolerance) return quick;
    let unresolved = 0;
    const careful = comparison(gradient, positions, (i) => {
      const { slope, hidden } = differences.careful(
        data,
        values,
        i,
        base,
        this.#slopes(tensor, i, gradient.length),
      );
      if (hidden) unresolved++;
      return slope;
    });
    return { ...careful, unresolved };
  }

  /** Derivatives of all values by one number, from forward mode. */
  #slopes(tensor: Tensor, position: number, length: number): Float64Array {
    const direction = new Float64Array(length);
    direction[position] = 1;
    return this.#tangents(tensor, direction);
  }

  /** Derivative of the loss along a direction in one array. */
  #along(tensor: Tensor, direction: Float64Array): number {
    return dot(this.#weights, this.#tangents(tensor, direction));
  }

  #tangents(tensor: Tensor, direction: Float64Array): Float64Array {
    const { forwardMode, data, cotangents } = this.#parts;
    const moved: Direction = {
      [places[tensor.kind]]: { [tensor.name]: direction },
    };
    const { tangents } = forwardMode.run(data, moved);
    return flatten(tangents, cotangents);
  }

  /** For an error e of the gradient and signs v, e·v is ‖e‖ in the mean square. */
  #randomDirections(tensor: Tensor, gradient: Float64Array): number {
    const norm = Math.max(Math.sqrt(dot(gradient, gradient)), gradientFloor);
    let worst = 0;
    for (let i = 0; i < directions; i++) {
      const signs = randomSigns(gradient.length, this.#parts.seed + i);
      const gap = Math.abs(dot(gradient, signs) - this.#along(tensor, signs));
      worst = Math.max(worst, gap / norm);
    }
    return worst;
  }

  #eachElement(
    tensor: Tensor,
    gradient: Float64Array,
    positions: readonly number[],
  ): number {
    const unit = new Float64Array(gradient.length);
    const slopes = Float64Array.from(positions, (i) => {
      unit.fill(0)[i] = 1;
      return this.#along(tensor, unit);
    });
    return relativeError(
      Float64Array.from(positions, (i) => gradient[i]!),
      slopes,
    );
  }
}

interface Comparison {
  readonly error: number;
  readonly checked: number;
  readonly skipped: number;
  readonly unresolved: number;
  readonly worst:
    | {
        readonly position: number;
        readonly analytic: number;
        readonly numeric: number;
      }
    | undefined;
}

function comparison(
  gradient: Float64Array,
  positions: readonly number[],
  difference: (position: number) => number | "kink",
): Comparison {
  const analytic: number[] = [];
  const numeric: number[] = [];
  let worst: Comparison["worst"];
  for (const position of positions) {
    const found = difference(position);
    if (found === "kink") continue;
    const value = gradient[position]!;
    analytic.push(value);
    numeric.push(found);
    const gap = Math.abs(value - found);
    // A gap that is not a number is the worst there can be.
    if (!worst || !(gap <= Math.abs(worst.analytic - worst.numeric)))
      worst = { position, analytic: value, numeric: found };
  }
  return {
    error: relativeError(
      Float64Array.from(analytic),
      Float64Array.from(numeric),
    ),
    checked: analytic.length,
    skipped: positions.length - analytic.length,
    unresolved: 0,
    worst,
  };
}

/** ‖a − b‖ / max(‖a‖, ‖b‖, floor). */
export function relativeError(
  a: Float64Array,
  b: Float64Array,
  floor = gradientFloor,
): number {
  const gap = a.map((value, i) => value - b[i]!);
  const scale = Math.max(dot(a, a), dot(b, b), floor ** 2);
  return Math.sqrt(dot(gap, gap) / scale);
}

function indexed(
  worst: NonNullable<Comparison["worst"]>,
  dims: readonly number[],
): WorstElement {
  const index: number[] = [];
  let rest = worst.position;
  for (const dim of dims.toReversed()) {
    index.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return { index, analytic: worst.analytic, numeric: worst.numeric };
}

/** What a gradient check found, as data and as a table. */
import { counted } from "../text/counted.js";
import type { Sizes } from "./sizes.js";

/** Largest relative error against central differences in float64 that passes. */
export const differenceTolerance = 1e-6;
/** Largest relative error against forward mode, and of kernels against the interpreter, that passes. */
export const exactTolerance = 1e-10;
/**
 * Relative errors of gradients whose norm is smaller are taken relative to this. Cotangents are of size
 * 1, so that such a gradient is next to nothing, and may be exactly nothing but for rounding (the bias in
 * front of a softmax). An absolute error above `floor · tolerance` = 10⁻¹⁰ still fails.
 */
export const gradientFloor = 1e-4;

export type KernelPrecision = "f64" | "f32";

/**
 * How far kernels may be from the interpreter. In float32 (6e-8) sums over a sequence and the cancellation in
 * normalised values make it more, a wrong formula far more.
 */
export const kernelBounds = {
  f64: { tolerance: exactTolerance, floor: gradientFloor },
  f32: { tolerance: 1e-4, floor: 1e-2 },
} as const;

export type TensorKind = "parameter" | "input" | "context" | "state";

export interface WorstElement {
  /** One number per axis; inputs start with step and batch entry, contexts and states with the entry. */
  readonly index: readonly number[];
  readonly analytic: number;
  readonly numeric: number;
}

export interface TensorReport {
  readonly kind: TensorKind;
  /** States by key: `h`, `h@2`. */
  readonly name: string;
  /** Of one value, symbolically: `[N, M]`. */
  readonly shape: string;
  /** Numbers in the array. */
  readonly elements: number;
  /** Compared with differences; the others were left out of a large array by chance. */
  readonly checked: number;
  /** Left out because no step away from a kink was small enough. */
  readonly skipped: number;
  /**
   * Numbers whose differences show nothing for some values of the run, because these are so large that the change is lost
   * in rounding (−1e30 for "impossible"). For those values forward mode stands in; all others were compared.
   */
  readonly unresolved: number;
  /** Relative error against central differences, ‖a − n‖ / max(‖a‖, ‖n‖, floor). */
  readonly differences: number;
  /** Relative error against forward mode. */
  readonly forwardMode: number;
  /** Relative error of the backend's gradient against the interpreter's; none without a backend. */
  readonly interpreter: number | undefined;
  /** Where analytic and numeric gradient differ most. */
  readonly worst: WorstElement | undefined;
  readonly ok: boolean;
}

export interface GradcheckReport {
  readonly cell: string;
  /** What computed the analytic gradients. */
  readonly backend: string;
  /** Of its kernels. */
  readonly precision: KernelPrecision;
  readonly sizes: Sizes;
  readonly steps: number;
  readonly batch: number;
  /** Steps of each entry where they differ. */
  readonly lengths: readonly number[] | undefined;
  readonly seed: number;
  readonly tensors: readonly TensorReport[];
  /** Numbers in all parameters together. */
  readonly parameters: number;
  /** Relative error of the backend's outputs and final states against the interpreter's. */
  readonly forward: number | undefined;
  /** Largest relative error against differences. */
  readonly worst: number;
  readonly milliseconds: number;
  /** Of a failure with `lengths`: whether all is well where all entries have all steps. */
  readonly withoutLengths?: boolean;
  /** Why nothing could be checked, or what is wrong beside the tensors. */
  readonly problem: string | undefined;
  readonly ok: boolean;
  /** One line; for a failure one more per tensor that failed. */
  readonly summary: string;
}

export function tensorPasses(
  tensor: Pick<TensorReport, "differences" | "forwardMode" | "interpreter">,
  precision: KernelPrecision,
): boolean {
  return (
    tensor.differences <= differenceTolerance &&
    tensor.forwardMode <= exactTolerance &&
    (tensor.interpreter === undefined ||
      tensor.interpreter <= kernelBounds[precision].tolerance)
  );
}

/** Completes a report with its verdict and summary. */
export function concludeReport(
  found: Omit<GradcheckReport, "ok" | "summary" | "worst" | "problem"> & {
    readonly problem?: string | undefined;
  },
): GradcheckReport {
  const worst = found.tensors.reduce(
    (most, tensor) => Math.max(most, tensor.differences),
    0,
  );
  const problem =
    found.problem ??
    (found.forward !== undefined &&
    !(found.forward <= kernelBounds[found.precision].tolerance)
      ? `outputs of the ${found.backend} kernels differ from the interpreter's by ${error(found.forward)}`
      : undefined);
  const failed = found.tensors.filter((tensor) => !tensor.ok);
  const ok = problem === undefined && failed.length === 0;
  const unresolved = found.tensors.filter((tensor) => tensor.unresolved > 0);
  const skipped = found.tensors.reduce((sum, { skipped: n }) => sum + n, 0);
  const head = ok
    ? `${found.cell}: ${counted(found.tensors.length, "gradient agrees", "gradients agree")}, worst relative error ${error(worst)}${skipped > 0 ? `, ${counted(skipped, "number")} at kinks left out` : ""}${unresolved.length > 0 ? `; ${named(unresolved)}: agrees with forward mode, differences cannot resolve it` : ""}`
    : `${found.cell}: ${problem ?? `${failed.length} of ${counted(found.tensors.length, "gradient")} ${failed.length === 1 ? "is" : "are"} wrong`}`;
  return {
    ...found,
    worst,
    problem,
    ok,
    summary: [
      head,
      ...failed.map((tensor) => `  ${describeFailure(tensor)}`),
    ].join("\n"),
  };
}

const named = (tensors: readonly TensorReport[]): string =>
  tensors.map(({ kind, name }) => `${kind} ${name}`).join(", ");

const error = (value: number): string => value.toExponential(1);

function describeFailure(tensor: TensorReport): string {
  const { worst } = tensor;
  const place = worst
    ? `; at [${worst.index.join(", ")}] analytic ${worst.analytic}, numeric ${worst.numeric}`
    : "";
  const kernel =
    tensor.interpreter === undefined
      ? ""
      : `, against the interpreter ${error(tensor.interpreter)}`;
  return `${tensor.kind} ${tensor.name} ${tensor.shape}: against differences ${error(tensor.differences)}, against forward mode ${error(tensor.forwardMode)}${kernel}${place}`;
}

/** A plain table, one line per tensor, with a head and a line of summary. */
export function formatReport(report: GradcheckReport): string {
  const sizes = Object.entries(report.sizes)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
  const lengths = report.lengths ? ` lengths=${report.lengths.join(",")}` : "";
  const rows = [
    [
      "",
      "shape",
      "checked",
      "differences",
      "forward mode",
      ...(report.backend === "interpreter" ? [] : ["interpreter"]),
      "worst element: analytic / numeric",
      "",
    ],
    ...report.tensors.map((tensor) => [
      `${tensor.kind} ${tensor.name}`,
      tensor.shape,
      `${tensor.checked}/${tensor.elements}${tensor.skipped > 0 ? ` (${tensor.skipped} at kinks)` : ""}`,
      error(tensor.differences),
      error(tensor.forwardMode),
      ...(report.backend === "interpreter"
        ? []
        : [tensor.interpreter === undefined ? "" : error(tensor.interpreter)]),
      tensor.worst
        ? `[${tensor.worst.index.join(", ")}]: ${tensor.worst.analytic.toPrecision(6)} / ${tensor.worst.numeric.toPrecision(6)}`
        : "",
      !tensor.ok ? "FAILED" : tensor.unresolved > 0 ? "not resolved" : "ok",
    ]),
  ];
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length)),
  );
  return [
    `${report.cell} (${report.backend}) ${sizes} steps=${report.steps} batch=${report.batch}${lengths} seed=${report.seed}`,
    ...(report.tensors.length === 0
      ? []
      : rows.map((row) =>
          row
            .map((cell, column) => cell.padEnd(widths[column]!))
            .join("  ")
            .trimEnd(),
        )),
    report.summary,
  ].join("\n");
}

/** A failed report with what the same check says of entries that all have all steps. */
export function compareWithoutLengths(
  report: GradcheckReport,
  without: GradcheckReport,
): GradcheckReport {
  const { ok } = without;
  const said = ok
    ? "without lengths, where all entries have all steps, all gradients agree: what follows an entry's end matters"
    : "the same without lengths";
  return {
    ...report,
    withoutLengths: ok,
    summary: `${report.summary}\n  ${said}`,
  };
}

/**
 * Are the gradients of a cell right? Three witnesses that share no code with reverse mode: central
 * differences of the forward run, forward-mode derivatives, and, for a backend, the interpreter.
 *
 * Differences go number by number; of arrays with more than `elements` numbers a sample is taken, from
 * the seed. Forward mode goes along random directions of ±1 in one array at a time (all numbers of the
 * array take part), or number by number with `exhaustive`.
 */
import type {
  CellCotangents,
  CellData,
  CellGradients,
  CellResult,
  Executor,
  NamedArrays,
} from "../ir/data.js";
import { hasKinks, Interpreter, stopsGradients } from "../ir/interpret.js";
import { reachable } from "../ir/graph.js";
import type { AdjointProgram, CellProgram } from "../ir/program.js";
import { ForwardMode } from "../ir/tangent.js";
import { copyArrays, randomCotangents, randomData } from "./data.js";
import type { DataOptions } from "./data.js";
import { Differences } from "./differences.js";
import type { Evaluator } from "./differences.js";
import { flatten } from "./loss.js";
import { concludeReport } from "./report.js";
import type {
  GradcheckReport,
  KernelPrecision,
  TensorReport,
} from "./report.js";
import { chooseSizes } from "./sizes.js";
import type { Sizes } from "./sizes.js";
import { relativeError, tensorsOf, TensorCheck } from "./tensors.js";

export interface GradcheckOptions {
  /** Numbers for sizes; those of the cell that are missing are chosen. */
  readonly sizes?: Sizes;
  /** Default 4, or up to 12 so that the largest `[t-k]` acts inside the sequence. */
  readonly steps?: number;
  /** Default 3. */
  readonly batch?: number;
  /** Entries of different lengths (the default where there is more than one entry). */
  readonly lengths?: boolean;
  readonly seed?: number;
  /** Makes the kernels to be checked; without it the interpreter runs the adjoint step. */
  readonly backend?: () => Executor;
  /**
   * Of the kernels; default `f64`. Differences need float64: kernels in `f32` are compared with the
   * interpreter alone, whose gradients are the ones that differences and forward mode check.
   */
  readonly precision?: KernelPrecision;
  /** Most numbers of one array that are compared with differences; default 64. */
  readonly elements?: number;
  /** Forward mode for each number that is compared, in place of random directions. */
  readonly exhaustive?: boolean;
  /** Called before each array: its name, how many are done, how many there are. */
  readonly onProgress?: (name: string, done: number, total: number) => void;
}

/** Kernels must agree with the interpreter this well to stand in for it in the differences. */
const standInTolerance = 1e-12;

/** Checks all gradients of a cell. Never throws for a cell that verifies; sizes that do not fit are a problem of the report. */
export function checkGradients(
  cell: CellProgram,
  adjoint: AdjointProgram,
  options: GradcheckOptions = {},
): GradcheckReport {
  const started = performance.now();
  const chosen = chooseSizes(cell, options.sizes);
  const settings = settingsOf(cell, chosen.ok ? chosen.sizes : {}, options);
  const executor = options.backend?.();
  const found = chosen.ok
    ? runChecks(cell, adjoint, settings, executor)
    : { problem: chosen.message };
  return concludeReport({
    cell: cell.name,
    backend: executor?.name ?? "interpreter",
    sizes: settings.sizes,
    steps: settings.steps,
    batch: settings.batch,
    seed: settings.seed,
    precision: settings.precision,
    lengths: undefined,
    tensors: [],
    parameters: 0,
    forward: undefined,
    ...found,
    milliseconds: performance.now() - started,
  });
}

/** What a check runs: for backends that cannot be called from within it, because their calls take time. */
export function gradcheckRuns(
  cell: CellProgram,
  adjoint: AdjointProgram,
  options: GradcheckOptions = {},
): { readonly data: CellData; readonly cotangents: CellCotangents }[] {
  const chosen = chooseSizes(cell, options.sizes);
  if (!chosen.ok) return [];
  const settings = settingsOf(cell, chosen.sizes, options);
  const interpreter = new Interpreter(cell, { adjoint, pieces: true });
  return startsOf(cell).map((withoutStates) => {
    const { data } = finiteData(cell, interpreter, {
      ...settings,
      withoutStates,
    });
    return {
      data,
      cotangents: randomCotangents(cell, data, settings.seed + 1),
    };
  });
}

function settingsOf(
  cell: CellProgram,
  sizes: Sizes,
  options: GradcheckOptions,
): Settings {
  const deepest = Math.max(0, ...cell.states.map((state) => state.lag));
  return {
    sizes,
    steps: options.steps ?? Math.min(12, Math.max(4, deepest + 2)),
    batch: options.batch ?? 3,
    seed: options.seed ?? 1,
    precision: options.precision ?? "f64",
    lengths: (options.lengths ?? true) && (options.batch ?? 3) > 1,
    elements: options.elements ?? 64,
    exhaustive: options.exhaustive ?? false,
    onProgress: options.onProgress ?? (() => undefined),
  };
}

interface Settings {
  readonly sizes: Sizes;
  readonly steps: number;
  readonly batch: number;
  readonly seed: number;
  readonly precision: KernelPrecision;
  readonly lengths: boolean;
  readonly elements: number;
  readonly exhaustive: boolean;
  readonly onProgress: NonNullable<GradcheckOptions["onProgress"]>;
}

interface Found {
  readonly tensors: readonly TensorReport[];
  readonly parameters: number;
  readonly lengths: readonly number[] | undefined;
  readonly forward: number | undefined;
}

function runChecks(
  cell: CellProgram,
  adjoint: AdjointProgram,
  settings: Settings,
  executor: Executor | undefined,
): Found | { readonly problem: string } {
  const [withoutStates, ...others] = startsOf(cell);
  const first = new Run(cell, adjoint, settings, executor, withoutStates!);
  if (!first.finite)
    return { problem: "the outputs are not finite for random data" };
  const runs = [
    first,
    ...others.map((each) => new Run(cell, adjoint, settings, executor, each)),
  ];
  const checks = new Map<string, () => TensorReport>();
  for (const run of runs)
    for (const tensor of tensorsOf(cell, run.data)) {
      const key = `${tensor.kind} ${tensor.name}`;
      if (!checks.has(key)) checks.set(key, () => run.check.report(tensor));
    }
  const tensors = [...checks].map(([key, check], i) => {
    settings.onProgress(key, i, checks.size);
    return check();
  });
  const forward = Math.max(...runs.map((run) => run.forwardError ?? 0));
  const { params, lengths } = first.data;
  return {
    tensors,
    parameters: Object.values(params).reduce((n, array) => n + array.length, 0),
    lengths: lengths && [...lengths],
    forward: executor ? forward : undefined,
  };
}

/**
 * The states that each run is given no value for. Learned initial states take part only where the caller gives
 * none, so that they need a run of their own.
 */
function startsOf(cell: CellProgram): (readonly string[])[] {
  const learned = learnedStates(cell);
  return learned.length === 0 ? [[]] : [learned, []];
}

/** States whose initial value follows from parameters. */
const learnedStates = (cell: CellProgram): string[] =>
  cell.states
    .filter(
      ({ initial }) =>
        initial && reachable([initial]).some((node) => node.op === "param"),
    )
    .map((state) => state.name);

/** One set of data with its analytic gradients, ready to be compared. */
class Run {
  readonly data: CellData;
  readonly finite: boolean;
  readonly forwardError: number | undefined;
  readonly check: TensorCheck;

  constructor(
    cell: CellProgram,
    adjoint: AdjointProgram,
    settings: Settings,
    executor: Executor | undefined,
    withoutStates: readonly string[],
  ) {
    const interpreter = new Interpreter(cell, { adjoint, pieces: true });
    const { data, result } = finiteData(cell, interpreter, {
      ...settings,
      withoutStates,
    });
    this.data = data;
    const cotangents = randomCotangents(cell, data, settings.seed + 1);
    const values = flatten(result, cotangents);
    this.finite = values.every(Number.isFinite);
    const reference = interpreter.backward(cotangents);
    const kernel = executor && {
      values: flatten(executor.forward(data), cotangents),
      gradients: copyGradients(executor.backward(cotangents)),
    };
    this.forwardError = kernel && relativeError(kernel.values, values);
    const standIn =
      executor &&
      this.forwardError !== undefined &&
      this.forwardError <= standInTolerance &&
      !hasKinks(cell) &&
      !stopsGradients(cell)
        ? executor
        : undefined;
    const evaluator = standIn
      ? kernelEvaluator(standIn)
      : interpreterEvaluator(interpreter, data);
    const single = settings.precision === "f32";
    this.check = new TensorCheck({
      data,
      cotangents,
      analytic: (single ? undefined : kernel?.gradients) ?? reference,
      reference: kernel && (single ? kernel.gradients : reference),
      precision: settings.precision,
      base: evaluator.run(data).piece,
      differences: new Differences(evaluator, cotangents),
      forwardMode: new ForwardMode(cell),
      elements: settings.elements,
      exhaustive: settings.exhaustive,
      seed: settings.seed + 2,
    });
  }
}

/** Random data for which the outputs are finite, or the last that was tried. */
function finiteData(
  cell: CellProgram,
  interpreter: Interpreter,
  options: Settings & Pick<DataOptions, "withoutStates">,
): { readonly data: CellData; readonly result: CellResult } {
  const attempt = (positive: boolean) => {
    const drawn = randomData(cell, options.sizes, { ...options, positive });
    // The differences change these arrays in place and put back what was there.
    const data: CellData = {
      ...drawn,
      params: copyArrays(drawn.params),
      inputs: copyArrays(drawn.inputs),
      context: copyArrays(drawn.context),
      states: copyArrays(drawn.states),
    };
    return { data, result: interpreter.forward(data) };
  };
  const first = attempt(false);
  const isFinite = (arrays: NamedArrays): boolean =>
    Object.values(arrays).every((array) => array.every(Number.isFinite));
  return isFinite(first.result.outputs) && isFinite(first.result.states)
    ? first
    : attempt(true);
}

const kernelEvaluator = (executor: Executor): Evaluator => ({
  run: (data) => ({ result: executor.forward(data), piece: 0 }),
});

function interpreterEvaluator(
  interpreter: Interpreter,
  base: CellData,
): Evaluator {
  interpreter.forward(base, "record");
  return {
    run: (data) => {
      const result = interpreter.forward(data, "replay");
      return { result, piece: interpreter.pieces };
    },
  };
}

/** Kernels may hand out their own arrays, which the next run overwrites. */
const copyGradients = (gradients: CellGradients): CellGradients => ({
  params: copyArrays(gradients.params),
  inputs: copyArrays(gradients.inputs),
  context: copyArrays(gradients.context),
  states: copyArrays(gradients.states),
});

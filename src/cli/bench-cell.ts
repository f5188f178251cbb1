/** Times a cell's kernels, one backend beside the other, after comparing what they give. */
import type { KernelExecutor } from "../backends/executor.js";
import type { GpuExecutor } from "../backends/gpu-executor.js";
import { makeExecutor } from "../compile.js";
import type { CompiledCell } from "../compile.js";
import {
  randomCotangents,
  randomData,
  relativeError,
} from "../gradcheck/index.js";
import type {
  CellCotangents,
  CellData,
  CellGradients,
  CellResult,
} from "../ir/data.js";
import { addSizes, evaluateSize } from "../ir/size.js";
import type { Stage } from "../passes/kernels.js";
import { multiplications } from "./costs.js";
import { timeRounds } from "./rounds.js";
import type { Contestant } from "./rounds.js";

export type TimedBackend = "ts" | "wasm" | "wgsl";

export interface Contender {
  readonly backend: TimedBackend;
  /** New, with memory of its own. */
  make(): KernelExecutor | GpuExecutor;
  /** Resolves when the work that was handed over is done. */
  done?(): Promise<void>;
}

export interface Shape {
  readonly sizes: Readonly<Record<string, number>>;
  readonly steps: number;
  readonly batch: number;
}

export interface BackendTimes {
  readonly backend: TimedBackend;
  /** Medians, in milliseconds. Forward keeps nothing for a backward pass. */
  readonly forwardMs: number;
  readonly bothMs: number;
  /** Multiplications and as many additions, of both passes, in 10⁹ a second. */
  readonly gflops: number;
}

export interface CellTimes extends Shape {
  readonly cell: string;
  readonly backends: readonly BackendTimes[];
}

/** The backends do not give the same. */
export class Disagreement extends Error {}

/** Float32 beside float64; sequences and sums leave some of its 6e-8. */
const tolerance = 1e-3;
/** Tensors that are smaller than this are compared absolutely. */
const floor = 1e-2;

/** @throws Disagreement where a backend gives something else than the float64 loops */
export async function benchCell(
  cell: CompiledCell,
  shape: Shape,
  contenders: readonly Contender[],
  rounds: number,
): Promise<CellTimes> {
  const { program } = cell;
  const data = randomData(program, shape.sizes, { ...shape, seed: 1 });
  const cotangents = randomCotangents(program, data, 2);
  const reference = makeExecutor(cell);
  const expected = [reference.forward(data), reference.backward(cotangents)];
  reference.dispose();
  const made: (KernelExecutor | GpuExecutor)[] = [];
  const contestants: Contestant[] = [];
  try {
    for (const { backend, make, done } of contenders) {
      const [forward, both] = [make(), make()];
      made.push(forward, both);
      await compare(cell.name, backend, both, data, cotangents, expected);
      const passes = {
        forward: [forward.prepare(data, false)],
        both: [both.prepare(data), both.prepareBackward(cotangents)],
      };
      for (const [name, calls] of Object.entries(passes))
        contestants.push({
          name,
          measure: (repeats) => measure(calls, repeats, done),
        });
    }
    const times = await timeRounds(contestants, rounds, 200);
    const work = multiplicationsOf(cell, shape);
    return {
      cell: cell.name,
      ...shape,
      backends: contenders.map(({ backend }, i) => {
        const bothMs = times[2 * i + 1]!.medianMs;
        return {
          backend,
          forwardMs: times[2 * i]!.medianMs,
          bothMs,
          gflops: (2 * work) / bothMs / 1e6,
        };
      }),
    };
  } finally {
    made.forEach((executor) => executor.dispose());
  }
}

/** Milliseconds of so many runs together. */
async function measure(
  calls: readonly (() => void | Promise<void>)[],
  repeats: number,
  done: Contender["done"],
): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < repeats; i++)
    for (const call of calls) {
      const handed = call();
      if (handed) await handed;
    }
  if (done) await done();
  return performance.now() - start;
}

async function compare(
  cell: string,
  backend: TimedBackend,
  executor: KernelExecutor | GpuExecutor,
  data: CellData,
  cotangents: CellCotangents,
  expected: readonly (CellResult | CellGradients)[],
): Promise<void> {
  const actual = [
    await executor.forward(data),
    await executor.backward(cotangents),
  ];
  const tensors = (of: CellResult | CellGradients) =>
    Object.entries(of).flatMap(([kind, arrays]) =>
      Object.entries(arrays as CellResult["outputs"]).map(
        ([name, values]) => [`${kind} ${name}`, values] as const,
      ),
    );
  expected.forEach((of, pass) => {
    const own = new Map(tensors(actual[pass]!));
    for (const [name, values] of tensors(of)) {
      const found = own.get(name);
      const difference = found ? relativeError(found, values, floor) : Infinity;
      if (!(difference <= tolerance))
        throw new Disagreement(
          `${cell}: ${pass === 0 ? "" : "gradients of "}${name} of ${backend} differ from float64 by ${difference.toExponential(1)} relative to their size`,
        );
    }
  });
}

/** Multiplications of a forward and a backward pass. */
function multiplicationsOf(
  { schedule }: CompiledCell,
  { sizes, steps, batch }: Shape,
): number {
  const perRow = (stages: readonly Stage[]): number => {
    const { once, loop } = multiplications(stages);
    return evaluateSize(addSizes(once, loop), sizes);
  };
  return steps * batch * (perRow(schedule.forward) + perRow(schedule.backward));
}

/** How exact the gradients are: the worst error of any tensor of each cell of the library, over several sizes. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compileFiles, makeExecutor } from "../../dist/compile.js";
import type { CompiledCell } from "../../dist/compile.js";
import { randomCotangents, randomData } from "../../dist/gradcheck/index.js";
import { gradcheck } from "../../dist/index.js";

export interface Accuracy {
  readonly cell: string;
  /** Gradients that were compared: parameters, inputs, contexts, initial states. */
  readonly tensors: number;
  /** Against central differences in float64; target 1e-6. */
  readonly differences: number;
  /** Against forward mode in float64; target 1e-10. */
  readonly forwardMode: number;
  /** Values and gradients of the float32 kernels against those in float64; target 1e-4. */
  readonly single: number;
  readonly ok: boolean;
}

const root = new URL("../../", import.meta.url);

/** Numbers for the sizes of a cell in the order in which they appear, with steps and batch. */
const settings = [
  { numbers: [1], steps: 1, batch: 1 },
  { numbers: [3, 5, 7, 2], steps: 4, batch: 3 },
  { numbers: [8, 12, 4, 6], steps: 5, batch: 2 },
  { numbers: [11, 13, 9, 6], steps: 6, batch: 7 },
] as const;

type Arrays = Readonly<Record<string, Float64Array>>;

/** ‖a − b‖ / ‖b‖, in units of `floor` where b is smaller. */
function worstDifference(
  actual: Arrays,
  expected: Arrays,
  floor: number,
): number {
  let worst = 0;
  for (const [name, values] of Object.entries(expected)) {
    let [difference, norm] = [0, 0];
    values.forEach((value, i) => {
      difference += (actual[name]![i]! - value) ** 2;
      norm += value ** 2;
    });
    worst = Math.max(
      worst,
      Math.sqrt(difference) / Math.max(Math.sqrt(norm), floor),
    );
  }
  return worst;
}

function singleError(
  cell: CompiledCell,
  sizes: Readonly<Record<string, number>>,
  steps: number,
  batch: number,
): number {
  const data = randomData(cell.program, sizes, { steps, batch, seed: 5 });
  const cotangents = randomCotangents(cell.program, data, 6);
  const [double, single] = (["f64", "f32"] as const).map((precision) => {
    const kernels = makeExecutor(cell, precision);
    const { outputs, states } = kernels.forward(data);
    return [outputs, states, ...Object.values(kernels.backward(cotangents))];
  });
  // The normalisation of a single number is constant; what is left is rounding, enlarged by 1 / √1e-5.
  const constant =
    /LayerNorm|FastWeights/.test(cell.name) &&
    Object.values(sizes).every((size) => size === 1);
  const floor = constant ? 300 : 1e-2;
  return Math.max(
    ...double!.map((arrays, i) => worstDifference(single![i]!, arrays, floor)),
  );
}

export function gradientAccuracy(progress: (text: string) => void): Accuracy[] {
  const specs = readdirSync(new URL("specs/", root))
    .filter((name) => name.endsWith(".cell"))
    .sort();
  const { cells } = compileFiles(
    specs.map((name) => `specs/${name}`),
    {
      resolve: (from, path) => join(dirname(from), path),
      read: (file) => readFileSync(new URL(file, root)),
    },
  );
  return cells.map((cell) => {
    progress(`gradients of ${cell.name}`);
    const results = settings.map(({ numbers, steps, batch }) => {
      const sizes = Object.fromEntries(
        cell.program.sizes.map((name, i) => [
          name,
          numbers[i % numbers.length]!,
        ]),
      );
      const { reports, ok } = gradcheck(cell, {
        sizes,
        steps,
        batch,
        elements: 24,
      });
      const tensors = reports.flatMap((report) => report.tensors);
      return {
        tensors: tensors.length,
        differences: Math.max(0, ...tensors.map((t) => t.differences)),
        forwardMode: Math.max(0, ...tensors.map((t) => t.forwardMode)),
        single: singleError(cell, sizes, steps, batch),
        ok,
      };
    });
    const worst = (key: "differences" | "forwardMode" | "single"): number =>
      Math.max(...results.map((result) => result[key]));
    return {
      cell: cell.name,
      tensors: results.reduce((sum, { tensors }) => sum + tensors, 0),
      differences: worst("differences"),
      forwardMode: worst("forwardMode"),
      single: worst("single"),
      ok: results.every(({ ok }) => ok) && worst("single") <= 1e-4,
    };
  });
}

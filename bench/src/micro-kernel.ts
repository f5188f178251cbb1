/** The matrix product alone, its weights packed: what the kernels of the WebAssembly backend could reach at most. */
import { loadAssembler, productsWat } from "../../dist/backends/wasm/index.js";
import { hasRelaxedSimd } from "../../dist/runtime/wasm/features.js";
import { compileCells } from "./cells.js";
import { makeGenerated } from "./generated.js";
import { compared } from "./compare.js";
import type { Plan } from "./kernels.js";
import { timed } from "./peers/peer.js";
import { cells, makeProblem, numbers, relativeError } from "./problem.js";
import { timeRounds } from "../../dist/cli/rounds.js";
import { main } from "./shapes.js";

export interface Speed {
  readonly name: string;
  readonly gflops: number;
  /** Share of the product's speed; target 0.7. */
  readonly share: number | undefined;
}

interface Products {
  pack_nt(to: number, from: number, columns: number, depth: number): void;
  mul_nt(
    y: number,
    yStride: number,
    x: number,
    xStride: number,
    panels: number,
    rows: number,
    columns: number,
    depth: number,
    add: number,
  ): void;
  panel_bytes(columns: number, depth: number): number;
}

/** x · Wᵀ for the state of an LSTM and its four gates. */
const [rows, columns, depth] = [main.B, 4 * main.N, main.N];
const flopsOfProduct = 2 * rows * columns * depth;

async function makeProduct(): Promise<() => void> {
  const { assemble } = await loadAssembler();
  const bytes = assemble(productsWat(hasRelaxedSimd()));
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536 });
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(bytes), {
    host: { memory },
  });
  const { pack_nt, mul_nt, panel_bytes } =
    instance.exports as unknown as Products;
  const [x, W] = [0, 4 * rows * depth];
  const panels = W + 4 * columns * depth;
  const y = panels + panel_bytes(columns, depth);
  const view = (from: number, length: number): Float32Array =>
    new Float32Array(memory.buffer, from, length);
  const next = numbers(3);
  const given = view(x, (rows + columns) * depth);
  given.forEach((_, i) => (given[i] = 2 * next() - 1));
  pack_nt(panels, W, columns, depth);
  const run = (): void =>
    mul_nt(y, 4 * columns, x, 4 * depth, panels, rows, columns, depth, 0);
  run();
  const expected = Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < depth; k++)
      sum += given[row * depth + k]! * given[(rows + column) * depth + k]!;
    return sum;
  });
  compared("product", relativeError(view(y, rows * columns), expected));
  return run;
}

/** The LSTM's both passes at the main shape, everything counted, beside the product. */
export async function compareWithProduct(plan: Plan): Promise<Speed[]> {
  const name = "wasm product";
  if (!plan.wanted(name)) return [];
  plan.progress(name);
  const problem = makeProblem("lstm", main);
  const modules = await compileCells([cells.lstm.name]);
  const lstm = await makeGenerated(problem, modules, "wasm");
  const { T, B, M, N } = main;
  const flops = 2 * T * B * 4 * N * (M + N);
  const contestants = [
    {
      name: `product of ${rows}×${depth} and ${depth}×${columns}`,
      flops: flopsOfProduct,
      measure: timed(await makeProduct()).measure,
    },
    { name: "LSTM forward", flops, measure: lstm.forward.measure },
    {
      name: "LSTM forward+backward",
      flops: 3 * flops,
      measure: lstm.forwardBackward.measure,
    },
  ];
  const timings = await timeRounds(contestants, plan.rounds);
  lstm.dispose();
  const speeds = timings.map(
    ({ medianMs }, i) => contestants[i]!.flops / medianMs / 1e6,
  );
  return contestants.map(({ name: what }, i) => ({
    name: what,
    gflops: speeds[i]!,
    share: i === 0 ? undefined : speeds[i]! / speeds[0]!,
  }));
}

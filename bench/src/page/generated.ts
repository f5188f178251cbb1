/** The generated WebGPU kernels behind the same face as the peers; numbers go up and come back with each call. */
import type { LoadedGpuCell } from "../../../dist/runtime/index.js";
import type { Modules } from "../cells.js";
import type { Generated } from "../generated.js";
import { timed } from "../peers/peer.js";
import { cells } from "../problem.js";
import type { Gradients, Problem } from "../problem.js";

/** The stacked rows of the problem in the order of the cell's own parameters. */
function flatParameters(cell: LoadedGpuCell, problem: Problem): Float32Array {
  const { gates, M, N } = problem;
  const params = new Float32Array(cell.params.length);
  for (const { name, offset } of cell.layout) {
    const [kind, gate] = name.split("_") as ["W" | "R" | "b" | "p", string];
    const size = { W: N * M, R: N * N, b: N, p: N }[kind];
    const row = (kind === "p" ? ["i", "f", "o"] : gates).indexOf(gate);
    params.set(problem[kind].subarray(row * size, (row + 1) * size), offset);
  }
  return params;
}

/** The way back: one kind of parameters out of the flat gradient. */
function stacked(
  cell: LoadedGpuCell,
  { gates, M, N }: Problem,
  grads: Float32Array,
  kind: "W" | "R" | "b",
): Float32Array {
  const size = { W: N * M, R: N * N, b: N }[kind];
  const all = new Float32Array(gates.length * size);
  for (const { name, offset } of cell.layout) {
    const [own, gate] = name.split("_") as [string, string];
    if (own === kind)
      all.set(
        grads.subarray(offset, offset + size),
        gates.indexOf(gate) * size,
      );
  }
  return all;
}

export async function makeGpuGenerated(
  problem: Problem,
  modules: Modules,
): Promise<Generated> {
  const { name } = cells[problem.cell];
  const { M, N, B: batch } = problem;
  const cell = await modules[name]!.load({
    backend: "webgpu",
    sizes: { M, N },
  });
  cell.setParams(flatParameters(cell, problem));
  const output = name === "VanillaLSTM" ? "y" : "h";
  const inputs = { x: problem.x };
  const cotangents = { outputs: { [output]: problem.dy } };
  return {
    name: "cellc webgpu",
    forward: timed(async () => {
      const { outputs } = await cell.forward(inputs, { batch, keep: false });
      return outputs[output]!.read();
    }),
    forwardBackward: timed(async (): Promise<Gradients> => {
      await cell.forward(inputs, { batch });
      const found = await cell.backward(cotangents);
      const [dx, grads] = await Promise.all([
        found.inputs["x"]!.read(),
        cell.grads.read(),
      ]);
      return {
        dx,
        // Sorted only when they are looked at.
        get dW() {
          return stacked(cell, problem, grads, "W");
        },
        get dR() {
          return stacked(cell, problem, grads, "R");
        },
        get db() {
          return stacked(cell, problem, grads, "b");
        },
      };
    }),
    dispose: () => cell.dispose(),
  };
}

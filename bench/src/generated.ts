/** The generated kernels behind the same face as the peers, loaded as an application loads them. */
import type { LoadedCell } from "../../dist/runtime/index.js";
import type { Modules } from "./cells.js";
import { timed } from "./peers/peer.js";
import type { Peer } from "./peers/peer.js";
import { cells } from "./problem.js";
import type { HostBackend, Problem } from "./problem.js";

export type Generated = Required<Peer>;

/** The stacked rows of the problem under the cell's own names. */
function fill(cell: LoadedCell, problem: Problem): void {
  const { M, N, gates, W, R, b, p } = problem;
  gates.forEach((gate, i) => {
    cell.param[`W_${gate}`]!.set(W.subarray(i * N * M, (i + 1) * N * M));
    cell.param[`R_${gate}`]!.set(R.subarray(i * N * N, (i + 1) * N * N));
    cell.param[`b_${gate}`]!.set(b.subarray(i * N, (i + 1) * N));
  });
  if (p.length > 0)
    ["i", "f", "o"].forEach((gate, i) =>
      cell.param[`p_${gate}`]!.set(p.subarray(i * N, (i + 1) * N)),
    );
}

/** The gradients by name, stacked as the peers stack them. */
function stacked(
  cell: LoadedCell,
  { gates, M, N }: Problem,
  kind: "W" | "R" | "b",
): Float32Array {
  const size = { W: N * M, R: N * N, b: N }[kind];
  const all = new Float32Array(gates.length * size);
  gates.forEach((gate, i) => all.set(cell.grad[`${kind}_${gate}`]!, i * size));
  return all;
}

export async function makeGenerated(
  problem: Problem,
  modules: Modules,
  backend: HostBackend,
  threads = 1,
): Promise<Generated> {
  const name = cells[problem.cell].name;
  const { M, N, B: batch } = problem;
  const load = async (): Promise<LoadedCell> => {
    const cell = await modules[name]!.load({
      backend,
      sizes: { M, N },
      threads,
    });
    fill(cell, problem);
    return cell;
  };
  const [inference, training] = [await load(), await load()];
  const output = name === "VanillaLSTM" ? "y" : "h";
  const inputs = { x: problem.x };
  const cotangents = { outputs: { [output]: problem.dy } };

  return {
    name: `cellc ${backend}${threads > 1 ? `, ${threads} threads` : ""}`,
    // The parameters stay, and are laid out once: the peers have them as constants too.
    forward: timed(
      () =>
        inference.forward(inputs, { batch, keep: false, sameParams: true })
          .outputs[output] as Float32Array,
    ),
    forwardBackward: timed(() => {
      training.forward(inputs, { batch });
      const { inputs: found } = training.backward(cotangents);
      return {
        dx: found["x"] as Float32Array,
        // Views of the flat gradient; stacked only when they are looked at.
        get dW() {
          return stacked(training, problem, "W");
        },
        get dR() {
          return stacked(training, problem, "R");
        },
        get db() {
          return stacked(training, problem, "b");
        },
      };
    }),
    dispose: () => {
      inference.dispose();
      training.dispose();
    },
  };
}

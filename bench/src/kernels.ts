/** Generated kernels beside hand-written loops and other libraries: results compared first, then timed in turns. */
import "@tensorflow/tfjs-backend-wasm";
import { hasRelaxedSimd } from "../../dist/runtime/wasm/features.js";
import { compileCells } from "./cells.js";
import type { Modules } from "./cells.js";
import { compareCase, nameOf } from "./compare.js";
import type { Case, Comparison } from "./compare.js";
import { makeGenerated } from "./generated.js";
import { makeOnnxruntime } from "./peers/onnxruntime.js";
import { timed } from "./peers/peer.js";
import type { Peer } from "./peers/peer.js";
import { makePlainGru } from "./peers/plain/gru.js";
import { makePlainLstm } from "./peers/plain/lstm.js";
import { makePytorch } from "./peers/pytorch.js";
import { makeTfjs } from "./peers/tfjs.js";
import { cells, makeProblem } from "./problem.js";
import type { HostBackend, Problem } from "./problem.js";
import { main, shapes } from "./shapes.js";

export interface Plan {
  readonly rounds: number;
  readonly quick: boolean;
  readonly wanted: (name: string) => boolean;
  readonly progress: (text: string) => void;
  /** Told of each case when it is measured. */
  readonly measured: (result: Comparison) => void;
  /** PyTorch is there. */
  readonly torch: boolean;
}

/** What the project promises of the time of a peer, as a multiple of its own. */
const targets: Readonly<
  Record<HostBackend, (at: Case, peer: string) => number | undefined>
> = {
  ts: ({ cell, shape, pass }, peer) => {
    if (cell !== "lstm" || shape !== main) return undefined;
    if (pass === "forward") return peer === "plain loops" ? 2 : 3;
    return 5;
  },
  wasm: ({ cell, pass }, peer) => {
    if (peer === "onnxruntime-web") return 1;
    if (pass === "forward") return undefined;
    if (peer === "tfjs wasm") return 10;
    return peer === "pytorch, custom" && cell === "peephole" ? 1.5 : undefined;
  },
};

/** The promised geometric mean over all forward cases beside onnxruntime-web. */
export const meanTarget = hasRelaxedSimd() ? 1.6 : 1.3;

async function peersOf(
  backend: HostBackend,
  problem: Problem,
  modules: Modules,
  torch: boolean,
): Promise<Peer[]> {
  if (backend === "wasm")
    return [
      await makeGenerated(problem, modules, "ts"),
      await makeTfjs(problem, "wasm"),
      await makeOnnxruntime(problem, "onnxruntime-web"),
      await makeOnnxruntime(problem, "onnxruntime-node"),
      ...(torch ? await makePytorch(problem) : []),
    ].filter((peer) => peer !== undefined);
  const plain =
    problem.cell === "gru" ? makePlainGru(problem) : makePlainLstm(problem);
  return [
    { name: "plain loops", forward: timed(plain) },
    await makeTfjs(problem, "cpu"),
  ];
}

export async function compareKernels(plan: Plan): Promise<Comparison[]> {
  const results: Comparison[] = [];
  let modules: Modules | undefined;
  for (const backend of ["ts", "wasm"] as const)
    for (const cell of ["lstm", "gru", "peephole"] as const)
      for (const shape of plan.quick ? [main] : shapes) {
        const wanted = (["forward", "forward+backward"] as const)
          .map((pass) => ({ backend, cell, shape, pass }))
          .filter((at) => plan.wanted(nameOf(at)));
        if (wanted.length === 0) continue;
        modules ??= await compileCells(
          Object.values(cells).map(({ name }) => name),
        );
        const problem = makeProblem(cell, shape);
        const own = await makeGenerated(problem, modules, backend);
        const peers = await peersOf(backend, problem, modules, plan.torch);
        for (const at of wanted) {
          plan.progress(nameOf(at));
          const result = await compareCase(
            at,
            own,
            peers,
            plan.rounds,
            targets[backend],
          );
          results.push(result);
          plan.measured(result);
        }
        for (const peer of [own, ...peers]) peer.dispose?.();
      }
  return results;
}

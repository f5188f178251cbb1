/** Generated kernels beside hand-written loops and other libraries: results compared first, then timed in turns. */
import { hasRelaxedSimd } from "../../dist/runtime/wasm/features.js";
import { compileCells } from "./cells.js";
import type { Modules } from "./cells.js";
import { makeGenerated } from "./generated.js";
import { makeOnnxruntime } from "./peers/onnxruntime.js";
import { timed } from "./peers/peer.js";
import type { Peer } from "./peers/peer.js";
import { makePlainGru } from "./peers/plain/gru.js";
import { makePlainLstm } from "./peers/plain/lstm.js";
import { makePytorch } from "./peers/pytorch.js";
import { makeTfjs } from "./peers/tfjs.js";
import { cells, makeProblem, relativeError } from "./problem.js";
import type { Backend, Cell, Gradients, Problem } from "./problem.js";
import { timeRounds } from "./rounds.js";
import { main, shapes, showShape } from "./shapes.js";
import type { Shape } from "./shapes.js";

export type Pass = "forward" | "forward+backward";

export interface Comparison {
  readonly backend: Backend;
  readonly cell: Cell;
  readonly shape: Shape;
  readonly pass: Pass;
  readonly ms: number;
  /** The best GFLOP/s of the products alone; elementwise work is not counted. */
  readonly gflops: number;
  readonly peers: readonly {
    readonly name: string;
    readonly ms: number;
    /** How many times as long as the generated kernel the peer takes. */
    readonly ratio: number;
    readonly target: number | undefined;
    /** Largest difference of the results, relative to the largest number. */
    readonly error: number;
  }[];
}

export interface Plan {
  readonly rounds: number;
  readonly quick: boolean;
  readonly wanted: (name: string) => boolean;
  readonly progress: (text: string) => void;
  /** PyTorch is there. */
  readonly torch: boolean;
}

/** Both sides calculate in float32, in different orders; 1e-4 tells that from a wrong formula. */
export const tolerance = 1e-4;

interface Case {
  readonly backend: Backend;
  readonly cell: Cell;
  readonly shape: Shape;
  readonly pass: Pass;
}

const nameOf = ({ backend, cell, shape, pass }: Case): string =>
  `${backend} ${cell} ${pass} ${showShape(shape)}`;

/** What the project promises of the time of a peer, as a multiple of its own. */
const targets: Readonly<
  Record<Backend, (at: Case, peer: string) => number | undefined>
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
  backend: Backend,
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

export function compared(what: string, error: number): number {
  if (!(error <= tolerance))
    throw new Error(`${what}: results differ by ${error.toExponential(1)}`);
  return error;
}

const gradientError = (actual: Gradients, expected: Gradients): number =>
  Math.max(
    ...(["dx", "dW", "dR", "db"] as const).map((name) =>
      relativeError(actual[name], expected[name]),
    ),
  );

interface Contender {
  readonly name: string;
  readonly error: number;
  measure(repeats: number): number | Promise<number>;
}

/** The peers that have the pass, and how far their results are from ours. */
async function contenders(
  own: Required<Peer>,
  peers: readonly Peer[],
  pass: Pass,
): Promise<Contender[]> {
  const found: Contender[] = [];
  for (const { name, forward, forwardBackward } of peers) {
    if (pass === "forward" && forward) {
      const y = (await forward.result()).slice();
      const error = relativeError(await own.forward.result(), y);
      found.push({ name, error, measure: forward.measure });
    }
    if (pass === "forward+backward" && forwardBackward) {
      const expected = await forwardBackward.result();
      const error = gradientError(await own.forwardBackward.result(), expected);
      found.push({ name, error, measure: forwardBackward.measure });
    }
  }
  return found;
}

async function compareCase(
  at: Case,
  own: Required<Peer>,
  peers: readonly Peer[],
  plan: Plan,
): Promise<Comparison> {
  const what = nameOf(at);
  plan.progress(what);
  const others = await contenders(own, peers, at.pass);
  for (const { name, error } of others) compared(`${what}, ${name}`, error);
  const ownPass = at.pass === "forward" ? own.forward : own.forwardBackward;
  const [ownTiming, ...timings] = await timeRounds(
    [{ name: own.name, measure: ownPass.measure }, ...others],
    plan.rounds,
  );
  const { T, B, M, N } = at.shape;
  const gates = cells[at.cell].gates.length;
  const flops = (at.pass === "forward" ? 2 : 6) * T * B * gates * N * (M + N);
  return {
    ...at,
    ms: ownTiming!.medianMs,
    gflops: flops / ownTiming!.bestMs / 1e6,
    peers: others.map(({ name, error }, i) => ({
      name,
      ms: timings[i]!.medianMs,
      ratio: timings[i]!.medianMs / ownTiming!.medianMs,
      target: targets[at.backend](at, name),
      error,
    })),
  };
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
        for (const at of wanted)
          results.push(await compareCase(at, own, peers, plan));
        for (const peer of [own, ...peers]) peer.dispose?.();
      }
  return results;
}

/** One case: everybody's results compared with ours first, then all timed in turns. The same in Node and in a page. */
import type { Peer } from "./peers/peer.js";
import { cells, relativeError } from "./problem.js";
import type { Backend, Cell, Gradients } from "./problem.js";
import { timeRounds } from "../../dist/cli/rounds.js";
import { showShape } from "./shapes.js";
import type { Shape } from "./shapes.js";

export type Pass = "forward" | "forward+backward";

export interface Case {
  readonly backend: Backend;
  readonly cell: Cell;
  readonly shape: Shape;
  readonly pass: Pass;
}

export const nameOf = ({ backend, cell, shape, pass }: Case): string =>
  `${backend} ${cell} ${pass} ${showShape(shape)}`;

export interface Comparison extends Case {
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

/** Both sides calculate in float32, in different orders; 1e-4 tells that from a wrong formula. */
const tolerance = 1e-4;

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

/** @param target what the project promises of the time of a peer, as a multiple of its own */
export async function compareCase(
  at: Case,
  own: Required<Peer>,
  peers: readonly Peer[],
  rounds: number,
  target: (at: Case, peer: string) => number | undefined,
): Promise<Comparison> {
  const others = await contenders(own, peers, at.pass);
  for (const { name, error } of others)
    compared(`${nameOf(at)}, ${name}`, error);
  const ownPass = at.pass === "forward" ? own.forward : own.forwardBackward;
  const [ownTiming, ...timings] = await timeRounds(
    [{ name: own.name, measure: ownPass.measure }, ...others],
    rounds,
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
      target: target(at, name),
      error,
    })),
  };
}

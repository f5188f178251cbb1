/** The program of the page: one case at a time, as the benchmark's process asks. */
import "@tensorflow/tfjs-backend-webgpu";
import type { Modules } from "../cells.js";
import { compareCase } from "../compare.js";
import type { Case, Comparison } from "../compare.js";
import { makeTfjs } from "../peers/tfjs.js";
import { makeProblem } from "../problem.js";
import { makeGpuGenerated } from "./generated.js";
import { makeGpuOnnxruntime } from "./onnxruntime.js";

export interface GpuCase {
  readonly at: Case;
  readonly rounds: number;
  /** tfjs takes so long that it runs at one shape only. */
  readonly tfjs: boolean;
}

/** What the page leaves for the benchmark's process. */
export interface PageGlobals {
  compare(given: GpuCase): Promise<Comparison>;
}

export function offer(modules: Modules): void {
  const page: PageGlobals = {
    compare: (given) => compare(given, modules),
  };
  Object.assign(globalThis, page);
}

async function compare(
  { at, rounds, tfjs }: GpuCase,
  modules: Modules,
): Promise<Comparison> {
  const problem = makeProblem(at.cell, at.shape);
  const own = await makeGpuGenerated(problem, modules);
  const peers = [
    ...(at.pass === "forward" ? [await makeGpuOnnxruntime(problem)] : []),
    ...(tfjs ? [await makeTfjs(problem, "webgpu")] : []),
  ].filter((peer) => peer !== undefined);
  try {
    return await compareCase(at, own, peers, rounds, target);
  } finally {
    for (const peer of [own, ...peers]) peer.dispose?.();
  }
}

function target({ shape }: Case, peer: string): number {
  if (peer.startsWith("tfjs")) return 30;
  return shape.B >= 16 ? 3 : 1.5;
}

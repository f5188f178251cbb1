/** Two threads beside one, at the shapes that have a batch. */
import { compileCells } from "./cells.js";
import { makeGenerated } from "./generated.js";
import { compared } from "./compare.js";
import type { Pass } from "./compare.js";
import type { Plan } from "./kernels.js";
import { cells, makeProblem, relativeError } from "./problem.js";
import type { Cell } from "./problem.js";
import { timeRounds } from "../../dist/cli/rounds.js";
import { main, shapes, showShape } from "./shapes.js";
import type { Shape } from "./shapes.js";

export interface Speedup {
  readonly cell: Cell;
  readonly shape: Shape;
  readonly pass: Pass;
  /** With one thread, with two. */
  readonly ms: readonly [number, number];
  readonly ratio: number;
  readonly target: number | undefined;
}

export async function compareThreads(plan: Plan): Promise<Speedup[]> {
  const results: Speedup[] = [];
  for (const cell of ["lstm", "gru"] as const)
    for (const shape of shapes.filter(({ B }) => B > 1)) {
      const name = `wasm threads ${cell} ${showShape(shape)}`;
      if (!plan.wanted(name) || (plan.quick && shape !== main)) continue;
      plan.progress(name);
      const problem = makeProblem(cell, shape);
      const modules = await compileCells([cells[cell].name]);
      const one = await makeGenerated(problem, modules, "wasm");
      const two = await makeGenerated(problem, modules, "wasm", 2);
      for (const [pass, key] of [
        ["forward", "forward"],
        ["forward+backward", "forwardBackward"],
      ] as const) {
        const [a, b] = [await one[key].result(), await two[key].result()];
        if (a instanceof Float32Array && b instanceof Float32Array)
          compared(name, relativeError(b, a));
        else if (!(a instanceof Float32Array) && !(b instanceof Float32Array))
          compared(name, relativeError(b.dR, a.dR));
        const timings = await timeRounds(
          [one, two].map((each) => ({
            name: each.name,
            measure: each[key].measure,
          })),
          plan.rounds,
        );
        const ms = [timings[0]!.medianMs, timings[1]!.medianMs] as const;
        const target = shape === main ? 1.7 : undefined;
        results.push({ cell, shape, pass, ms, ratio: ms[0] / ms[1], target });
      }
      one.dispose();
      two.dispose();
    }
  return results;
}

/** The program of the page: loads a generated cell and runs it forward and backward, as an application does. */
import type { CellModule, CellNames, LoadOptions } from "cellc/runtime";
import type { Answer, Job } from "./job.js";

type Named = Readonly<Record<string, ArrayLike<number>>>;

export async function runJob(module: CellModule, job: Job): Promise<Answer> {
  const warnings: string[] = [];
  const warn = console.warn;
  console.warn = (...words: unknown[]) => void warnings.push(words.join(" "));
  const cell = await module.load(
    job.options as unknown as LoadOptions<CellNames, "f32">,
  );
  try {
    for (const [name, values] of Object.entries(job.params))
      cell.param[name as never]!.set(values);
    const { outputs, states } = cell.forward(job.inputs as never, {
      batch: job.batch,
      states: job.states,
      ...(job.lengths ? { lengths: job.lengths } : {}),
    });
    const forward = { ...flat("outputs", outputs), ...flat("states", states) };
    const gradients = cell.backward(job.cotangents);
    return {
      backend: cell.backend,
      threads: cell.threads,
      warnings,
      arrays: {
        ...forward,
        ...flat("gradients of params", cell.grad),
        ...flat("gradients of inputs", gradients.inputs as Named),
        ...flat("gradients of states", gradients.states),
      },
    };
  } finally {
    cell.dispose();
    console.warn = warn;
  }
}

const flat = (kind: string, arrays: Named): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [
      `${kind} ${name}`,
      Array.from(values),
    ]),
  );

/** The program of the page: loads a generated cell and runs it forward and backward, as an application does. */
import type { CellModule, CellNames, LoadOptions } from "cellc/runtime";
import type { Answer, Job } from "./job.js";

type Named<Values> = Readonly<Record<string, Values>>;

export async function runJob(module: CellModule, job: Job): Promise<Answer> {
  const warnings: string[] = [];
  const infos: string[] = [];
  const { warn, info } = console;
  console.warn = (...words: unknown[]) => void warnings.push(words.join(" "));
  console.info = (...words: unknown[]) => void infos.push(words.join(" "));
  try {
    const answer = await (job.options.backend === "webgpu"
      ? runOnGpu(module, job)
      : runOnHost(module, job));
    return { ...answer, warnings, infos };
  } finally {
    Object.assign(console, { warn, info });
  }
}

type Result = Omit<Answer, "warnings" | "infos">;

async function runOnHost(module: CellModule, job: Job): Promise<Result> {
  const cell = await module.load(
    job.options as unknown as LoadOptions<CellNames, "f32">,
  );
  try {
    for (const [name, values] of Object.entries(job.params))
      cell.param[name]!.set(values);
    const { outputs, states } = cell.forward(job.inputs, {
      batch: job.batch,
      states: job.states,
      ...(job.lengths ? { lengths: job.lengths } : {}),
    });
    // Views of the kernel's arrays: taken before the next call.
    const forward = { outputs: plain(outputs), states: plain(states) };
    const gradients = cell.backward(job.cotangents);
    return {
      backend: cell.backend,
      how: `${cell.threads} threads`,
      arrays: {
        ...flat("outputs", forward.outputs),
        ...flat("states", forward.states),
        ...flat("gradients of params", plain(cell.grad)),
        ...flat(
          "gradients of inputs",
          plain(gradients.inputs as Named<Float32Array>),
        ),
        ...flat("gradients of states", plain(gradients.states)),
      },
    };
  } finally {
    cell.dispose();
  }
}

async function runOnGpu(module: CellModule, job: Job): Promise<Result> {
  const { sizes, regime } = job.options;
  const cell = await module.load({
    backend: "webgpu",
    sizes,
    ...(regime ? { regime } : {}),
  });
  try {
    const params = new Float32Array(cell.params.length);
    for (const { name, offset } of cell.layout)
      params.set(job.params[name]!, offset);
    cell.setParams(params);
    const { outputs, states } = await cell.forward(job.inputs, {
      batch: job.batch,
      states: job.states,
      ...(job.lengths ? { lengths: job.lengths } : {}),
    });
    const forward = {
      outputs: await read(outputs),
      states: await read(states),
    };
    const gradients = await cell.backward(job.cotangents);
    return {
      backend: cell.backend,
      how: cell.regime.regime,
      arrays: {
        ...flat("outputs", forward.outputs),
        ...flat("states", forward.states),
        ...flat("gradients of params", await read(cell.grad)),
        ...flat(
          "gradients of inputs",
          await read(gradients.inputs as Named<Readable>),
        ),
        ...flat("gradients of states", await read(gradients.states)),
      },
    };
  } finally {
    cell.dispose();
  }
}

interface Readable {
  read(): Promise<Float32Array>;
}

const plain = (arrays: Named<ArrayLike<number>>): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [name, Array.from(values)]),
  );

async function read(
  tensors: Named<Readable>,
): Promise<Record<string, number[]>> {
  const values = await Promise.all(
    Object.values(tensors).map((tensor) => tensor.read()),
  );
  return Object.fromEntries(
    Object.keys(tensors).map((name, i) => [name, Array.from(values[i]!)]),
  );
}

const flat = (
  kind: string,
  arrays: Named<number[]>,
): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [`${kind} ${name}`, values]),
  );

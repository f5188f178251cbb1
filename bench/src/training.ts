/**
 * `node bench/start.mjs training [--rounds N] [--alone] [--json]`: a character model while it learns, one LSTM layer of 256 units, 32
 * streams of 64 characters per update. How much of the time its kernels take, and how long the same update takes with
 * TensorFlow.js. One thread; losses are compared before anything is timed.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import {
  Adam,
  loadCriterion,
  loadLayer,
  Model,
  Random,
  sequence,
  Stack,
  Trainer,
} from "../../dist/nn/index.js";
import { compileCells } from "./cells.js";
import { makeTfjsCharModel } from "./peers/tfjs-char-lm.js";
import { timeRounds } from "../../dist/cli/rounds.js";
import { table } from "./table.js";

const { values: given } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    alone: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

const shape = { T: 64, B: 32, V: 65, D: 32, N: 256 };
const { T, B, V, D, N } = shape;
const rate = 2e-3;
const backend = "wasm";

const modules = await compileCells([
  "Embedding",
  "LSTM",
  "Affine",
  "SoftmaxCrossEntropy",
]);
const layers = {
  embedding: await loadLayer(modules["Embedding"]!, {
    backend,
    sizes: { V, D },
  }),
  rnn: await loadLayer(modules["LSTM"]!, { backend, sizes: { M: D, N } }),
  logits: await loadLayer(modules["Affine"]!, {
    backend,
    sizes: { M: N, K: V },
  }),
};
const criterion = await loadCriterion(modules["SoftmaxCrossEntropy"]!, {
  backend,
  sizes: { K: V },
});

/** Milliseconds inside a call, added up; for the cells of the model alone, not for the loss. */
let inKernels = 0;
for (const { cell } of Object.values(layers))
  for (const method of ["forward", "backward"] as const) {
    const call = cell[method].bind(cell) as (...args: unknown[]) => unknown;
    Object.defineProperty(cell, method, {
      value: (...args: unknown[]): unknown => {
        const start = performance.now();
        const result = call(...args);
        inKernels += performance.now() - start;
        return result;
      },
    });
  }

const inKernelsOf = (whole: number): number => inKernels / whole;

const model = new Model(new Stack(layers), 1);
const weights = Object.fromEntries(
  Object.entries(model.param).map(([name, view]) => [
    name,
    Float32Array.from(view),
  ]),
);
const random = new Random(1);
const tokens = (): Int32Array =>
  Int32Array.from({ length: T * B }, () => random.integer(V));
const [inputs, targets] = [tokens(), tokens()];
const batch = sequence(inputs, { batch: B });
const trainer = new Trainer({
  model,
  criterion,
  optimiser: new Adam(),
  rate,
  random,
  largestNorm: 1e9,
});
const update = (): number => trainer.step(batch, targets).value;

const peers = [];
for (const name of given.alone ? [] : (["wasm", "cpu"] as const))
  peers.push({
    name: `tfjs ${name}`,
    ...(await makeTfjsCharModel(shape, weights, rate, name)),
  });

// Three updates from the same weights on the same data.
const own = [update(), update(), update()];
for (const { name, choose, update: step } of peers) {
  await choose();
  const theirs = own.map(() => step(inputs, targets));
  const gap = Math.max(...own.map((loss, i) => Math.abs(loss - theirs[i]!)));
  process.stderr.write(`  ${name}: losses agree to ${gap.toExponential(1)}\n`);
  if (!(gap < 1e-4))
    throw new Error(
      `${name} learns something else: ${theirs.join(", ")} in place of ${own.join(", ")}`,
    );
}

const timed =
  (run: () => unknown, choose?: () => Promise<unknown>) =>
  async (repeats: number): Promise<number> => {
    await choose?.();
    const start = performance.now();
    for (let i = 0; i < repeats; i++) run();
    return performance.now() - start;
  };
const timings = await timeRounds(
  [
    { name: `cellc ${backend}`, measure: timed(update) },
    ...peers.map(({ name, choose, update: step }) => ({
      name,
      measure: timed(() => step(inputs, targets), choose),
    })),
  ],
  Number(given.rounds),
);
inKernels = 0;
const share = inKernelsOf(await timed(update)(20));
const [mine] = timings;
const results = timings.map(({ name, medianMs }) => ({
  name,
  ms: medianMs,
  charactersPerSecond: Math.round((1000 * T * B) / medianMs),
  ratio: medianMs / mine!.medianMs,
}));
if (given.json)
  process.stdout.write(
    `${JSON.stringify({ shape, shareInKernels: share, results }, undefined, 2)}\n`,
  );
else
  process.stdout.write(
    `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores, Node ${process.version}; LSTM of ${N} units, B = ${B}, T = ${T}, one thread\n\n${table(
      ["", "ms per update", "characters/s", "ratio"],
      results.map(({ name, ms, charactersPerSecond, ratio }) => [
        name,
        ms.toFixed(1),
        String(charactersPerSecond),
        `${ratio.toFixed(2)}×`,
      ]),
    )}\n\n${(100 * share).toFixed(1)} % of the time of an update is spent in the kernels of the model (target ≥ 80 %)\n`,
  );
process.exit(0);

/**
 * `npm run fuzz [-- --inputs 20000 --seed S --limit MS]`: every input must end in diagnostics or success within its time.
 * The inputs run on a worker, so that one that never ends is seen from outside. A failure is a seed and a number; the input
 * is written beside the message.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  isMainThread,
  parentPort,
  Worker,
  workerData,
} from "node:worker_threads";
import { compile } from "../../dist/compile.js";
import { renderAll } from "../../dist/diagnostics/render.js";
import { command, readCount } from "./command.js";
import { fuzzInput } from "./fuzz/inputs.js";

interface FuzzOptions {
  readonly inputs: number;
  readonly seed?: number;
  readonly limit: number;
}

interface Job {
  readonly seed: number;
  readonly inputs: number;
  readonly specs: readonly string[];
  /** Number of the input that is being compiled. */
  readonly at: Int32Array;
}

interface Outcome {
  readonly accepted: number;
  readonly refused: number;
  readonly slowest: { readonly ms: number; readonly index: number };
  readonly thrown: { readonly index: number; readonly error: string } | null;
}

const folder = new URL("../../specs/", import.meta.url);

/** Specs import each other. */
const host = {
  resolve: (_: string, path: string): string => path,
  read: (path: string): Uint8Array | undefined => {
    try {
      return readFileSync(new URL(path, folder));
    } catch {
      return undefined;
    }
  },
};

function work({ seed, inputs, specs, at }: Job): Outcome {
  let [accepted, refused] = [0, 0];
  let slowest = { ms: 0, index: 0 };
  for (let index = 0; index < inputs; index++) {
    Atomics.store(at, 0, index);
    const text = fuzzInput(seed, index, specs);
    const start = performance.now();
    try {
      const { cells, diagnostics, sources } = compile(text, { host });
      renderAll(diagnostics, sources);
      if (diagnostics.some(({ severity }) => severity === "error")) refused++;
      else accepted++;
      // Printing takes longer than all the rest; one cell of each spec will do.
      void cells[0]?.files;
    } catch (error) {
      const told =
        error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { accepted, refused, slowest, thrown: { index, error: told } };
    }
    const ms = performance.now() - start;
    if (ms > slowest.ms) slowest = { ms, index };
  }
  return { accepted, refused, slowest, thrown: null };
}

function fail(job: Job, index: number, what: string): never {
  const file = join(tmpdir(), `cellc-fuzz-${job.seed}-${index}.cell`);
  writeFileSync(file, fuzzInput(job.seed, index, job.specs));
  process.stderr.write(
    `\ninput ${index} of seed ${job.seed} ${what}\nthe input: ${file}\n`,
  );
  process.exit(1);
}

async function watch(job: Job, limit: number): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: job });
  let [last, since] = [-1, performance.now()];
  const timer = setInterval(() => {
    const index = Atomics.load(job.at, 0);
    if (index !== last) [last, since] = [index, performance.now()];
    else if (performance.now() - since > limit)
      fail(job, index, `takes longer than ${limit} ms`);
    if (process.stderr.isTTY)
      process.stderr.write(`\r${index} of ${job.inputs} inputs`);
  }, 200);
  const outcome = await new Promise<Outcome>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  clearInterval(timer);
  if (process.stderr.isTTY) process.stderr.write("\r");
  const { accepted, refused, slowest, thrown } = outcome;
  if (thrown)
    fail(job, thrown.index, `made the compiler throw\n${thrown.error}`);
  process.stdout.write(
    `${job.inputs} inputs of seed ${job.seed}: ${accepted} compiled, ${refused} refused with diagnostics, none crashed or hung; slowest ${slowest.ms.toFixed(0)} ms (input ${slowest.index})\n`,
  );
}

if (isMainThread) {
  const { seed, inputs, limit } = command(
    "npm run fuzz --",
    "Mutated specs and random bytes: the compiler must answer each with diagnostics or success, within the time.",
  )
    .option("--inputs <number>", "how many", readCount(1), 20_000)
    .option(
      "--seed <number>",
      "of the inputs (default: another one each time)",
      readCount(0),
    )
    .option("--limit <ms>", "for one input", readCount(1), 10_000)
    .parse()
    .opts<FuzzOptions>();
  const job: Job = {
    seed: seed ?? Date.now() % 1_000_000,
    inputs,
    specs: readdirSync(folder)
      .filter((name) => name.endsWith(".cell"))
      .sort()
      .map((name) => readFileSync(new URL(name, folder), "utf8")),
    at: new Int32Array(new SharedArrayBuffer(4)),
  };
  process.stderr.write(`seed ${job.seed}\n`);
  await watch(job, limit);
} else parentPort!.postMessage(work(workerData as Job));

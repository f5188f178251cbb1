/** PyTorch on the CPU, one thread, in a process of its own that measures itself. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Gradients, Problem } from "../problem.js";
import type { Peer, Timed } from "./peer.js";

// Where Debian's python3-torch lies: another python3 may come first in the path.
const python = "/usr/bin/python3";
const script = fileURLToPath(
  new URL("../../src/peers/lstm_torch.py", import.meta.url),
);
const oneThread = {
  ...process.env,
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
};

/** The version, or why there is none. */
export function findTorch(): {
  readonly version?: string;
  readonly reason?: string;
} {
  const { status, stdout, stderr, error } = spawnSync(
    python,
    ["-c", "import torch; print(torch.__version__)"],
    { encoding: "utf8" },
  );
  if (status === 0) return { version: stdout.trim() };
  const told = error?.message ?? stderr.trim().split("\n").at(-1);
  return { reason: `${python} has no torch (${told ?? "no message"})` };
}

const floats = (file: string): Float32Array => {
  const bytes = readFileSync(file);
  return new Float32Array(new Uint8Array(bytes).buffer);
};

/** A process that answers every line with a line. */
function converse(args: readonly string[]) {
  const child = spawn(python, args, {
    env: oneThread,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("PyTorch ended before it answered");
    return value as string;
  };
  return {
    answer,
    ask: (request: string): Promise<string> => {
      child.stdin.write(`${request}\n`);
      return answer();
    },
    end: () => child.stdin.end(),
  };
}

/** The custom LSTM, and without peepholes the built-in one; PyTorch's GRU is another cell. */
export async function makePytorch(problem: Problem): Promise<Peer[]> {
  if (problem.cell === "gru") return [];
  const { T, B, M, N } = problem;
  const folder = mkdtempSync(join(tmpdir(), "cellc-torch-"));
  for (const name of ["x", "dy", "W", "R", "b", "p"] as const)
    writeFileSync(join(folder, name), new Uint8Array(problem[name].buffer));
  const sizes = [T, B, M, N].map(String);
  const torch = converse([script, folder, ...sizes]);
  await torch.answer();
  const load = (name: string): Float32Array => floats(join(folder, name));
  const pass = <Result>(what: string, read: () => Result): Timed<Result> => ({
    result: async () => {
      await torch.ask(`result ${what}`);
      return read();
    },
    measure: async (repeats) =>
      Number(await torch.ask(`measure ${what} ${repeats}`)),
  });
  const readGradients = (): Gradients => ({
    dx: load("dx"),
    dW: load("dW"),
    dR: load("dR"),
    db: load("db"),
  });
  const peer = (model: string, name: string): Peer => ({
    name,
    forward: pass(`${model} forward`, () => load("y")),
    forwardBackward: pass(`${model} forward+backward`, readGradients),
  });
  const custom = {
    ...peer("custom", "pytorch, custom"),
    dispose: () => {
      torch.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return problem.cell === "lstm"
    ? [custom, peer("built-in", "pytorch, nn.LSTM")]
    : [custom];
}

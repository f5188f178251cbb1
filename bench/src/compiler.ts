/** How long the compiler takes: one cell in a warm process, and the whole library as a process of its own. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../../dist/index.js";

export interface CompileTiming {
  readonly name: string;
  readonly ms: number;
  readonly target: number;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const warmUps = 20;
const rounds = 30;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Median time from the text of one cell to the text of its TypeScript kernels. */
function measureCell(spec: string, name: string): CompileTiming {
  const source = readFileSync(join(root, "specs", spec), "utf8");
  const times: number[] = [];
  for (let round = 0; round < warmUps + rounds; round++) {
    const start = performance.now();
    const [cell] = compile(source, { cells: [name] }).cells;
    const text = Object.values(cell!.files).join("");
    const ms = performance.now() - start;
    if (text.length === 0) throw new Error(`${name}: nothing was printed`);
    if (round >= warmUps) times.push(ms);
  }
  return {
    name: `${name}: text to kernels, warm, median of ${rounds}`,
    ms: median(times),
    target: 50,
  };
}

/** The command as a user runs it, from the start of Node to the last file. */
function measureLibrary(): CompileTiming {
  const specs = readdirSync(join(root, "specs"))
    .filter((name) => name.endsWith(".cell"))
    .map((name) => join("specs", name));
  const times: number[] = [];
  for (let round = 0; round < 3; round++) {
    const out = mkdtempSync(join(tmpdir(), "cellc-bench-"));
    try {
      const start = performance.now();
      const { status, stderr } = spawnSync(
        process.execPath,
        ["bin/cellc.js", "compile", ...specs, "--out", out],
        { cwd: root, encoding: "utf8" },
      );
      times.push(performance.now() - start);
      if (status !== 0) throw new Error(`cellc compile failed\n${stderr}`);
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  }
  return {
    name: "all of specs/, whole process, median of 3",
    ms: median(times),
    target: 3000,
  };
}

export function measureCompiler(
  progress: (text: string) => void,
): CompileTiming[] {
  progress("compile");
  return [
    measureCell("lstm.cell", "LSTM"),
    measureCell("gru.cell", "GRU"),
    measureCell("odyssey.cell", "FGR"),
    measureLibrary(),
  ];
}

/** How long the compiler takes: one cell in a warm process, and the whole library as a process of its own. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, loadAssembler } from "../../dist/index.js";

export interface CompileTiming {
  readonly name: string;
  readonly ms: number;
  readonly target: number | undefined;
}

type Assembler = Awaited<ReturnType<typeof loadAssembler>>;

const root = fileURLToPath(new URL("../../", import.meta.url));
const warmUps = 20;
const rounds = 30;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Median time from the text of one cell to its kernels: TypeScript, or WebAssembly where there is an assembler. */
function measureCell(
  spec: string,
  name: string,
  assembler?: Assembler,
): CompileTiming {
  const backend = assembler ? "wasm" : "ts";
  const source = readFileSync(join(root, "specs", spec), "utf8");
  const times: number[] = [];
  for (let round = 0; round < warmUps + rounds; round++) {
    const start = performance.now();
    const [cell] = compile(source, {
      cells: [name],
      backends: [backend],
      assembler,
    }).cells;
    const text = Object.values(cell!.files).join("");
    const ms = performance.now() - start;
    if (text.length === 0) throw new Error(`${name}: nothing was printed`);
    if (round >= warmUps) times.push(ms);
  }
  return {
    name: `${name}: text to ${backend} kernels, warm, median of ${rounds}`,
    ms: median(times),
    target: assembler ? 300 : 50,
  };
}

/** The command as a user runs it, from the start of Node to the last file. */
function measureLibrary(
  backends: string,
  target: number | undefined,
): CompileTiming {
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
        [
          ...["bin/cellc.js", "compile", ...specs],
          ...["--out", out, "--backend", backends],
        ],
        { cwd: root, encoding: "utf8" },
      );
      times.push(performance.now() - start);
      if (status !== 0) throw new Error(`cellc compile failed\n${stderr}`);
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  }
  return {
    name: `all of specs/ to ${backends}, whole process, median of 3`,
    ms: median(times),
    target,
  };
}

export async function measureCompiler(
  progress: (text: string) => void,
): Promise<CompileTiming[]> {
  progress("compile");
  const assembler = await loadAssembler();
  return [
    measureCell("lstm.cell", "LSTM"),
    measureCell("gru.cell", "GRU"),
    measureCell("odyssey.cell", "FGR"),
    measureCell("lstm.cell", "LSTM", assembler),
    measureCell("layer-norm.cell", "LayerNormLSTM", assembler),
    measureLibrary("ts", 3000),
    measureLibrary("ts,wasm", undefined),
  ];
}

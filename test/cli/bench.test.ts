/** `cellc bench`: what it prints, and that it times nothing that is wrong. No time is asserted. */
import { describe, expect, it } from "vitest";
import { benchCell, Disagreement } from "../../src/cli/bench-cell.js";
import { compile, makeExecutor } from "../../src/compile.js";
import { describeWebgpu } from "../webgpu/support.js";
import { cellc, folderWith, leaky } from "./harness.js";

const small = ["--steps", "3", "--batch", "2", "--rounds", "1"];
const matrix = `cell Halves {
  input x: [N]
  state h: [N/2]
  param W: [N/2, N]
  h = W @ x + h[t-1]
  output h
}
`;

const positive = expect.toSatisfy((value: number) => value > 0);

describe("cellc bench", () => {
  it("prints a table for each cell", async () => {
    const folder = folderWith({ "a.cell": leaky });
    const argv = ["bench", "a.cell", "--size", "N=5", ...small];
    const { code, out, err } = await cellc(folder, argv);
    expect([code, err]).toEqual([0, ""]);
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toBe("Leaky, T = 3, B = 2, N = 5, float32");
    const rows = lines.filter((line) => line.startsWith("│"));
    const words = rows.map((line) =>
      line
        .split("│")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    expect(words.map(([first]) => first)).toEqual(["backend", "ts", "wasm"]);
    expect(words[1]!.at(-1)).toBe("1.00 ×");
    for (const row of words.slice(1))
      for (const cell of row.slice(1))
        expect(parseFloat(cell)).toBeGreaterThan(0);
  });

  it("gives the same as JSON", async () => {
    const folder = folderWith({ "a.cell": leaky });
    const argv = ["bench", "a.cell", "--backend", "wasm", "--json", ...small];
    const { out } = await cellc(folder, argv);
    expect(JSON.parse(out)).toEqual({
      ok: true,
      cells: [
        {
          cell: "Leaky",
          sizes: { N: 64 },
          steps: 3,
          batch: 2,
          backends: [
            {
              backend: "wasm",
              forwardMs: positive,
              bothMs: positive,
              gflops: positive,
            },
          ],
        },
      ],
      diagnostics: [],
    });
  });

  it("refuses sizes that do not fit, and unknown names", async () => {
    const folder = folderWith({ "a.cell": matrix });
    for (const [argv, message] of [
      [["--size", "N=5"], "N"],
      [["--size", "Q=5"], "--size Q: no cell here has that size"],
      [["--backend", "gpu"], "unknown backend gpu; there are: ts, wasm, wgsl"],
      [["--size", "N=200000000"], "do not fit into memory"],
      [["--rounds", "0"], "0 is not a whole number from 1 on"],
    ] as const) {
      const { code, out, err } = await cellc(folder, [
        "bench",
        "a.cell",
        ...argv,
      ]);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toContain(message);
    }
  });

  it("times nothing that gives something else", async () => {
    const [cell] = compile(leaky).cells;
    const [other] = compile(leaky.replace("rate = 0.5", "rate = 0.51")).cells;
    const shape = { sizes: { N: 3 }, steps: 4, batch: 1 };
    const wrong = {
      backend: "ts",
      make: () => makeExecutor(other!, "f32"),
    } as const;
    await expect(benchCell(cell!, shape, [wrong], 1)).rejects.toThrow(
      Disagreement,
    );
    await expect(benchCell(cell!, shape, [wrong], 1)).rejects.toThrow(
      /^Leaky: outputs h of ts differ from float64 by \d/,
    );
  });
});

describeWebgpu("cellc bench on a GPU", () => {
  it("stands beside the others", async () => {
    const folder = folderWith({ "a.cell": leaky });
    const argv = ["bench", "a.cell", "--backend", "ts,wgsl", "--json"];
    const { code, out } = await cellc(folder, [...argv, ...small]);
    expect(code).toBe(0);
    const [{ backends }] = JSON.parse(out).cells;
    expect(backends.map(({ backend }: { backend: string }) => backend)).toEqual(
      ["ts", "wgsl"],
    );
  });
});

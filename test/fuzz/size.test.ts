/**
 * Large specs within the limits: every printer takes them, their gradients are right, and what is printed
 * grows with the step and no faster.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { loadAssembler } from "../../src/backends/wasm/index.js";
import type { Assembler } from "../../src/backends/wasm/index.js";
import { makeReport } from "../../src/cli/explain-report.js";
import { compile, printFiles } from "../../src/compile.js";
import type { CompiledCell } from "../../src/compile.js";
import { gradcheckCell } from "../../src/gradcheck-cell.js";
import { adjointEquations, showEquation } from "../../src/ir/equations.js";
import { showDot } from "../../src/ir/dot.js";
import { showLatex } from "../../src/ir/latex.js";
import { Writer } from "../../src/backends/ts/writer.js";

const times = (n: number, write: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => write(i)).join("\n");

/** `f` applied 2 ^ levels times, by functions that call the one below twice. */
const doubled = (levels: number, more: string): string =>
  times(
    levels,
    (k) => `fn f${k + 1}(h${more}) = f${k}(f${k}(h${more})${more})`,
  );

/** Thirty-two steps of Runge and Kutta's method, for a state of some shape. */
const rungeKutta = (shape: string, product: string): string => `
fn slope(h, u, R) = tanh(R ${product} h + u) - h
fn f0(h, u, R) {
  a = slope(h, u, R)
  b = slope(h + a / 64, u, R)
  c = slope(h + b / 64, u, R)
  d = slope(h + c / 32, u, R)
  return h + (a + 2 * b + 2 * c + d) / 192
}
${doubled(5, ", u, R")}
cell Flow {
  input x: ${shape}
  state h: ${shape}
  param R: ${product === "@" ? "[N, N]" : shape}
  h = f5(h[t-1], x, R)
  output h
}`;

const chain = (shape: string): string => `
fn f0(h, a) = sin(a * h) + 1
${doubled(9, ", a")}
cell Chain { input x: ${shape} param a: ${shape} = 1 y = f9(x, a) output y }`;

/** A long formula, read at other elements than its own: by a slice, as a row and as a column. */
const moved = `
fn f0(h, a) = cos(h) * sin(a * h) + h / 2
${doubled(5, ", a")}
cell Moved {
  input x: [N]
  param a: [N] = 1
  param z: [N - 1]
  param W: [N, N]
  d = f5(x, a)
  y = sum(slice(d, 1, N) * z) + total(outer(x, d) * W) + sum(concat(d, x * d) * concat(x, d))
  output y
}`;

const layered = (
  layers: number,
  layer: (i: number, below: string) => string,
  declared = "",
): string => `cell Deep {
  input x: [N]
  ${declared}
  state y: [N]
${times(layers, (i) => layer(i, i === 0 ? "y[t-1]" : `s${i - 1}`))}
  y = s${layers - 1}
  output y
}`;

const deep: Readonly<Record<string, (layers: number) => string>> = {
  "recurrent highway": (layers) =>
    layered(
      layers,
      (i, s) =>
        `h${i} = tanh(affine(${i === 0 ? "x, " : ""}${s}))
         gate g${i} = sigmoid(affine(${i === 0 ? "x, " : ""}${s}))
         s${i} = h${i} * g${i} + ${s} * (1 - g${i})`,
    ),
  normalized: (layers) =>
    layered(
      layers,
      (i, s) =>
        `s${i} = ${s} + tanh(layer_norm(affine(${i === 0 ? "x, " : ""}${s}), g, b))`,
      "param g, b: [N]",
    ),
  attending: (layers) =>
    layered(
      layers,
      (i, s) =>
        `q${i}: [N] = linear(${i === 0 ? "x, " : ""}${s})
         s${i} = tanh(${s} + m.T @ softmax(m @ q${i}))`,
      "context m: [S, N]",
    ),
  stacked: (layers) =>
    `cell Deep { input x: [N]
${times(layers, (i) => `state h${i}: [N]\nh${i} = tanh(affine(${i === 0 ? "x" : `h${i - 1}`}, h${i}[t-1]))`)}
output h${layers - 1} }`,
};

let assembler: Assembler;
beforeAll(async () => {
  assembler = await loadAssembler();
});

function compiled(text: string): CompiledCell {
  const { cells, diagnostics } = compile(text);
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  return cells[0]!;
}

/** Characters of all backends' files, and of everything that `explain` shows. */
function sizeOfPrinted(cell: CompiledCell): number {
  const { texts } = printFiles(cell.schedule, "large.cell", {
    backends: ["ts", "wasm", "wgsl"],
    assembler,
  });
  const { program, adjoint } = cell;
  const shown = [
    ...Object.values(texts),
    JSON.stringify(makeReport(cell, {})),
    ...adjointEquations(adjoint).map(showEquation),
    showDot(program),
    showLatex(program),
  ];
  return shown.reduce((sum, text) => sum + text.length, 0);
}

describe("functions that double", () => {
  it.each([
    ["Runge and Kutta of a number", rungeKutta("[]", "*")],
    ["Runge and Kutta of a vector", rungeKutta("[N]", "*")],
    ["Runge and Kutta with a matrix", rungeKutta("[N]", "@")],
    ["a chain of 512 of a number", chain("[]")],
    ["a chain of 512 of a vector", chain("[N]")],
    ["a long formula at other elements", moved],
  ])(
    "%s",
    (_, text) => {
      const cell = compiled(text);
      expect(sizeOfPrinted(cell)).toBeLessThan(30e6);
      for (const backend of ["ts", "wasm"] as const) {
        const report = gradcheckCell(cell, {
          backend,
          assembler,
          sizes: { N: 2 },
          steps: 2,
          batch: 2,
        });
        expect(
          report.tensors
            .filter(({ ok }) => !ok)
            .map(({ name }) => `${backend} ${name}`),
        ).toEqual([]);
      }
    },
    120_000,
  );
});

it("a text of a million lines is written", () => {
  const writer = new Writer(false);
  writer.raw("x\n".repeat(1e6));
  expect(writer.toString()).toHaveLength(2e6);
});

describe("what is printed grows with the number of layers", () => {
  it.each(Object.entries(deep))(
    "%s",
    (_, write) => {
      const [ten, twenty, forty] = [10, 20, 40].map((layers) =>
        sizeOfPrinted(compiled(write(layers))),
      ) as [number, number, number];
      // Twice as many layers more, twice as much text more; what is quadratic would be four times as much.
      expect((forty - twenty) / (twenty - ten)).toBeLessThan(2.5);
    },
    120_000,
  );
});

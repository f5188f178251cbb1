/** The plain equations that `explain` prints are the language: typed in again, they are the same cell. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compileSpecs } from "../../src/cli/specs.js";
import { compile } from "../../src/compile.js";
import { chooseSizes, randomData } from "../../src/gradcheck/index.js";
import {
  adjointEquations,
  cellEquations,
  showDeclarations,
  showEquation,
  startEquations,
} from "../../src/ir/equations.js";
import { showLatex } from "../../src/ir/latex.js";
import { Interpreter } from "../../src/ir/interpret.js";
import type { CellProgram } from "../../src/ir/program.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { cells } = compileSpecs(["specs"], root);

const equations = (program: CellProgram): string[] =>
  cellEquations(program).map(showEquation);

/** The cell as its plain equations, without the starting values of parameters and states. */
function plainText(program: CellProgram): string {
  const inputs = new Set(program.inputs.map(({ name }) => name));
  const computed = new Map(
    startEquations(program).map((equation) => [
      equation.name,
      `buffer ${showEquation(equation)}`,
    ]),
  );
  const declared = showDeclarations(program).flatMap((line) => {
    const [kind, name] = line.split(/[ :]+/);
    const again = name!.includes("@") || inputs.has(name!);
    if (kind === "output" || (kind === "state" && again)) return [];
    return kind === "buffer" ? (computed.get(name!) ?? line) : line;
  });
  const outputs = program.outputs.map(({ name }) => name);
  return `cell Again {\n${[...declared, ...equations(program), `output ${outputs.join(", ")}`].join("\n")}\n}`;
}

/** What the two cells give for the same random numbers. */
function difference(a: CellProgram, b: CellProgram): number {
  const choice = chooseSizes(a);
  if (!choice.ok) throw new Error(choice.message);
  const data = randomData(a, choice.sizes, { steps: 4, batch: 2, seed: 1 });
  const [x, y] = [a, b].map((cell) => {
    const { outputs, states } = new Interpreter(cell).forward(data);
    return [...Object.values(outputs), ...Object.values(states)]
      .flatMap((array) => [...array])
      .sort((p, q) => p - q);
  });
  expect(x!.every(Number.isFinite)).toBe(true);
  expect(x!.length).toBe(y!.length);
  return Math.max(...x!.map((value, i) => Math.abs(value - y![i]!)));
}

const lines = (text: string): string[] => {
  const { cells: made, diagnostics } = compile(text);
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  return equations(made[0]!.program);
};

describe("plain equations", () => {
  it.each(cells.map((cell) => [cell.name, cell] as const))(
    "of %s, typed in again",
    (_, { program }) => {
      const { cells: again, diagnostics } = compile(plainText(program));
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      expect(errors.map(({ message }) => message)).toEqual([]);
      // Sizes are numbers of the language once more, and constants may fold in another order.
      expect(difference(program, again[0]!.program)).toBeLessThan(1e-14);
    },
  );

  it("have the parentheses that they need, and no others", () => {
    const given = [
      "u: [N] = a - (b - c) - a / (b / c)",
      "v: [N] = (-b) ^ (c ^ a) * (a ^ b) ^ c",
      "w: [N] = (W @ a) * (W.T @ (b * c)) - (a + b) * c",
      "x: [N] = where(not (a < b and b < c), a, -(b + c))",
    ];
    const text = `cell Signs { input a, b, c: [N] param W: [N, N] ${given.join(" ")} output u, v, w, x }`;
    expect(lines(text).sort()).toEqual([
      "u: [N] = a - (b - c) - a / (b / c)",
      "v: [N] = (-b) ^ c ^ a * (a ^ b) ^ c",
      "w: [N] = W @ a * W.T @ (b * c) - (a + b) * c",
      "x: [N] = where(not (a < b and b < c), a, -(b + c))",
    ]);
  });

  it("name what they share, by a name that is free", () => {
    const text =
      "cell Shared { input a, v1: [N] y = tanh(a + v1) * tanh(a + v1) output y }";
    expect(lines(text)).toEqual(["v2: [N] = tanh(a + v1)", "y: [N] = v2 * v2"]);
  });

  it("repeat numbers where the language does not do it by itself", () => {
    const text =
      "cell Filled { input a: [N] input m: [N, M] u = outer(a, ones(M)) + 2 v = concat(zeros(N), a, ones(N) * 3) w = m + ones(M) output u, v, w }";
    expect(lines(text).sort()).toEqual([
      "u: [N, M] = outer(a, ones(M)) + 2",
      "v: [3*N] = concat(zeros(N), a, 3 * ones(N))",
      "w: [N, M] = m + 1",
    ]);
  });

  it("are cut where they get very long", () => {
    const sum = Array.from({ length: 300 }, (_, i) => `tanh(x * ${i + 2})`);
    const all = lines(
      `cell Long { input x: [N] y = ${sum.join(" + ")} output y }`,
    );
    expect(all.length).toBeGreaterThan(5);
    expect(all.at(-1)).toMatch(/^y: \[N\] = v\d+ \+ /);
  });

  it("of the adjoint step give every gradient", () => {
    const { adjoint } = cells.find(({ name }) => name === "ElmanTanh")!;
    expect(adjointEquations(adjoint).map(showEquation).sort()).toEqual([
      "d R_h: [N, N] = sum over t, b of (outer(g1, h[t-1]))",
      "d W_h: [N, M] = sum over t, b of (outer(g1, x))",
      "d b_h: [N] = sum over t, b of (g1)",
      "d h: [N] = seed(h) + carried(h)",
      "d h[t-1]: [N] = R_h.T @ g1",
      "d x: [M] = W_h.T @ g1",
      "g1: [N] = d h * (1 - h * h)",
    ]);
  });

  it("in LaTeX look as in a paper", () => {
    const text =
      "cell Paper { input x: [N] param alpha, W_in: [N] state h: [N] h = alpha * h[t-1] + W_in * sqrt(x) / 2 output h }";
    expect(showLatex(compile(text).cells[0]!.program)).toBe(
      [
        "\\begin{aligned}",
        "  h_{t} &= \\alpha \\odot h_{t-1} + \\frac{W_{\\mathrm{in}} \\odot \\sqrt{x_{t}}}{2}",
        "\\end{aligned}",
      ].join("\n"),
    );
  });
});

/** Names: functions, constants, imports, inheritance and `fix`. */
import { describe, expect, it } from "vitest";
import {
  cellOf,
  cellsOf,
  compileText,
  graphOf,
  paramsOf,
  problemsOf,
  run,
} from "./support.js";

const library = `
const scale = 10
fn f(a) = a * scale
cell Base {
  const alpha = 0.5
  input x: []
  g = alpha * f(x)
  y = g + 1
  output y
}`;

describe("scope", () => {
  it("keeps the functions and constants of the file that a cell was written in", () => {
    const { Derived } = cellsOf({
      "lib.cell": library,
      "main.cell": `
        import { Base, f } from "./lib.cell"
        const scale = 1000
        cell Derived extends Base { y = g + scale + f(x) }`,
    });
    expect(run(Derived!, { inputs: { x: [2] } }).outputs.y).toEqual([
      10 + 1000 + 20,
    ]);
  });

  it("lets a derived cell change a constant of its base", () => {
    const { Derived } = cellsOf(
      `${library} cell Derived extends Base { const alpha = 3 }`,
    );
    expect(run(Derived!, { inputs: { x: [2] } }).outputs.y).toEqual([61]);
  });

  it("replaces constants of cells and files by -D", () => {
    const { Base } = cellsOf(library, { alpha: 2, scale: 100 });
    expect(run(Base!, { inputs: { x: [2] } }).outputs.y).toEqual([401]);
    expect(
      compileText(library, { alhpa: 2 }).diagnostics.map(
        ({ message, help }) => [message, help],
      ),
    ).toEqual([
      ["there is no constant `alhpa` to define", "did you mean `alpha`?"],
    ]);
  });

  it("shows a function its parameters, its lines and its file, nothing of the cell", () => {
    expect(
      problemsOf(`
        fn f(a) { b = a + x  return b + N + t }
        cell A { input x: [N] y = f(x) output y }`),
    ).toEqual([
      "C201 nothing is called `x`",
      "C201 nothing is called `N`",
      "C201 nothing is called `t`",
    ]);
  });

  it("lets a function look back at a value that it is given", () => {
    const cell = cellOf(`
      fn change(v) = v - v[t-1]
      fn twice(v) = change(v[t-1])
      cell A { input x: [] y = change(x) + 100 * twice(x) output y }`);
    const { outputs } = run(cell, { steps: 3, inputs: { x: [1, 3, 7] } });
    expect(outputs.y).toEqual([1, 2 + 100, 4 + 200]);
    expect(
      problemsOf(`
        fn change(v) = v - v[t-1]
        cell A { input x: [] y = change(2 * x) output y }`),
    ).toEqual(["C212 `v` is an expression here and has no earlier value"]);
  });

  it("gives functions and pi a space of their own", () => {
    const cell = cellOf(`
      input norm: [N]
      pi = norm(norm) + 1
      y = pi
      output y`);
    expect(
      run(cell, { sizes: { N: 2 }, inputs: { norm: [3, 4] } }).outputs.y,
    ).toEqual([6]);
    const circle = cellOf("input x: [] y = pi * x output y");
    expect(run(circle, { inputs: { x: [2] } }).outputs.y).toEqual([
      2 * Math.PI,
    ]);
  });

  it("lets a user's function take the name of a built-in", () => {
    const cell = cellOf(`
      fn tanh(v) = 3 * v
      cell A { input x: [] y = tanh(x) output y }`);
    expect(run(cell, { inputs: { x: [2] } }).outputs.y).toEqual([6]);
  });

  it("knows a size as a number", () => {
    const cell = cellOf("input x: [N] y = x / sqrt(N) + 2 * N output y");
    expect(
      run(cell, { sizes: { N: 4 }, inputs: { x: [2, 2, 2, 2] } }).outputs.y,
    ).toEqual([9, 9, 9, 9]);
  });

  it.each([
    [
      "input x: [N], N: [M] y = x output y, N",
      "C208 `N` names a size and a value",
    ],
    [
      "input x: [a] const a = 1 y = a * x output y",
      "C208 `a` names a size and a value",
    ],
    [
      "input x: [M] x = 2 * t output x",
      "C207 `x` cannot be both a definition and an input",
    ],
    [
      "input x: [M] y = alfa output y const alpha = 1",
      "C201 nothing is called `alfa`",
    ],
    ["input x: [M] y = tanh + x output y", "C201 nothing is called `tanh`"],
    ["input x: [M] y = x(3) output y", "C202 no function is called `x`"],
    [
      "input x: [M] y = sigmod(x) output y",
      "C202 no function is called `sigmod`",
    ],
    [
      "input x: [M] y = along(x, x) output y",
      "C202 no function is called `along`",
    ],
    [
      "input x: [M] y = tanh(x, x) output y",
      "C203 `tanh` takes 1 argument, 2 are given",
    ],
    [
      "input x: [M] y = clamp(x, 1) output y",
      "C203 `clamp` takes 3 arguments, 2 are given",
    ],
    [
      "input x: [M] y = elu() + x output y",
      "C203 `elu` takes 1 to 2 arguments, 0 are given",
    ],
    [
      "input x: [M] y = max(x) output y",
      "C203 `max` takes at least 2 arguments, 1 is given",
    ],
    ["input x: [M] y = x output z, y", "C210 the output `z` is never defined"],
    ["input x: [M] y = x", "C404 the cell `A` has no output"],
    [
      "const a = b const b = a input x: [] y = a * x output y",
      "C401 the definition of `a` needs itself: a → b → a",
    ],
    [
      "const a = x input x: [] y = a * x output y",
      "C409 the constant `a` has to be a number, it cannot use the input `x`",
    ],
  ])("%s", (text, expected) => {
    expect(problemsOf(text)).toEqual([expected]);
  });

  it("looks at functions that nothing calls", () => {
    expect(
      problemsOf(`
        fn f(a) = g(a)
        fn g(a) = a + f(a) + unknown
        cell A { input x: [] y = x output y }`),
    ).toEqual([
      "C213 a function calls itself: f → g → f",
      "C201 nothing is called `unknown`",
    ]);
  });
});

describe("order", () => {
  it("is free", () => {
    const text = ["a = 2 * x", "b = a + 1", "y = a * b"];
    const cell = (lines: string[]) =>
      cellOf(`input x: [M] ${lines.join(" ")} output y`);
    expect(graphOf(cell(text.toReversed()))).toBe(graphOf(cell(text)));
    expect(cell(text.toReversed()).definitions.map(({ name }) => name)).toEqual(
      ["a", "b", "y"],
    );
  });

  it("prints the circle", () => {
    expect(
      problemsOf("input x: [M] a = b + x b = c c = 2 * a output c"),
    ).toEqual(["C401 the definition of `a` needs itself: a → b → c → a"]);
  });
});

describe("fix", () => {
  const base = `cell B {
    input x: [N]
    state h: [N]
    param W: [N, N]
    gate g = sigmoid(affine(x, h[t-1]) + peephole(h[t-1]))
    h = g * (W @ h[t-1]) + (1 - g) * x
    output h
  }`;
  const derived = (body: string) =>
    cellOf(`${base} cell A extends B { ${body} }`);

  it("turns parameters, those of sugar too, into constants of their shape", () => {
    const cell = derived("fix p_g, W = 0  fix b_g = 1/2");
    expect(paramsOf(cell)).toEqual(["W_g", "R_g"]);
    const fixed = cell.graph.nodes.filter(({ attrs }) => attrs.fixed);
    expect(fixed.map(({ attrs }) => attrs.value).sort()).toEqual([0, 0.5]);
  });

  it("replaces a definition, and what only it needed goes", () => {
    const cell = derived("fix g = 1");
    expect(paramsOf(cell)).toEqual(["W"]);
    const { outputs } = run(cell, {
      sizes: { N: 1 },
      params: { W: [3] },
      inputs: { x: [7] },
      states: { h: [2] },
    });
    expect(outputs.h).toEqual([6]);
  });

  it("keeps the shape of what it replaces", () => {
    const cell = derived("fix g = 1  output h, g");
    expect(cell.outputs.map(({ shape }) => shape[0]!.key)).toEqual(["N", "N"]);
  });

  it("may use constants and sizes", () => {
    const cell = derived("const c = 3  fix g = c / N");
    const { outputs } = run(cell, {
      sizes: { N: 2 },
      params: { W: [1, 0, 0, 1] },
      inputs: { x: [0, 0] },
      states: { h: [2, 4] },
    });
    expect(outputs.h).toEqual([3, 6]);
  });

  it("ends where a cell further down defines the name again", () => {
    const cell = cellOf(`${base}
      cell A extends B { fix g = 1 }
      cell C extends A { gate g = sigmoid(W @ x) }`);
    expect(paramsOf(cell)).toEqual(["W"]);
    expect(cell.definitions.map(({ name }) => name)).toContain("g");
  });

  it("may outlive what it fixed, in a cell further down", () => {
    const cell = cellOf(`${base}
      cell A extends B { fix p_g = 0 }
      cell C extends A { gate g = sigmoid(linear(x)) }`);
    expect(paramsOf(cell)).toEqual(["W", "W_g"]);
  });

  it.each([
    ["fix p_gg = 0", "C209 there is no definition or parameter `p_gg` to fix"],
    ["fix x = 0", "C411 `x` is an input and cannot be fixed"],
    [
      "fix g = x",
      "C409 what `fix g` says has to be a number, it cannot use the input `x`",
    ],
    ["fix g = ones(3)", "C306 "],
  ])("%s", (text, expected) => {
    const problems = problemsOf(`${base} cell A extends B { ${text} }`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });
});

describe("division by a constant zero", () => {
  it.each([
    "x / 0",
    "x / (1 - 1)",
    "x / z",
    "mod(x, 0)",
    "reciprocal(0) * x",
    "x / zero",
  ])("%s", (expression) => {
    const problems = problemsOf(`
        const zero = 0
        cell B { input x: [M] param z: [M] y = x * z output y }
        cell A extends B { fix z = 0  y = ${expression} + 0 * z }`);
    expect(problems).toEqual(["C410 division by the constant zero"]);
  });
});

/** Inputs, tokens, context, buffers and states: what they mean, by the numbers that come out. */
import { describe, expect, it } from "vitest";
import { cellOf, problemsOf, run, shapesOf, warningsOf } from "./support.js";

describe("states", () => {
  it("remembers gates, inputs and tokens, zero at the start", () => {
    const cell = cellOf(`
      input x: [], k: token[3]
      param v: [3]
      gate g = 2 * x
      y = g[t-1] + 10 * x[t-2] + 100 * pick(v, k[t-1])
      output y`);
    expect(
      cell.states.map(({ name, lag, vocabulary }) => [
        name,
        lag,
        vocabulary?.key,
      ]),
    ).toEqual([
      ["x", 2, undefined],
      ["k", 1, "3"],
      ["g", 1, undefined],
    ]);
    const { outputs, states } = run(cell, {
      steps: 3,
      params: { v: [1, 2, 3] },
      inputs: { x: [1, 2, 3], k: [2, 1, 0] },
    });
    expect(outputs.y).toEqual([100, 2 + 300, 4 + 10 + 200]);
    expect(states).toEqual({ x: [3], "x@2": [2], k: [0], g: [6] });
  });

  it("starts at an expression of parameters and sizes", () => {
    const cell = cellOf(`
      input x: [N]
      param h0: [N]
      state h: [N] = 2 * h0 + N, n: [] = -3
      h = h[t-1] + x
      n = n[t-1] + 1
      output h, n`);
    const numbers = {
      sizes: { N: 2 },
      params: { h0: [5, 6] },
      inputs: { x: [1, 1] },
    };
    expect(run(cell, numbers).outputs).toEqual({ h: [13, 15], n: [-2] });
    expect(run(cell, { ...numbers, states: { h: [0, 0] } }).outputs.h).toEqual([
      1, 1,
    ]);
    expect(shapesOf(cell.params)).toEqual(["h0: [N]"]);
  });

  it.each([
    ["x", "C407 the initial value of `h` cannot use the input `x`"],
    ["t", "C407 the initial value of `h` cannot use `t`"],
    ["h[t-1]", "C407 the initial value of `h` cannot use `h[t-1]`"],
    ["g", "C407 the initial value of `h` cannot use the definition `g`"],
  ])("cannot start at %s", (start, expected) => {
    expect(
      problemsOf(
        `input x: [] g = x state h: [] = ${start} h = h[t-1] + g output h`,
      ),
    ).toEqual([expected]);
  });

  it("has the shape that its line says, also at the start", () => {
    expect(
      problemsOf(
        "input x: [N] param p: [2*N] state h: [N] = p h = h[t-1] + x output h",
      ),
    ).toEqual([
      "C306 `h` is declared as [N], but its initial value has the shape [2*N]",
    ]);
  });

  it("keeps a matrix", () => {
    const cell = cellOf(`
      input x: [N]
      state C: [N, N]
      C = C[t-1] + outer(x, x)
      y = C @ x
      output y`);
    const { outputs } = run(cell, {
      sizes: { N: 2 },
      steps: 2,
      inputs: { x: [1, 2, 3, 0] },
    });
    expect(outputs.y).toEqual([5, 10, 30, 6]);
  });

  it("has to be defined where it is used", () => {
    expect(
      problemsOf("input x: [M] state h: [M] y = x + h[t-1] output y"),
    ).toEqual(["C405 the state `h` is never defined"]);
  });

  it.each([
    ["W[t-1]", "C212 `W` is a parameter and has no earlier value"],
    ["m[t-1]", "C212 `m` is a context and has no earlier value"],
    ["a[t-1]", "C212 `a` is a constant and has no earlier value"],
    ["M[t-1]", "C212 `M` is a size and has no earlier value"],
  ])("%s has no past", (text, expected) => {
    expect(
      problemsOf(
        `input x: [M] param W: [M] context m: [M] const a = 1 y = x * W + m + a * ${text} output y`,
      ),
    ).toEqual([expected]);
  });
});

describe("leaves", () => {
  it("counts steps from the caller's first one", () => {
    const cell = cellOf("y = 2 * t output y");
    expect(run(cell, { steps: 3, t0: 5 }).outputs.y).toEqual([10, 12, 14]);
  });

  it("computes buffers from sizes, constants and each other, in any order", () => {
    const cell = cellOf(`
      input x: [N]
      const base = 3
      buffer b: [N] = a + 1
      buffer a: [N] = base * iota(N) / N
      buffer given: [N]
      buffer c: [N, N] = 2
      y = x + b + c @ given
      output y`);
    expect(cell.buffers.map(({ name, value }) => [name, !!value])).toEqual([
      ["b", true],
      ["a", true],
      ["given", false],
      ["c", true],
    ]);
    const { outputs } = run(cell, {
      sizes: { N: 3 },
      inputs: { x: [0, 0, 0] },
      buffers: { given: [1, 0, 0] },
    });
    expect(outputs.y).toEqual([3, 4, 5]);
  });

  it.each([
    ["x", "C408 the buffer `b` cannot use the input `x`"],
    ["given", "C408 the buffer `b` cannot use the buffer `given`"],
    ["t", "C408 the buffer `b` cannot use `t`"],
    ["b", "C401 the definition of `b` needs itself: b → b"],
  ])("does not compute a buffer from %s", (value, expected) => {
    expect(
      problemsOf(
        `input x: [M] buffer given: [M] buffer b: [M] = ${value} y = x + b + given output y`,
      ),
    ).toEqual([expected]);
  });

  it("gathers for tokens", () => {
    const cell = cellOf(`
      input k: token[V]
      param W: [2, V], E: [V, 2], v: [V]
      y = W @ onehot(k) + embed(E, k) + pick(v, k)
      output y`);
    const { outputs } = run(cell, {
      sizes: { V: 3 },
      params: {
        W: [1, 2, 3, 4, 5, 6],
        E: [10, 20, 30, 40, 50, 60],
        v: [100, 200, 300],
      },
      inputs: { k: [1] },
    });
    expect(outputs.y).toEqual([2 + 30 + 200, 5 + 40 + 200]);
  });

  it("starts parameters as their lines say", () => {
    const cell = cellOf(`
      input x: [N]
      const sd = 0.5
      param A: [N, N] ~ orthogonal
      param B: [N, N] ~ he
      param C: [N, N]
      param u: [N] ~ uniform(-1, 2 * sd)
      param v: [N] ~ normal(0, sd)
      param w: [N] = 2 ^ 3
      param z: [N]
      y = (A + B + C) @ x + u + v + w + z
      output y`);
    expect(cell.params.map(({ initializer }) => initializer)).toEqual([
      { kind: "orthogonal" },
      { kind: "he" },
      { kind: "glorot" },
      { kind: "uniform", from: -1, to: 1 },
      { kind: "normal", mean: 0, sd: 0.5 },
      { kind: "constant", value: 8 },
      { kind: "constant", value: 0 },
    ]);
  });

  it.each([
    ["~ glorott", "C214 no distribution is called `glorott`"],
    ["~ normal(1)", "C203 `normal` takes 2 arguments, 1 is given"],
    [
      "~ uniform(0, M)",
      "C409 the starting value of `w` has to be a number, it cannot use the size `M`",
    ],
    [
      "= x",
      "C409 the starting value of `w` has to be a number, it cannot use the input `x`",
    ],
    ["= sum(ones(3))", "C409 the starting value of `w` has to be a number"],
  ])("does not start a parameter with %s", (start, expected) => {
    expect(
      problemsOf(`input x: [M] param w: [M] ${start} y = x * w output y`),
    ).toEqual([expected]);
  });
});

describe("what is not needed", () => {
  it("vanishes from a base and is a warning in the cell itself", () => {
    const base = `cell B {
      input x, unused: [M]
      state h: [M]
      param W, V: [M, M]
      y = W @ x
      h = V @ h[t-1]
      output y, h
    }`;
    expect(warningsOf(base)).toEqual(["W001 the input `unused` is never used"]);
    const cell = cellOf(
      `${base.replace(", unused", "")} cell A extends B { output y }`,
    );
    expect(shapesOf(cell.params)).toEqual(["W: [M, M]"]);
    expect(cell.states).toEqual([]);
    expect(cell.definitions.map(({ name }) => name)).toEqual(["y"]);
  });
});

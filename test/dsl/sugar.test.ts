/** `affine`, `linear`, `peephole`: the names they make, and that writing them out gives the same graph. */
import { describe, expect, it } from "vitest";
import {
  cellOf,
  cellsOf,
  graphOf,
  paramsOf,
  problemsOf,
  shapesOf,
} from "./support.js";

describe("sugar and the same by hand", () => {
  it("is one graph for a peephole LSTM gate", () => {
    const { Sugar, Hand } = cellsOf(`
      cell Sugar {
        input x: [M]
        state h: [N], c: [N]
        gate i = sigmoid(affine(x, h[t-1]) + peephole(c[t-1]))
        c = (1 - i) * c[t-1] + i * tanh(linear(x))
        h = i * c
        output h
      }
      cell Hand {
        input x: [M]
        state h: [N], c: [N]
        param W_i: [N, M]  param R_i: [N, N]  param p_i, b_i: [N]
        param W_c: [N, M]
        gate i = sigmoid((W_i @ x + R_i @ h[t-1] + b_i) + p_i * c[t-1])
        c = (1 - i) * c[t-1] + i * tanh(W_c @ x)
        h = i * c
        output h
      }`);
    expect(graphOf(Hand!)).toBe(graphOf(Sugar!));
    expect(shapesOf(Hand!.params)).toEqual(shapesOf(Sugar!.params));
  });

  it("goes row by row through a matrix, and gathers for a token", () => {
    const { Sugar, Hand } = cellsOf(`
      cell Sugar {
        input k: token[V]
        context m: [S, D]
        a: [S, A] = affine(m, k)
        output a
      }
      cell Hand {
        input k: token[V]
        context m: [S, D]
        param W_a: [A, D]  param W_a_k: [A, V]  param b_a: [A]
        a = m @ W_a.T + W_a_k @ onehot(k) + b_a
        output a
      }`);
    expect(graphOf(Hand!)).toBe(graphOf(Sugar!));
  });

  it("gives a scalar one weight per unit", () => {
    const cell = cellOf(`
      input x: []
      state h: [N]
      h = tanh(affine(x, h[t-1]))
      output h`);
    expect(shapesOf(cell.params)).toEqual([
      "R_h: [N, N]",
      "W_h: [N]",
      "b_h: [N]",
    ]);
    expect(cell.params[0]!.initializer).toEqual({ kind: "glorot" });
  });
});

describe("names", () => {
  it("adds the source's name from the second of a kind on, with its lag", () => {
    const cell = cellOf(`
      input x, u: [M]
      state h: [N], c: [N]
      h = tanh(affine(x, u, h[t-1], h[t-2], 2 * c[t-3]) + affine(c) + peephole(c) + peephole(c[t-2]))
      c = h[t-1]
      output h`);
    expect(paramsOf(cell)).toEqual([
      "W_h",
      "W_h_u",
      "R_h",
      "R_h_h2",
      "R_h_c3",
      "b_h",
      "W_h_c",
      "b_h_c",
      "p_h",
      "p_h_c2",
    ]);
  });

  it("names outer sugar before what stands in its sources", () => {
    const cell = cellOf(`
      input x: [M]
      y: [K] = affine(tanh(linear(x)) * slice(x, 0, M/2))
      output y`);
    expect(shapesOf(cell.params)).toEqual([
      "W_y: [K, 1/2*M]".replace("1/2*M", "M/2"),
      "W_y_x: [M/2, M]",
      "b_y: [K]",
    ]);
  });

  it("lets other definitions use what sugar made", () => {
    const cell = cellOf(`
      input x: [M]
      state h: [N]
      h = tanh(affine(x, h[t-1]))
      y = R_h @ h
      output y`);
    expect(paramsOf(cell)).toEqual(["W_h", "R_h", "b_h"]);
  });

  it("wants a single name from later sources", () => {
    expect(
      problemsOf(`
        input x, u: [M]
        y: [K] = affine(x, x * u)
        output y`),
    ).toEqual([
      "C215 this source of `affine` gives its parameter no name: `W_y` is taken, and it is not made of one value alone",
    ]);
  });

  it.each([
    [
      "a declared name",
      "param b_y: [K]",
      "C211 `affine` makes a parameter `b_y`, a name that is declared",
    ],
    [
      "another of its own",
      "y_x: [K] = affine(u, x)",
      "C211 `affine` makes a second parameter `W_y_x`",
    ],
  ])("may not meet %s", (_, line, expected) => {
    const problems = problemsOf(`
      input x, u: [M]
      ${line}
      y: [K] = affine(u, x) ${line.startsWith("y_x") ? "+ y_x" : ""}
      output y`);
    expect(problems).toEqual([expected]);
  });
});

describe("where sugar cannot stand", () => {
  it.each([
    ["a function", "fn f(v) = affine(v)", "y = f(x)"],
    ["a buffer", "", "buffer q: [M] = linear(iota(M))  y = x + q"],
    [
      "an initial value",
      "",
      "param p: [M]  state y: [M] = peephole(p)  y = x + y[t-1]",
    ],
  ])("%s", (_, outside, inside) => {
    const problems = problemsOf(`${outside}
      cell A { input x: [M] ${inside} output y }`);
    expect(problems.map((line) => line.slice(0, 4))).toEqual(["C406"]);
  });

  it("leaves the names free for a user's own functions", () => {
    const cell = cellOf(`
      fn linear(v) = 2 * v
      cell A { input x: [M] y = linear(x) output y }`);
    expect(paramsOf(cell)).toEqual([]);
  });
});

/**
 * Cells with a branch of `where` that is not taken and is infinite, steep without bound, or no number there.
 * All expected numbers are worked out by hand; cotangents are 1 unless a case says otherwise.
 */
import type { Given, Numbers } from "./run.js";

export interface Case {
  readonly name: string;
  /** The items of the cell. */
  readonly items: string;
  readonly given: Given;
  readonly expected: {
    readonly outputs?: Numbers;
    readonly params?: Numbers;
    readonly inputs?: Numbers;
    readonly context?: Numbers;
    readonly states?: Numbers;
  };
}

const { NaN: none, POSITIVE_INFINITY: infinite } = Number;

/** y = where(x > 0, f(w x), 0), a step for each x, at w = 1. */
const scalar = (
  name: string,
  branch: string,
  x: readonly number[],
  outputs: readonly number[],
  slopes: readonly number[],
): Case => ({
  name,
  items: `input x: []  param w: []  y = where(x > 0, ${branch}, 0)  output y`,
  given: { steps: x.length, inputs: { x }, params: { w: [1] } },
  expected: {
    outputs: { y: outputs },
    inputs: { x: slopes },
    // d/dw f(w x) = x f′(x), and d/dx the same with w for x.
    params: {
      w: [slopes.reduce((sum, slope, i) => sum + (slope && slope * x[i]!), 0)],
    },
  },
});

const functions: Case[] = [
  scalar("sqrt", "sqrt(w * x)", [-1, 0, 4], [0, 0, 2], [0, 0, 0.25]),
  scalar("log", "log(w * x)", [-1, 0, 4], [0, 0, Math.log(4)], [0, 0, 0.25]),
  scalar("division", "1 / (w * x)", [-0, 0, 4], [0, 0, 0.25], [0, 0, -0.0625]),
  scalar("power", "(w * x) ^ 0.5", [-1, 0, 4], [0, 0, 2], [0, 0, 0.25]),
  scalar("power −2", "(w * x) ^ -2", [-1, 0, 2], [0, 0, 0.25], [0, 0, -0.25]),
  scalar("rsqrt", "rsqrt(w * x)", [-1, 0, 4], [0, 0, 0.5], [0, 0, -0.0625]),
  scalar(
    "exp",
    "exp(-w * x)",
    [-1000, 0, 0.5],
    [0, 0, Math.exp(-0.5)],
    [0, 0, -Math.exp(-0.5)],
  ),
  scalar(
    "expm1",
    "expm1(-w * x)",
    [-1000, 0, 0.5],
    [0, 0, Math.expm1(-0.5)],
    [0, 0, -Math.exp(-0.5)],
  ),
  scalar("log1p", "log1p(w * x)", [-1, -3, 1], [0, 0, Math.LN2], [0, 0, 0.5]),
  scalar(
    "no number and infinity",
    "tanh(w * x)",
    [none, -infinite, 1],
    [0, 0, Math.tanh(1)],
    [0, 0, 1 / Math.cosh(1) ** 2],
  ),
];

const structured: Case[] = [
  {
    name: "a choice within a choice",
    items:
      "input x: []  y = where(x > 0, where(x > 1, sqrt(x - 1), log(x)), x * x)  output y",
    given: { steps: 4, inputs: { x: [-3, 0, 0.5, 5] } },
    expected: {
      outputs: { y: [9, 0, Math.log(0.5), 2] },
      inputs: { x: [-6, 0, 2, 0.25] },
    },
  },
  {
    name: "the same value in both branches",
    items: "input x: []  y = where(x >= 0, sqrt(x), -sqrt(-x))  output y",
    given: { steps: 2, inputs: { x: [-4, 4] } },
    expected: { outputs: { y: [-2, 2] }, inputs: { x: [0.25, 0.25] } },
  },
  {
    name: "a value of a branch that is used elsewhere too",
    items: "input x: []  q = 3 * x  y = where(x > 0, sqrt(q), 0) + q  output y",
    given: { steps: 2, inputs: { x: [-1, 12] } },
    expected: { outputs: { y: [-3, 42] }, inputs: { x: [3, 3.25] } },
  },
  {
    name: "conditions that are joined",
    items:
      "input x: [], m: []  y = where(x > 0 and not (m > 0), log(x), x)  output y",
    given: { steps: 3, inputs: { x: [0, 2, 2], m: [0, 1, 0] } },
    expected: {
      outputs: { y: [0, 2, Math.LN2] },
      inputs: { x: [1, 1, 0.5], m: [0, 0, 0] },
    },
  },
  {
    name: "vectors, element by element",
    items:
      "input x: [N]  param w: [N]  y = where(x > 0, sqrt(w * x), 0)  output y",
    given: {
      sizes: { N: 3 },
      steps: 1,
      inputs: { x: [-1, 0, 4] },
      params: { w: [1, 1, 1] },
    },
    expected: {
      outputs: { y: [0, 0, 2] },
      inputs: { x: [0, 0, 0.25] },
      params: { w: [0, 0, 1] },
    },
  },
  {
    name: "matrices, and a vector along their rows",
    items: "input x: [S, D], v: [D]  y = where(x > 0, v / x, 0)  output y",
    given: {
      sizes: { S: 2, D: 2 },
      steps: 1,
      inputs: { x: [0, 2, -1, 4], v: [3, 8] },
    },
    expected: {
      outputs: { y: [0, 4, 0, 2] },
      inputs: { x: [0, -2, 0, -0.5], v: [0, 0.75] },
    },
  },
  {
    name: "a number's condition over a vector",
    items: "input x: [N], s: []  y = where(s > 0, x / sqrt(s), x)  output y",
    given: {
      sizes: { N: 2 },
      steps: 2,
      inputs: { x: [1, 2, 4, 12], s: [0, 4] },
    },
    expected: {
      outputs: { y: [1, 2, 2, 6] },
      // −½ (4 + 12) / 4^1.5
      inputs: { x: [1, 1, 0.5, 0.5], s: [0, -1] },
    },
  },
  {
    name: "a vector's condition over a number, which no element takes",
    items: "input x: [N], s: []  y = where(x > 0, x * sqrt(s), 0)  output y",
    given: {
      sizes: { N: 2 },
      steps: 2,
      inputs: { x: [-1, -2, 3, -5], s: [0, 9] },
    },
    expected: {
      outputs: { y: [0, 0, 9, 0] },
      inputs: { x: [0, 0, 3, 0], s: [0, 0.5] },
    },
  },
  {
    name: "a parameter of which no step takes anything",
    items:
      "input x: []  param w: []  y = where(x > 0, x * sqrt(w), 0)  output y",
    given: { steps: 2, inputs: { x: [-1, -2] }, params: { w: [0] } },
    expected: {
      outputs: { y: [0, 0] },
      params: { w: [0] },
      inputs: { x: [0, 0] },
    },
  },
  {
    name: "a sum in the branch",
    items: "input v: [N], c: []  y = where(c > 0, sum(sqrt(v)), 0)  output y",
    given: {
      sizes: { N: 2 },
      steps: 2,
      inputs: { v: [-1, 0, 4, 16], c: [0, 1] },
    },
    expected: {
      outputs: { y: [0, 6] },
      inputs: { v: [0, 0, 0.25, 0.125], c: [0, 0] },
    },
  },
  {
    name: "a product in the branch, a number's condition",
    items:
      "input v: [N], c: []  param W: [M, N]  y = where(c > 0, W @ sqrt(v), 0)  output y",
    given: {
      sizes: { N: 2, M: 2 },
      steps: 2,
      inputs: { v: [-1, 0, 4, 16], c: [0, 1] },
      params: { W: [1, 2, 3, 4] },
    },
    expected: {
      outputs: { y: [0, 0, 10, 22] },
      inputs: { v: [0, 0, 1, 0.75], c: [0, 0] },
      params: { W: [2, 4, 2, 4] },
    },
  },
  {
    name: "a product in the branch, a condition for each element",
    items:
      "input v: [N]  param W: [N, N]  y = where(v > 0, W @ sqrt(v), 0)  output y",
    given: {
      sizes: { N: 2 },
      steps: 2,
      inputs: { v: [-1, 0, 4, 16] },
      params: { W: [1, 2, 3, 4] },
    },
    expected: {
      outputs: { y: [0, 0, 10, 22] },
      inputs: { v: [0, 0, 1, 0.75] },
      params: { W: [2, 4, 2, 4] },
    },
  },
  {
    name: "inputs that are missing where a number says so",
    items: `input x: [M], seen: []  param W: [N, M], R: [N, N]  state h: [N]
      h = where(seen > 0, W @ x + R @ h[t-1], h[t-1])  output h`,
    given: {
      sizes: { N: 1, M: 2 },
      steps: 3,
      inputs: { x: [1, 2, none, infinite, 3, 4], seen: [1, 0, 1] },
      params: { W: [10, 1], R: [0.5] },
    },
    expected: {
      // 12, 12, 34 + 6; cotangents from the end: 1, 1 + 0.5, 1 + 1.5.
      outputs: { h: [12, 12, 40] },
      inputs: { x: [25, 2.5, 0, 0, 10, 1], seen: [0, 0, 0] },
      params: { W: [2.5 + 3, 5 + 4], R: [12] },
    },
  },
  {
    name: "rows of a memory that are missing where a vector says so",
    items: `input q: [D]  context m: [S, D], mask: [S]
      y = where(mask > 0, m @ q, -1)  output y`,
    given: {
      sizes: { S: 2, D: 2 },
      steps: 1,
      inputs: { q: [3, 4] },
      context: { m: [1, 2, none, infinite], mask: [1, 0] },
    },
    expected: {
      outputs: { y: [11, -1] },
      inputs: { q: [1, 2] },
      context: { m: [3, 4, 0, 0], mask: [0, 0] },
    },
  },
  {
    name: "a product of matrices",
    items: `input m: [S, D], mask: [S]  param U: [D, A]
      y = where(outer(mask, ones(A)) > 0, m @ U, 0)  output y`,
    given: {
      sizes: { S: 2, D: 2, A: 1 },
      steps: 1,
      inputs: { m: [1, 2, none, infinite], mask: [1, 0] },
      params: { U: [3, 4] },
    },
    expected: {
      outputs: { y: [11, 0] },
      inputs: { m: [3, 4, 0, 0], mask: [0, 0] },
      params: { U: [1, 2] },
    },
  },
  {
    name: "an outer product, and its transpose",
    items: `input a: [N], b: [M]
      y = where(outer(a, ones(M)) > 0, outer(sqrt(a), b), 0)
      z = where(outer(ones(M), a) > 0, outer(sqrt(a), b).T, 0)
      output y, z`,
    given: {
      sizes: { N: 2, M: 1 },
      steps: 1,
      inputs: { a: [4, -1], b: [6] },
    },
    expected: {
      outputs: { y: [12, 0], z: [12, 0] },
      inputs: { a: [3, 0], b: [4] },
    },
  },
  {
    name: "parts of vectors",
    items: `input v: [N]
      y = where(v > 0, concat(slice(sqrt(v), 0, 1), slice(log(v), 1, N)), 0)  output y`,
    given: { sizes: { N: 2 }, steps: 2, inputs: { v: [4, 0, -1, 5] } },
    expected: {
      outputs: { y: [2, 0, 0, Math.log(5)] },
      inputs: { v: [0.25, 0, 0, 0.2] },
    },
  },
  {
    name: "the largest, and an element by its token",
    items: `input v: [N], k: token[N], c: []
      y = where(c > 0, max_of(sqrt(v)) + pick(log(v), k), 0)  output y`,
    given: {
      sizes: { N: 2 },
      steps: 2,
      inputs: { v: [0, 0, 4, 1], k: [0, 1], c: [0, 1] },
    },
    expected: {
      outputs: { y: [0, 2] },
      inputs: { v: [0, 0, 0.25, 1], c: [0, 0] },
    },
  },
  {
    name: "a state of the step before",
    items: `input x: [], c: []  s = sqrt(x)
      y = where(c > 0, s[t-1], 1)  output y`,
    given: {
      steps: 3,
      inputs: { x: [0, 4, 9], c: [0, 0, 1] },
      states: { s: [7] },
    },
    expected: {
      outputs: { y: [1, 1, 2] },
      inputs: { x: [0, 0.25, 0], c: [0, 0, 0] },
      states: { s: [0] },
    },
  },
  {
    name: "a reset that forgets a state that is no number",
    items: `input x: [], reset: []  param R: [N, N]  state h: [N]
      h = where(reset > 0, x * ones(N), R @ h[t-1])  output h`,
    given: {
      sizes: { N: 1 },
      steps: 2,
      inputs: { x: [3, 5], reset: [1, 0] },
      params: { R: [2] },
      states: { h: [none] },
    },
    expected: {
      outputs: { h: [3, 6] },
      inputs: { x: [3, 0], reset: [0, 0] },
      params: { R: [3] },
      states: { h: [0] },
    },
  },
  {
    name: "a gradient that is stopped",
    items:
      "input x: []  y = where(x > 0, sqrt(x) * stop_gradient(sqrt(x)), 0)  output y",
    given: { steps: 2, inputs: { x: [0, 4] } },
    expected: { outputs: { y: [0, 4] }, inputs: { x: [0, 0.5] } },
  },
  {
    name: "the norm of nothing in a branch that is not taken",
    items: `input v: [N]
      y = where(sum(v) > 0, v / sqrt(sum(v * v)), 0)  output y`,
    given: { sizes: { N: 2 }, steps: 2, inputs: { v: [0, 0, 3, 4] } },
    expected: {
      outputs: { y: [0, 0, 0.6, 0.8] },
      // (1 − u · Σu) / |v| for each element u of v / |v|
      inputs: { v: [0, 0, (1 - 0.6 * 1.4) / 5, (1 - 0.8 * 1.4) / 5] },
    },
  },
  {
    name: "functions of the library that choose",
    items: `input x: []
      y = elu(x) + norm(x * ones(2)) + leaky_relu(x, 0.5)  output y`,
    given: { steps: 3, inputs: { x: [-1, 0, 1000] } },
    expected: {
      outputs: {
        y: [Math.expm1(-1) + Math.SQRT2 - 0.5, 0, 2000 + 1000 * Math.SQRT2],
      },
      inputs: {
        x: [Math.exp(-1) - Math.SQRT2 + 0.5, 1 + 0 + 0.5, 2 + Math.SQRT2],
      },
    },
  },
];

export const cases: readonly Case[] = [...functions, ...structured];

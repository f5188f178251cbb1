/** Every function of the language against its formula, computed here apart from the compiler. */
import { describe, expect, it } from "vitest";
import { cellOf, run } from "./support.js";

const points = [-20, -3.5, -1, -0.3, 0, 0.2, 1, 2.75, 30];
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const clamp = (x: number, low: number, high: number) =>
  Math.min(Math.max(x, low), high);

/** Two formulas of a few roundings each: some units in the last place, relative to the larger magnitude. */
function expectClose(actual: readonly number[], expected: readonly number[]) {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => {
    const wanted = expected[i]!;
    expect(Math.abs(value - wanted)).toBeLessThanOrEqual(
      2e-14 * Math.max(1, Math.abs(wanted)),
    );
  });
}

describe("elementwise functions", () => {
  it.each<[string, (x: number) => number]>([
    ["tanh(x)", Math.tanh],
    ["sigmoid(x)", sigmoid],
    [
      "log_sigmoid(x)",
      (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))),
    ],
    ["relu(x)", (x) => Math.max(x, 0)],
    ["leaky_relu(x)", (x) => (x > 0 ? x : 0.01 * x)],
    ["leaky_relu(x, 0.2)", (x) => (x > 0 ? x : 0.2 * x)],
    ["elu(x)", (x) => (x > 0 ? x : Math.expm1(x))],
    ["elu(x, 2)", (x) => (x > 0 ? x : 2 * Math.expm1(x))],
    [
      "selu(x)",
      (x) =>
        1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
    ],
    ["silu(x)", (x) => x * sigmoid(x)],
    ["softplus(x)", (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))],
    ["softsign(x)", (x) => x / (1 + Math.abs(x))],
    ["hard_sigmoid(x)", (x) => clamp((x + 3) / 6, 0, 1)],
    ["hard_tanh(x)", (x) => clamp(x, -1, 1)],
    ["exp(x / 10)", (x) => Math.exp(x / 10)],
    ["log(abs(x) + 1)", (x) => Math.log(Math.abs(x) + 1)],
    ["log1p(abs(x))", (x) => Math.log1p(Math.abs(x))],
    ["expm1(x / 10)", (x) => Math.expm1(x / 10)],
    ["sqrt(abs(x))", (x) => Math.sqrt(Math.abs(x))],
    ["rsqrt(abs(x) + 1)", (x) => 1 / Math.sqrt(Math.abs(x) + 1)],
    [
      "sign(x) + sin(x) * cos(x)",
      (x) => Math.sign(x) + Math.sin(x) * Math.cos(x),
    ],
    ["square(x)", (x) => x * x],
    ["reciprocal(x + 7)", (x) => 1 / (x + 7)],
    ["pow(abs(x), 1.5)", (x) => Math.abs(x) ** 1.5],
    ["abs(x) ^ 1.5", (x) => Math.abs(x) ** 1.5],
    ["min(x, 1, -x)", (x) => Math.min(x, 1, -x)],
    ["max(x, 1, -x)", (x) => Math.max(x, 1, -x)],
    ["clamp(x, -2, 0.5)", (x) => clamp(x, -2, 0.5)],
    ["floor(x)", Math.floor],
    ["mod(x, 3)", (x) => ((x % 3) + 3) % 3],
    ["coupled(x)", (x) => 1 - x],
    ["stop_gradient(x)", (x) => x],
    [
      "where(not (x > 0) or x == 30, 1, 2)",
      (x) => (x <= 0 || x === 30 ? 1 : 2),
    ],
    ["where(x >= 0 and x != 1, x, -x)", (x) => (x >= 0 && x !== 1 ? x : -x)],
    ["-2 ^ 2 * x", (x) => -4 * x],
  ])("%s", (text, formula) => {
    const cell = cellOf(`input x: [] y = ${text} output y`);
    const { outputs } = run(cell, {
      steps: points.length,
      inputs: { x: points },
    });
    expectClose(outputs.y!, points.map(formula));
  });

  it("has the error function in gelu", () => {
    const cell = cellOf("input x: [] y = gelu(x) output y");
    const { outputs } = run(cell, { steps: 3, inputs: { x: [-1, 0, 2] } });
    // x Φ(x) with Φ(1) and Φ(2) from tables of the normal distribution.
    expectClose(outputs.y!, [-0.15865525393145705, 0, 2 * 0.9772498680518208]);
  });
});

describe("along the last axis", () => {
  const rows = [
    [1, -2, 0.5],
    [3, 3, -7],
    [0, 0, 1e-3],
    [700, -800, 710],
  ];
  const sum = (v: readonly number[]) => v.reduce((a, b) => a + b, 0);
  const mean = (v: readonly number[]) => sum(v) / v.length;
  const variance = (v: readonly number[]) =>
    mean(v.map((x) => (x - mean(v)) ** 2));
  const logsumexp = (v: readonly number[]) => {
    const top = Math.max(...v);
    return top + Math.log(sum(v.map((x) => Math.exp(x - top))));
  };
  const softmax = (v: readonly number[]) => {
    const parts = v.map((x) => Math.exp(x - Math.max(...v)));
    return parts.map((part) => part / sum(parts));
  };
  const norm = (v: readonly number[]) => Math.hypot(...v);
  const gain = [2, 0.5, -1];
  const bias = [0.1, 0.2, 0.3];

  it.each<[string, (v: readonly number[]) => number | number[]]>([
    ["sum(x)", sum],
    ["mean(x)", mean],
    ["var(x)", variance],
    ["max_of(x)", (v) => Math.max(...v)],
    ["min_of(x)", (v) => Math.min(...v)],
    ["norm(x)", norm],
    ["normalize(x)", (v) => v.map((x) => x / norm(v))],
    ["logsumexp(x)", logsumexp],
    ["softmax(x)", softmax],
    // The largest is taken away first: it may be all of a logarithm's digits.
    [
      "log_softmax(x)",
      (v) => {
        const top = Math.max(...v);
        return v.map((x) => x - top - logsumexp(v.map((each) => each - top)));
      },
    ],
    [
      "layer_norm(x, g, b)",
      (v) =>
        v.map(
          (x, i) =>
            ((x - mean(v)) / Math.sqrt(variance(v) + 1e-5)) * gain[i]! +
            bias[i]!,
        ),
    ],
    [
      "rms_norm(x, g)",
      (v) =>
        v.map(
          (x, i) =>
            (x / Math.sqrt(mean(v.map((each) => each * each)) + 1e-5)) *
            gain[i]!,
        ),
    ],
  ])("%s, of a vector and row by row", (text, formula) => {
    const body = `param g, b: [D] y = ${text} output y`;
    const params = text.includes("g") ? { g: gain, b: bias } : {};
    const needed = Object.fromEntries(
      Object.entries(params).filter(([name]) => text.includes(`, ${name}`)),
    );
    const matrix = run(cellOf(`input x: [S, D] ${body}`), {
      sizes: { S: rows.length, D: 3 },
      inputs: { x: rows.flat() },
      params: needed,
    });
    const vector = run(cellOf(`input x: [D] ${body}`), {
      sizes: { D: 3 },
      steps: rows.length,
      inputs: { x: rows.flat() },
      params: needed,
    });
    const expected = rows.flatMap(formula);
    expectClose(vector.outputs.y!, expected);
    expectClose(matrix.outputs.y!, expected);
  });

  it("has no infinities at a vector of zeros", () => {
    const cell = cellOf(
      "input x: [D] y = normalize(x) n = norm(x) output y, n",
    );
    const { outputs } = run(cell, { sizes: { D: 2 }, inputs: { x: [0, 0] } });
    expect(outputs).toEqual({ y: [0, 0], n: [0] });
  });

  it("sums everything", () => {
    const cell = cellOf("input x: [2, 2] y = total(x) output y");
    expect(run(cell, { inputs: { x: [1, 2, 3, 4] } }).outputs.y).toEqual([10]);
  });
});

describe("vectors and matrices", () => {
  const numbers = {
    inputs: { a: [1, 2], b: [3, 4, 5] },
    params: { A: [1, 2, 3, 4, 5, 6] },
  };
  it.each<[string, number[]]>([
    ["dot(a, a) * ones(1)", [5]],
    ["concat(a, b, 7)", [1, 2, 3, 4, 5, 7]],
    ["slice(b, 1, 3)", [4, 5]],
    ["outer(a, b)", [3, 4, 5, 6, 8, 10]],
    ["A @ b", [26, 62]],
    ["a @ A", [9, 12, 15]],
    ["A.T @ a", [9, 12, 15]],
    ["(A @ A.T) @ a", [78, 186]],
    ["2 * A @ b", [52, 124]],
    ["a * A @ b", [26, 124]],
    ["iota(3) + zeros(3)", [0, 1, 2]],
    ["ones(2, 2)", [1, 1, 1, 1]],
    ["A + b", [4, 6, 8, 7, 9, 11]],
    ["A.T.T", [1, 2, 3, 4, 5, 6]],
    ["A.T + a", [2, 6, 3, 7, 4, 8]],
  ])("%s", (text, expected) => {
    const cell = cellOf(
      `input a: [2], b: [3] param A: [2, 3] y = ${text} output y`,
    );
    const pick = <T>(
      from: Record<string, T>,
      names: readonly { name: string }[],
    ) => Object.fromEntries(names.map(({ name }) => [name, from[name]!]));
    const { outputs } = run(cell, {
      inputs: pick(numbers.inputs, cell.inputs),
      params: pick(numbers.params, cell.params),
    });
    expect(outputs.y).toEqual(expected);
  });
});

/** Shapes are inferred from what is declared, and everything that does not fit is said. */
import { describe, expect, it } from "vitest";
import { showShape } from "../../src/ir/size.js";
import { cellOf, compileText, problemsOf, shapesOf } from "./support.js";

/** Shape of the output y. */
const shapeOf = (text: string): string =>
  showShape(cellOf(`${text} output y`).outputs.at(-1)!.shape);

describe("shapes of expressions", () => {
  const given = "input s: [], x: [M], h: [N], m: [S, M], q: [S], k: token[M]";
  it.each([
    ["2 * x", "[M]"],
    ["s + x", "[M]"],
    ["m + x", "[S, M]"],
    ["x - m", "[S, M]"],
    ["m @ x", "[S]"],
    ["q @ m", "[M]"],
    ["m.T @ q", "[M]"],
    ["m @ m.T", "[S, S]"],
    ["x @ x", "[]"],
    ["dot(x, x)", "[]"],
    ["outer(x, h)", "[M, N]"],
    ["sum(m)", "[S]"],
    ["mean(x)", "[]"],
    ["total(m)", "[]"],
    ["max_of(m)", "[S]"],
    ["softmax(m)", "[S, M]"],
    ["log_softmax(x)", "[M]"],
    ["logsumexp(m)", "[S]"],
    ["layer_norm(m, x, x)", "[S, M]"],
    ["rms_norm(x, x)", "[M]"],
    ["normalize(m)", "[S, M]"],
    ["norm(m)", "[S]"],
    ["var(x)", "[]"],
    ["concat(x, h, s, x)", "[2*M+N+1]"],
    ["slice(x, 1, M/2)", "[M/2-1]"],
    ["slice(concat(x, h), M, M + N) + h", "[N]"],
    ["onehot(k)", "[M]"],
    ["embed(m.T, k)", "[S]"],
    ["pick(x, k)", "[]"],
    ["iota(2*M)", "[2*M]"],
    ["ones(S, M) + m", "[S, M]"],
    ["zeros(3)", "[3]"],
    ["where(m > 0 and x < 1, m, s)", "[S, M]"],
    ["max(s, x, m)", "[S, M]"],
    ["stop_gradient(m)", "[S, M]"],
    ["sqrt(M) * t", "[]"],
    ["clamp(m, -x, x)", "[S, M]"],
  ])("%s is %s", (expression, shape) => {
    expect(shapeOf(`${given} y = ${expression}`)).toBe(shape);
  });
});

describe("inference", () => {
  it("finds the size of what affine yields from its use", () => {
    const cell = cellOf(`
      input x: [M]
      state C: [N, P]
      q = affine(x)
      k = affine(x) / sqrt(N)
      C = C[t-1] + outer(k, q)
      y = C @ q
      output y`);
    expect(shapesOf(cell.params)).toEqual([
      "W_k: [N, M]",
      "W_q: [P, M]",
      "b_k: [N]",
      "b_q: [P]",
    ]);
  });

  it("solves for a size within a sum or product of sizes", () => {
    const cell = cellOf(`
      input x: [2*N + M]
      z = affine(x)
      y = x + concat(z, z, iota(M))
      output y`);
    expect(shapesOf(cell.params)).toEqual(["W_z: [N, M+2*N]", "b_z: [N]"]);
  });

  it("takes the smallest rank for a value that is defined by its own past", () => {
    const cell = cellOf(`
      input x: [M]
      n = n[t-1] + 1
      v = 0.9 * v[t-1] + x
      m = m[t-1] + outer(v, v)
      output n, v, m`);
    expect(shapesOf(cell.states)).toEqual(["m: [M, M]", "n: []", "v: [M]"]);
  });

  it("goes through definitions that refer to each other's past", () => {
    const cell = cellOf(`
      input x: [M]
      a = tanh(affine(x, b[t-1]))
      b = tanh(affine(a, c[t-2]))
      c: [K] = a * b
      output c`);
    expect(shapesOf(cell.states)).toEqual(["b: [K]", "c: [K]"]);
  });

  it("compares sizes in a normal form", () => {
    expect(
      shapeOf("input x: [N/2 + N/2], w: [(M*N)/M], y0: [N] y = x + w + y0"),
    ).toBe("[N]");
  });

  it("reports sizes in the order in which they first appear", () => {
    const cell = cellOf(`
      context m: [S, D]
      input x: [M]
      param U: [A, D]
      state h: [N]
      h = tanh(affine(x, h[t-1]))
      y = m @ U.T
      output h, y`);
    expect(cell.sizes).toEqual(["S", "D", "M", "A", "N"]);
  });
});

describe("what does not fit", () => {
  const given =
    "input s: [], x: [M], h: [N], m: [S, M], k: token[V] state y: [M]";
  it.each([
    ["x + h", "C302 `+` joins two different sizes, [M] and [N]"],
    ["x * m * h", "C302 `*` joins two different sizes, [S, M] and [N]"],
    [
      "where(x > 0, x, h)",
      "C302 `where` joins two different sizes, [M] and [N]",
    ],
    ["m @ h", "C303 `@` multiplies [S, M] with [N]: M and N differ"],
    ["s @ x", "C305 `@` wants vectors or matrices, not the shape []"],
    ["x.T", "C305 `.T` wants a matrix, not the shape [M]"],
    ["sum(s)", "C305 `sum` wants a vector or a matrix, not the shape []"],
    ["mean(s)", "C305 `mean` wants a vector or a matrix, not the shape []"],
    ["outer(m, x)", "C305 `outer` wants vectors, not the shape [S, M]"],
    ["concat(x, m)", "C304 `concat` cannot join [M] and [S, M]"],
    [
      "layer_norm(x, h, x)",
      "C308 the arguments of `layer_norm` do not fit together: [M] and [N] and [M]",
    ],
    ["dot(x, h) * x", "C302 `dot` joins two different sizes, [M] and [N]"],
    ["pick(x, k) * x", "C308 the arguments of `pick` do not fit together: [M]"],
    [
      "embed(m, k)",
      "C308 the arguments of `embed` do not fit together: [S, M]",
    ],
    ["slice(x, 3, 2)", "C314 the slice ends at 2, not behind its start, 3"],
    ["slice(x, -1, M)", "C314 the slice starts at -1, before the vector"],
    [
      "slice(x, 0, M + 1)",
      "C314 the slice ends at M+1, behind the end of a vector of size M",
    ],
    [
      "slice(x, 0, s)",
      "C314 this bound of `slice` is no size: it is not made of sizes and whole numbers alone",
    ],
    ["iota(0) + x", "C313 this is no size: 0 is not positive and whole"],
    [
      "iota(s) + x",
      "C313 this is no size: it is not made of sizes and whole numbers alone",
    ],
    ["k + x", "C309 `k` is a token and cannot be used as a number"],
    ["k[t-1] * x", "C309 `k` is a token and cannot be used as a number"],
    ["onehot(s) + x", "C310 `onehot` wants a token here, not a number"],
    ["where(x, x, x)", "C311 `where` wants a condition here, not a number"],
    ["(x > 0) * x", "C312 a condition is used as a number"],
    ["x > 0", "C312 a condition is used as a number"],
    ["k", "C309 `k` is a token and cannot be used as a number"],
  ])("%s", (expression, expected) => {
    const problems = problemsOf(`${given} y = ${expression} output y`);
    expect(problems).toEqual([expected]);
  });

  it("says which name has the size, and that a full matrix may be meant", () => {
    const { diagnostics } = compileText(`cell A {
      input x: [M]
      state h: [N], c: [P]
      param R: [N, P]
      gate f: [N] = sigmoid(affine(x, h[t-1]) + R * c[t-1])
      h = f * h[t-1]
      c = c[t-1] * sum(h)
      output h, c
    }`);
    expect(diagnostics).toHaveLength(1);
    const [{ message, notes, help }] = diagnostics as [
      (typeof diagnostics)[number],
    ];
    expect(message).toBe("`+` joins two different sizes, [N] and [N, P]");
    expect(notes.map(({ text }) => text)).toContain("`c` has size P");
    expect(help).toBe("a full matrix is written `R @ c[t-1]`");
  });

  it("compares a definition with its declaration", () => {
    expect(
      problemsOf("input x: [M] state h: [N] h = x + 0 * sum(h[t-1]) output h"),
    ).toEqual([
      "C306 `h` is declared as [N], but its definition has the shape [M]",
    ]);
    expect(problemsOf("input x: [M] y: [M] = 0 output y, x")).toEqual([
      "C306 `y` is declared as [M], but its definition has the shape []",
    ]);
  });

  it("reports a size that nothing determines, once", () => {
    expect(
      problemsOf("input x: [M] h = tanh(affine(x, h[t-1])) output h"),
    ).toEqual(["C307 the size of `h` cannot be inferred"]);
    expect(problemsOf("input x: [M] y = sum(affine(x)) output y")).toEqual([
      "C307 the size of `affine(x)` cannot be inferred",
    ]);
  });

  it("does not ask for sizes of what is not needed", () => {
    const { diagnostics } = compileText(`
      cell B { input x: [M] h = affine(x) * 2 y = x + h output y }
      cell A extends B { y = 2 * x }`);
    expect(diagnostics).toEqual([]);
  });

  it("reports every mismatch, not only the first", () => {
    expect(
      problemsOf("input x: [M], h: [N] a = x + h b = x * h y = a + b output y")
        .length,
    ).toBe(2);
  });

  it("tells that a derived cell changed what its base relies on", () => {
    expect(
      problemsOf(`
        cell B { input x: [M] state h: [M] g = tanh(x) h = g * h[t-1] output h }
        cell A extends B { g = concat(x, x) }`),
    ).toEqual([
      "C403 `g` becomes [2*M] here, but the inherited definition of `h` uses it as [M]",
    ]);
  });
});

describe("declared shapes", () => {
  it.each([
    ["[2, 3, 4]", "C301"],
    ["[0]", "C313"],
    ["[1.5]", "C313"],
    ["[N - N]", "C313"],
    ["[N ^ 2]", "C313"],
    ["[N / (N + 1)]", "C313"],
    ["[t]", "C313"],
    ["[-N]", "C313"],
    ["[1e300]", "C313"],
    ["[sqrt(N)]", "C313"],
  ])("%s", (shape, code) => {
    const problems = problemsOf(`input x: ${shape}, n: [N] y = x output y, n`);
    expect(problems.map((line) => line.slice(0, 4))).toEqual([code]);
  });
});

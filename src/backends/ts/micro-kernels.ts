/**
 * Matrix products over rows, as source text. All matrices are row-major. The three dense products hold
 * 4×4 sums in variables, which V8 keeps in registers: about three times as fast as the plain triple loop.
 * Sums are made in double precision whatever the arrays are, and always in the same order.
 */

export interface SourceFunction {
  readonly doc: readonly string[];
  readonly parameters: readonly (readonly [name: string, type: string])[];
  readonly body: string;
}

const numbers = (...names: string[]): (readonly [string, string])[] =>
  names.map((name) => [name, "number"] as const);

const grid = [0, 1, 2, 3];
const each = (line: (i: number, j: number) => string, indent: number): string =>
  grid
    .flatMap((i) => grid.map((j) => " ".repeat(indent) + line(i, j)))
    .join("\n");
const row = (line: (i: number) => string, indent: number): string =>
  grid.map((i) => " ".repeat(indent) + line(i)).join("\n");

const operands = [
  ["y", "Floats"],
  ["y0", "number"],
  ["ys", "number"],
  ["x", "Floats"],
  ["x0", "number"],
  ["xs", "number"],
] as const;

const tokens = ["tokens", "Int32Array"] as const;

/** Rows that a sum is over, in units of `inner` rows of the operands. */
const runs = ["runs", "Int32Array"] as const;

const rowProduct = (
  doc: string,
  w: { pointers: string; load: (j: number) => string; one: string },
): SourceFunction => ({
  doc: [doc],
  parameters: [
    ...operands,
    ["w", "Floats"],
    ...numbers("w0", "R", "N", "K"),
    ["add", "boolean"],
  ],
  body: `const R4 = R - (R % 4);
const N4 = N - (N % 4);
for (let r = 0; r < R4; r += 4) {
  const xa = x0 + r * xs;
  const xb = xa + xs;
  const xc = xb + xs;
  const xd = xc + xs;
  for (let c = 0; c < N4; c += 4) {
${w.pointers}
${each((i, j) => `let s${i}${j} = 0;`, 4)}
    for (let k = 0; k < K; k++) {
${row((i) => `const p${i} = x[x${"abcd"[i]} + k];`, 6)}
${row((j) => `const q${j} = ${w.load(j)};`, 6)}
${each((i, j) => `s${i}${j} += p${i} * q${j};`, 6)}
    }
    const ya = y0 + r * ys + c;
    const yb = ya + ys;
    const yc = yb + ys;
    const yd = yc + ys;
    if (add) {
${each((i, j) => `s${i}${j} += y[y${"abcd"[i]}${j === 0 ? "" : ` + ${j}`}];`, 6)}
    }
${each((i, j) => `y[y${"abcd"[i]}${j === 0 ? "" : ` + ${j}`}] = s${i}${j};`, 4)}
  }
  for (let c = N4; c < N; c++) {
${row((i) => `let s${i} = 0;`, 4)}
    for (let k = 0; k < K; k++) {
      const q = ${w.one};
${row((i) => `s${i} += x[x${"abcd"[i]} + k] * q;`, 6)}
    }
    const ya = y0 + r * ys + c;
${row((i) => {
  const at = i === 0 ? "ya" : i === 1 ? "ya + ys" : `ya + ${i} * ys`;
  return `y[${at}] = add ? y[${at}] + s${i} : s${i};`;
}, 4)}
  }
}
for (let r = R4; r < R; r++) {
  const xa = x0 + r * xs;
  const ya = y0 + r * ys;
  for (let c = 0; c < N4; c += 4) {
${w.pointers}
${row((j) => `let s${j} = 0;`, 4)}
    for (let k = 0; k < K; k++) {
      const p = x[xa + k];
${row((j) => `s${j} += p * ${w.load(j)};`, 6)}
    }
    if (add) {
${row((j) => `s${j} += y[ya + c${j === 0 ? "" : ` + ${j}`}];`, 6)}
    }
${row((j) => `y[ya + c${j === 0 ? "" : ` + ${j}`}] = s${j};`, 4)}
  }
  for (let c = N4; c < N; c++) {
    let sum = add ? y[ya + c] : 0;
    for (let k = 0; k < K; k++) {
      sum += x[xa + k] * ${w.one};
    }
    y[ya + c] = sum;
  }
}`,
});

export const microKernels = {
  /** nt */
  rowsTimesTransposed: rowProduct(
    "y[r, c] = Σ_k x[r, k] · w[c, k], or added to y.",
    {
      pointers: `    const wa = w0 + c * K;
    const wb = wa + K;
    const wc = wb + K;
    const wd = wc + K;`,
      load: (j) => `w[w${"abcd"[j]} + k]`,
      one: "w[w0 + c * K + k]",
    },
  ),
  /** nn */
  rowsTimes: rowProduct("y[r, c] = Σ_k x[r, k] · w[k, c], or added to y.", {
    pointers: `    const wa = w0 + c;`,
    load: (j) => `w[wa + k * N${j === 0 ? "" : ` + ${j}`}]`,
    one: "w[w0 + k * N + c]",
  }),
  /** tn */
  addTransposedTimes: {
    doc: [
      "y[n, k] += Σ_r x[r, n] · w[r, k]: the gradient of a matrix over all rows.",
      "Rows are taken 64 at a time, so that both operands stay in the cache.",
    ],
    parameters: [
      ["y", "Floats"],
      ["y0", "number"],
      ["x", "Floats"],
      ["x0", "number"],
      ["xs", "number"],
      ["w", "Floats"],
      ...numbers("w0", "ws"),
      runs,
      ...numbers("inner", "N", "K"),
    ],
    body: `const N4 = N - (N % 4);
const K4 = K - (K % 4);
for (let i = 0; i < runs.length; i += 2) {
  const last = runs[i + 1] * inner;
  for (let start = runs[i] * inner; start < last; start += 64) {
    const end = Math.min(start + 64, last);
    for (let n = 0; n < N4; n += 4) {
      for (let k = 0; k < K4; k += 4) {
${each((i, j) => `let s${i}${j} = 0;`, 8)}
        let xa = x0 + start * xs + n;
        let wa = w0 + start * ws + k;
        for (let r = start; r < end; r++) {
${row((i) => `const p${i} = x[xa${i === 0 ? "" : ` + ${i}`}];`, 10)}
${row((j) => `const q${j} = w[wa${j === 0 ? "" : ` + ${j}`}];`, 10)}
${each((i, j) => `s${i}${j} += p${i} * q${j};`, 10)}
          xa += xs;
          wa += ws;
        }
        const ya = y0 + n * K + k;
        const yb = ya + K;
        const yc = yb + K;
        const yd = yc + K;
${each((i, j) => `y[y${"abcd"[i]}${j === 0 ? "" : ` + ${j}`}] += s${i}${j};`, 8)}
      }
      for (let k = K4; k < K; k++) {
${row((i) => `let s${i} = 0;`, 8)}
        for (let r = start; r < end; r++) {
          const xa = x0 + r * xs + n;
          const q = w[w0 + r * ws + k];
${row((i) => `s${i} += x[xa${i === 0 ? "" : ` + ${i}`}] * q;`, 10)}
        }
        const ya = y0 + n * K + k;
${row((i) => `y[ya${i === 0 ? "" : i === 1 ? " + K" : ` + ${i} * K`}] += s${i};`, 8)}
      }
    }
    for (let n = N4; n < N; n++) {
      for (let k = 0; k < K; k++) {
        let sum = 0;
        for (let r = start; r < end; r++) {
          sum += x[x0 + r * xs + n] * w[w0 + r * ws + k];
        }
        y[y0 + n * K + k] += sum;
      }
    }
  }
}`,
  },
  /** column */
  gatherColumns: {
    doc: [
      "y[r, c] = w[c, tokens[r]], or added to y: a product with a one-hot vector.",
    ],
    parameters: [
      ["y", "Floats"],
      ...numbers("y0", "ys"),
      tokens,
      ["x0", "number"],
      ["w", "Floats"],
      ...numbers("w0", "R", "N", "K"),
      ["add", "boolean"],
    ],
    body: `for (let r = 0; r < R; r++) {
  const ya = y0 + r * ys;
  const wa = w0 + tokens[x0 + r];
  for (let c = 0; c < N; c++) {
    y[ya + c] = add ? y[ya + c] + w[wa + c * K] : w[wa + c * K];
  }
}`,
  },
  /** row */
  gatherRows: {
    doc: ["y[r, c] = w[tokens[r], c], or added to y: an embedding."],
    parameters: [
      ["y", "Floats"],
      ...numbers("y0", "ys"),
      tokens,
      ["x0", "number"],
      ["w", "Floats"],
      ...numbers("w0", "R", "N"),
      ["add", "boolean"],
    ],
    body: `for (let r = 0; r < R; r++) {
  const ya = y0 + r * ys;
  const wa = w0 + tokens[x0 + r] * N;
  for (let c = 0; c < N; c++) {
    y[ya + c] = add ? y[ya + c] + w[wa + c] : w[wa + c];
  }
}`,
  },
  /** add_column */
  addToColumns: {
    doc: ["y[n, tokens[r]] += x[r, n]: the gradient of `gatherColumns`."],
    parameters: [
      ["y", "Floats"],
      ["y0", "number"],
      ["x", "Floats"],
      ...numbers("x0", "xs"),
      tokens,
      ["w0", "number"],
      runs,
      ...numbers("inner", "N", "K"),
    ],
    body: `for (let i = 0; i < runs.length; i += 2) {
  for (let r = runs[i] * inner; r < runs[i + 1] * inner; r++) {
    const xa = x0 + r * xs;
    const ya = y0 + tokens[w0 + r];
    for (let n = 0; n < N; n++) {
      y[ya + n * K] += x[xa + n];
    }
  }
}`,
  },
  /** add_row */
  addToRows: {
    doc: ["y[tokens[r], n] += x[r, n]: the gradient of `gatherRows`."],
    parameters: [
      ["y", "Floats"],
      ["y0", "number"],
      ["x", "Floats"],
      ...numbers("x0", "xs"),
      tokens,
      ["w0", "number"],
      runs,
      ...numbers("inner", "N"),
    ],
    body: `for (let i = 0; i < runs.length; i += 2) {
  for (let r = runs[i] * inner; r < runs[i + 1] * inner; r++) {
    const xa = x0 + r * xs;
    const ya = y0 + tokens[w0 + r] * N;
    for (let n = 0; n < N; n++) {
      y[ya + n] += x[xa + n];
    }
  }
}`,
  },
} satisfies Record<string, SourceFunction>;

export type MicroKernel = keyof typeof microKernels;

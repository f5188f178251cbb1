/** The interpreter against cells written as plain loops, from the papers' equations. */
import { describe, expect, it } from "vitest";
import { randomData } from "../../src/gradcheck/index.js";
import type { CellData } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { gruResetAfter, peepholeLstm } from "./cells.js";
import { expectClose } from "./close.js";

const sizes = { M: 5, N: 7 };
const [M, N] = [5, 7];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Row `i` of a matrix with `columns` columns times a vector that starts at `from`. */
function row(
  matrix: Float64Array,
  i: number,
  columns: number,
  vector: Float64Array,
  from = 0,
): number {
  let sum = 0;
  for (let k = 0; k < columns; k++)
    sum += matrix[i * columns + k]! * vector[from + k]!;
  return sum;
}

function plainLstm(data: CellData): {
  y: Float64Array;
  last: { y: Float64Array; c: Float64Array };
} {
  const { steps, batch, params: p, inputs } = data;
  const out = new Float64Array(steps * batch * N);
  const y = data.states.y!.slice();
  const c = data.states.c!.slice();
  for (let t = 0; t < steps; t++)
    for (let b = 0; b < batch; b++) {
      const before = y.slice(b * N, (b + 1) * N);
      const at = (t * batch + b) * M;
      for (let i = 0; i < N; i++) {
        const sum = (gate: string): number =>
          row(p[`W_${gate}`]!, i, M, inputs.x!, at) +
          row(p[`R_${gate}`]!, i, N, before) +
          p[`b_${gate}`]![i]!;
        const old = c[b * N + i]!;
        const z = Math.tanh(sum("z"));
        const input = sigmoid(sum("i") + p.p_i![i]! * old);
        const forget = sigmoid(sum("f") + p.p_f![i]! * old);
        const next = z * input + old * forget;
        const o = sigmoid(sum("o") + p.p_o![i]! * next);
        c[b * N + i] = next;
        y[b * N + i] = o * Math.tanh(next);
        out[(t * batch + b) * N + i] = y[b * N + i]!;
      }
    }
  return { y: out, last: { y, c } };
}

function plainGru(data: CellData): { h: Float64Array; last: Float64Array } {
  const { steps, batch, params: p, inputs } = data;
  const out = new Float64Array(steps * batch * N);
  const h = data.states.h!.slice();
  for (let t = 0; t < steps; t++)
    for (let b = 0; b < batch; b++) {
      const before = h.slice(b * N, (b + 1) * N);
      const at = (t * batch + b) * M;
      for (let i = 0; i < N; i++) {
        const x = (gate: string): number =>
          row(p[`W_${gate}`]!, i, M, inputs.x!, at) + p[`b_${gate}`]![i]!;
        const s = (gate: string): number => row(p[`R_${gate}`]!, i, N, before);
        const r = sigmoid(x("r") + s("r"));
        const z = sigmoid(x("z") + s("z"));
        const n = Math.tanh(x("n") + r * (s("n") + p.b_n_h![i]!));
        h[b * N + i] = z * before[i]! + (1 - z) * n;
        out[(t * batch + b) * N + i] = h[b * N + i]!;
      }
    }
  return { h: out, last: h };
}

describe("the interpreter", () => {
  for (const [steps, batch] of [
    [1, 1],
    [6, 3],
  ] as const) {
    // Sums in another order differ by a few roundings of numbers of size 1.
    it(`is a peephole LSTM to 1e-14, T=${steps} B=${batch}`, () => {
      const cell = peepholeLstm();
      const data = randomData(cell, sizes, { steps, batch, seed: 3 });
      const result = new Interpreter(cell).forward(data);
      const plain = plainLstm(data);
      expectClose(result.outputs.y!, plain.y, 1e-14);
      expectClose(result.states.y!, plain.last.y, 1e-14);
      expectClose(result.states.c!, plain.last.c, 1e-14);
    });

    it(`is a GRU to 1e-14, T=${steps} B=${batch}`, () => {
      const cell = gruResetAfter();
      const data = randomData(cell, sizes, { steps, batch, seed: 4 });
      const result = new Interpreter(cell).forward(data);
      const plain = plainGru(data);
      expectClose(result.outputs.h!, plain.h, 1e-14);
      expectClose(result.states.h!, plain.last, 1e-14);
    });
  }

  it("serves one set of sizes after the other", () => {
    const cell = peepholeLstm();
    const interpreter = new Interpreter(cell);
    for (const other of [sizes, { M: 2, N: 1 }, sizes]) {
      const data = randomData(cell, other, { steps: 3, batch: 2, seed: 5 });
      expect(interpreter.forward(data)).toEqual(
        new Interpreter(cell).forward(data),
      );
    }
  });

  it("names an array that is missing or of the wrong length", () => {
    const cell = peepholeLstm();
    const data = randomData(cell, sizes, { steps: 3, batch: 2, seed: 5 });
    const { W_i: _, ...params } = data.params;
    const interpreter = new Interpreter(cell);
    expect(() => interpreter.forward({ ...data, params })).toThrow(
      "parameter `W_i` needs 35 numbers, none are given",
    );
    expect(() => interpreter.forward({ ...data, steps: 4 })).toThrow(
      "input `x` needs 40 numbers, 30 are given",
    );
  });

  it("needs the adjoint step for gradients", () => {
    const interpreter = new Interpreter(peepholeLstm());
    expect(() => interpreter.backward({ outputs: {}, states: {} })).toThrow(
      "needs the adjoint program",
    );
  });
});

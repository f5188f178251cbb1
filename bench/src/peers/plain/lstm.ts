/**
 * An LSTM as a good programmer writes it without a library: typed arrays made once, contiguous rows, the sum in a local
 * variable, and three nested loops for each product.
 */
import type { Problem } from "../../problem.js";

const sigmoid = (a: number): number => 1 / (1 + Math.exp(-a));

/** `[T, B, N]`; with peepholes where the problem has them. */
export function makePlainLstm(problem: Problem): () => Float32Array {
  const { T, B, M, N, x, W, R, b, p } = problem;
  const peephole = p.length > 0;
  const y = new Float32Array(T * B * N);
  const c = new Float32Array(B * N);
  const zero = new Float32Array(B * N);
  const gates = new Float32Array(4 * N);

  return () => {
    c.fill(0);
    for (let t = 0; t < T; t++) {
      for (let n = 0; n < B; n++) {
        const at = (t * B + n) * M;
        const before = t === 0 ? zero : y;
        const from = t === 0 ? n * N : ((t - 1) * B + n) * N;
        for (let i = 0; i < 4 * N; i++) {
          let sum = b[i]!;
          const w = i * M;
          for (let j = 0; j < M; j++) sum += W[w + j]! * x[at + j]!;
          const r = i * N;
          for (let j = 0; j < N; j++) sum += R[r + j]! * before[from + j]!;
          gates[i] = sum;
        }
        const to = (t * B + n) * N;
        for (let i = 0; i < N; i++) {
          const old = c[n * N + i]!;
          const seen = peephole ? p[i]! * old : 0;
          const alsoSeen = peephole ? p[N + i]! * old : 0;
          const input = sigmoid(gates[i]! + seen);
          const forget = sigmoid(gates[N + i]! + alsoSeen);
          const cell = forget * old + input * Math.tanh(gates[3 * N + i]!);
          const output = sigmoid(
            gates[2 * N + i]! + (peephole ? p[2 * N + i]! * cell : 0),
          );
          c[n * N + i] = cell;
          y[to + i] = output * Math.tanh(cell);
        }
      }
    }
    return y;
  };
}

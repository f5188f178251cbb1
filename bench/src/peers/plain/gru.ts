/** A GRU (reset before the product) in the manner of `lstm.ts`. */
import type { Problem } from "../../problem.js";

const sigmoid = (a: number): number => 1 / (1 + Math.exp(-a));

export function makePlainGru(problem: Problem): () => Float32Array {
  const { T, B, M, N, x, W, R, b } = problem;
  const y = new Float32Array(T * B * N);
  const zero = new Float32Array(B * N);
  const r = new Float32Array(N);
  const z = new Float32Array(N);

  return () => {
    for (let t = 0; t < T; t++) {
      for (let n = 0; n < B; n++) {
        const at = (t * B + n) * M;
        const before = t === 0 ? zero : y;
        const from = t === 0 ? n * N : ((t - 1) * B + n) * N;
        for (let i = 0; i < 2 * N; i++) {
          let sum = b[i]!;
          for (let j = 0; j < M; j++) sum += W[i * M + j]! * x[at + j]!;
          for (let j = 0; j < N; j++) sum += R[i * N + j]! * before[from + j]!;
          if (i < N) r[i] = sigmoid(sum) * before[from + i]!;
          else z[i - N] = sigmoid(sum);
        }
        const to = (t * B + n) * N;
        for (let i = 0; i < N; i++) {
          const row = 2 * N + i;
          let sum = b[row]!;
          for (let j = 0; j < M; j++) sum += W[row * M + j]! * x[at + j]!;
          for (let j = 0; j < N; j++) sum += R[row * N + j]! * r[j]!;
          const update = z[i]!;
          y[to + i] =
            (1 - update) * before[from + i]! + update * Math.tanh(sum);
        }
      }
    }
    return y;
  };
}

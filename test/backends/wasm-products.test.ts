/** The matrix products of the WebAssembly backend, against plain loops in double precision. */
import { describe, expect, it } from "vitest";
import { microKernels } from "../../src/backends/wasm/micro-kernels.js";
import { assemble, closure, instantiate } from "./assemble-wat.js";
import "./relaxed-simd.js";

const names = [
  "panel_bytes",
  "pack_nt",
  "pack_nn",
  "mul_nt",
  "mul_nn",
  "mul_tn",
];

const bytesOf = (relaxed: boolean): ArrayBuffer =>
  assemble(
    [
      ...closure(names, microKernels).map((name) =>
        microKernels[name].wat(relaxed),
      ),
      ...names.map((name) => `(export "${name}" (func $${name}))`),
    ],
    24,
  );

const bodies = [false, true].map((relaxed) => {
  const bytes = bytesOf(relaxed);
  return {
    name: relaxed ? "relaxed" : "plain",
    bytes,
    runs: WebAssembly.validate(bytes),
  };
});

interface Matrix {
  readonly at: number;
  readonly stride: number;
  readonly rows: number;
  readonly columns: number;
}

/** A memory full of NaN, so that what is read outside of the arrays shows, with arrays placed in it. */
class Bench {
  readonly call;
  readonly #floats: Float32Array;
  readonly #before: Float32Array;
  #end = 1;
  #seed = 1;

  constructor(bytes: ArrayBuffer) {
    const { memory, call } = instantiate(bytes);
    this.call = call;
    this.#floats = new Float32Array(memory).fill(NaN);
    this.#before = new Float32Array(this.#floats.length);
  }

  /** Room for so many floats, at an address that is a multiple of 4 only. */
  reserve(floats: number): number {
    const at = this.#end;
    this.#end = at + floats + 3;
    expect(this.#end).toBeLessThan(this.#floats.length);
    return 4 * at;
  }

  matrix(rows: number, columns: number, gap = 0): Matrix {
    const stride = columns + gap;
    const matrix = { at: this.reserve(rows * stride), stride, rows, columns };
    this.each(matrix, (at) => {
      this.#seed = (this.#seed * 48271) % 0x7fffffff;
      this.#floats[at] = this.#seed / 0x7fffffff - 0.5;
    });
    return matrix;
  }

  each(m: Matrix, visit: (at: number, i: number, j: number) => void): void {
    for (let i = 0; i < m.rows; i++)
      for (let j = 0; j < m.columns; j++)
        visit(m.at / 4 + i * m.stride + j, i, j);
  }

  get(m: Matrix, i: number, j: number): number {
    return this.#floats[m.at / 4 + i * m.stride + j];
  }

  floats(at: number, count: number): Float32Array {
    return this.#floats.slice(at / 4, at / 4 + count);
  }

  /** Runs, and checks that nothing but some floats was written. */
  run(action: () => void, mayWrite: (at: number) => boolean): void {
    this.#before.set(this.#floats);
    action();
    const a = new Int32Array(this.#before.buffer);
    const b = new Int32Array(this.#floats.buffer);
    for (let i = 0; i < a.length; i++)
      if (a[i] !== b[i] && !mayWrite(i)) expect.fail(`wrote float ${i}`);
  }

  /** Compares y with sums of products; `start` is what y held. */
  compare(
    y: Matrix,
    count: number,
    term: (i: number, j: number, k: number) => number,
    start: (i: number, j: number) => number,
  ): void {
    this.each(y, (at, i, j) => {
      let sum = start(i, j);
      let size = Math.abs(sum);
      for (let k = 0; k < count; k++) {
        const value = term(i, j, k);
        sum += value;
        size += Math.abs(value);
      }
      // Each term is rounded once and each of the sums once, both by half a unit at most.
      const bound = (count + 2) * 2 ** -24 * size;
      if (!(Math.abs(this.#floats[at] - sum) <= bound))
        expect.fail(`[${i}, ${j}] is ${this.#floats[at]}, not ${sum}`);
    });
  }

  within(m: Matrix): (at: number) => boolean {
    const first = m.at / 4;
    return (at) =>
      at >= first &&
      at < first + m.rows * m.stride &&
      (at - first) % m.stride < m.columns;
  }
}

/** Rows, columns of the result, terms of a sum. */
const sizes = `
  1×1×1 1×8×4 1×7×5 1×64×33 1×131×17 1×24×3 2×1×3 2×40×16 2×29×7 3×3×1 3×17×13 3×64×64
  4×8×8 4×12×2 5×5×5 7×11×13 8×32×32 16×100×31 31×37×41 33×20×257 64×16×64 65×72×9
  67×66×65 130×71×20 129×4×1500 200×130×12`
  .trim()
  .split(/\s+/)
  .map((size) => size.split("×").map(Number));

const panels = (bench: Bench, N: number, K: number): Matrix => {
  const bytes = bench.call.panel_bytes(N, K);
  const rows = Math.ceil(N / 8) * K;
  expect(bytes).toBe(32 * rows);
  return { at: bench.reserve(8 * rows), stride: 8, rows, columns: 8 };
};

describe.each(bodies)("products, $name body", ({ bytes, runs }) => {
  describe.runIf(runs).each(sizes)("%i × %i × %i", (R, N, K) => {
    it.each(["nt", "nn"])("pack_%s fills panels of eight columns", (kind) => {
      const bench = new Bench(bytes);
      const w = kind === "nt" ? bench.matrix(N, K) : bench.matrix(K, N);
      const panel = panels(bench, N, K);
      const sizes = kind === "nt" ? [N, K] : [K, N];
      bench.run(
        () => bench.call[`pack_${kind}`](panel.at, w.at, ...sizes),
        bench.within(panel),
      );
      const packed = bench.floats(panel.at, panel.rows * 8);
      const expected = Float32Array.from(packed, (_, i) => {
        const k = (i >> 3) % K;
        const n = 8 * Math.floor((i >> 3) / K) + (i & 7);
        if (n >= N) return 0;
        return kind === "nt" ? bench.get(w, n, k) : bench.get(w, k, n);
      });
      expect(packed).toEqual(expected);
    });

    it.each([
      ["nt", 0, 0],
      ["nt", 1, 5],
      ["nn", 0, 3],
      ["nn", 1, 0],
    ] as const)("mul_%s, add %i, gap %i", (kind, add, gap) => {
      const bench = new Bench(bytes);
      const w = kind === "nt" ? bench.matrix(N, K) : bench.matrix(K, N);
      const x = bench.matrix(R, K, gap);
      const y = bench.matrix(R, N, gap);
      const panel = panels(bench, N, K);
      const sizes = kind === "nt" ? [N, K] : [K, N];
      bench.call[`pack_${kind}`](panel.at, w.at, ...sizes);
      const old = bench.floats(y.at, R * y.stride);
      const multiply = (): void => {
        bench.call[`mul_${kind}`](
          y.at,
          4 * y.stride,
          x.at,
          4 * x.stride,
          panel.at,
          R,
          N,
          K,
          add,
        );
      };
      bench.run(multiply, bench.within(y));
      bench.compare(
        y,
        K,
        (i, j, k) =>
          bench.get(x, i, k) *
          (kind === "nt" ? bench.get(w, j, k) : bench.get(w, k, j)),
        (i, j) => (add ? old[i * y.stride + j] : 0),
      );
      if (add) return;
      const once = bench.floats(y.at, R * y.stride);
      multiply();
      expect(bench.floats(y.at, R * y.stride)).toEqual(once);
    });

    // Here the sum is over the rows, and what was K is the width of the result.
    it.each([0, 5])("mul_tn, gap %i", (gap) => {
      const bench = new Bench(bytes);
      const x = bench.matrix(R, N, gap);
      const w = bench.matrix(R, K, gap);
      const y = bench.matrix(N, K);
      const old = bench.floats(y.at, N * K);
      bench.run(
        () =>
          bench.call.mul_tn(
            y.at,
            x.at,
            4 * x.stride,
            w.at,
            4 * w.stride,
            R,
            N,
            K,
          ),
        bench.within(y),
      );
      bench.compare(
        y,
        R,
        (n, k, r) => bench.get(x, r, n) * bench.get(w, r, k),
        (n, k) => old[n * K + k],
      );
    });
  });
});

it("products of nothing leave everything as it is", () => {
  const bench = new Bench(bodies[0].bytes);
  const y = bench.matrix(4, 8);
  bench.run(
    () => {
      bench.call.mul_nt(y.at, 32, y.at, 32, y.at, 0, 8, 8, 0);
      bench.call.mul_nt(y.at, 32, y.at, 32, y.at, 4, 0, 8, 0);
      bench.call.mul_tn(y.at, y.at, 32, y.at, 32, 0, 4, 8);
    },
    () => false,
  );
});

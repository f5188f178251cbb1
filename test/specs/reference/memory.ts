/** Attention and matrix memories. */
import {
  attention,
  givenMask,
  logistic,
  logistics,
  noMask,
  normalised,
  oneMinus,
  plus,
  product,
  tanhs,
  times,
  transposed,
} from "./frame.js";
import type { Frame, Mask, Matrix, Reference, Vector } from "./frame.js";

const dot = (a: Vector, b: Vector): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** factor · A + rate · left rightᵀ */
const written = (
  A: Matrix,
  factor: number,
  rate: number,
  left: Vector,
  right: Vector,
): number[][] =>
  A.map((row, i) =>
    row.map((a, j) => factor * a + rate * left[i]! * right[j]!),
  );

/** Positive, adding up to one. */
function features(v: Vector): number[] {
  const positive = v.map((a) => (a > 0 ? a + 1 : Math.exp(a)));
  let sum = 0;
  for (const a of positive) sum += a;
  return positive.map((a) => a / sum);
}

const affine = (f: Frame, d: string): number[] =>
  plus(product(f.matrix(`W_${d}`), f.vector("x")), f.vector(`b_${d}`));

const pooled = (f: Frame, h: Vector): number =>
  dot(
    tanhs(plus(product(f.matrix("W_u"), h), f.vector("b_u"))),
    f.vector("u_l"),
  );

const poolingParams = { u_l: ["A"], W_u: ["A", "N"], b_u: ["A"] };

const bahdanau = (cell: string, mask: Mask): Reference => ({
  cell,
  params: {
    W_a: ["A", "N"],
    U_a: ["A", "D"],
    v_a: ["A"],
    ...Object.fromEntries(
      ["z", "r", "n"].flatMap((d) => [
        [`W_${d}`, ["N", "M"]],
        [`R_${d}`, ["N", "N"]],
        [`W_${d}_q`, ["N", "D"]],
      ]),
    ),
  },
  states: { s: ["N"] },
  outputs: ["s", "a"],
  step: (f) => {
    const [m, before] = [f.matrix("m"), f.previous("s")];
    const scores = m.map((row) =>
      dot(
        f.vector("v_a"),
        tanhs(
          plus(product(f.matrix("W_a"), before), product(f.matrix("U_a"), row)),
        ),
      ),
    );
    const a = attention(scores, mask(f));
    const q = transposed(m, a);
    const sum = (d: string, s: Vector): number[] =>
      plus(
        product(f.matrix(`W_${d}`), f.vector("x")),
        product(f.matrix(`R_${d}`), s),
        product(f.matrix(`W_${d}_q`), q),
      );
    const z = logistics(sum("z", before));
    const r = logistics(sum("r", before));
    const n = tanhs(sum("n", times(r, before)));
    return { a, s: plus(times(oneMinus(z), before), times(z, n)) };
  },
});

const pooling = (cell: string, mask: Mask): Reference => ({
  cell,
  params: poolingParams,
  states: {},
  outputs: ["l", "a"],
  step: (f) => {
    const h = f.matrix("h");
    const a = attention(
      h.map((row) => pooled(f, row)),
      mask(f),
    );
    return { a, l: transposed(h, a) };
  },
});

export const memories: readonly Reference[] = [
  bahdanau("BahdanauDecoder", noMask),
  bahdanau("MaskedBahdanauDecoder", givenMask),
  {
    // The definition itself, kept as numerator and denominator; fine for scores of moderate size.
    cell: "AttentionPooling",
    params: poolingParams,
    states: { l: ["N"], s: [] },
    start: () => ({ s: -Infinity }),
    outputs: ["l"],
    step: (f) => {
      const h = f.vector("h");
      const weight = Math.exp(pooled(f, h));
      const before = Math.exp(f.previousNumber("s"));
      const old = f.previous("l");
      return {
        l: h.map(
          (value, i) => (old[i]! * before + value * weight) / (before + weight),
        ),
        s: Math.log(before + weight),
      };
    },
  },
  pooling("AttentionPoolingContext", noMask),
  pooling("MaskedAttentionPoolingContext", givenMask),
  {
    cell: "FastWeights",
    params: {
      gain: ["N"],
      bias: ["N"],
      W_slow: ["N", "M"],
      R_slow: ["N", "N"],
    },
    states: { h: ["N"], A: ["N", "N"] },
    outputs: ["h"],
    step: (f) => {
      const relu = (a: number): number => (a > 0 ? a : 0);
      const slow = plus(
        product(f.matrix("W_slow"), f.vector("x")),
        product(f.matrix("R_slow"), f.previous("h")),
      );
      const A = f.previousMatrix("A");
      const h = normalised(
        plus(slow, product(A, slow.map(relu))),
        f.vector("gain"),
        f.vector("bias"),
      ).map(relu);
      return { h, A: written(A, 0.95, 0.5, h, h) };
    },
  },
  {
    cell: "DeltaNet",
    params: {
      W_k: ["K", "M"],
      W_q: ["K", "M"],
      W_v: ["V", "M"],
      w_beta: ["M"],
    },
    states: { A: ["V", "K"] },
    outputs: ["y"],
    step: (f) => {
      const x = f.vector("x");
      const k = features(product(f.matrix("W_k"), x));
      const q = features(product(f.matrix("W_q"), x));
      const v = product(f.matrix("W_v"), x);
      const before = f.previousMatrix("A");
      const held = product(before, k);
      const beta = logistic(dot(f.vector("w_beta"), x));
      const A = written(
        before,
        1,
        beta,
        v.map((a, i) => a - held[i]!),
        k,
      );
      return { A, y: product(A, q) };
    },
  },
  {
    cell: "MatrixLSTM",
    params: {
      w_i: ["M"],
      w_f: ["M"],
      b_i: [],
      b_f: [],
      ...Object.fromEntries(
        ["q", "k", "v", "o"].flatMap((d) => [
          [`W_${d}`, ["N", "M"]],
          [`b_${d}`, ["N"]],
        ]),
      ),
    },
    states: { C: ["N", "N"], n: ["N"], m: [] },
    outputs: ["y"],
    step: (f) => {
      const x = f.vector("x");
      const q = affine(f, "q");
      const k = affine(f, "k").map((a) => a / Math.sqrt(f.sizes["N"]!));
      const v = affine(f, "v");
      const o = logistics(affine(f, "o"));
      const raw = dot(f.vector("w_i"), x) + f.number("b_i");
      const keep =
        Math.log(logistic(dot(f.vector("w_f"), x) + f.number("b_f"))) +
        f.previousNumber("m");
      const m = Math.max(keep, raw);
      const [i, forget] = [Math.exp(raw - m), Math.exp(keep - m)];
      const C = written(f.previousMatrix("C"), forget, i, v, k);
      const n = f.previous("n").map((a, j) => forget * a + i * k[j]!);
      const scale = Math.max(Math.abs(dot(n, q)), Math.exp(-m));
      const read = product(C, q);
      return { C, n, m, y: o.map((a, j) => (a * read[j]!) / scale) };
    },
  },
];

/** Functions that JavaScript's `Math` lacks, as source text; emitted into the files that use them. */
import type { SourceFunction } from "./micro-kernels.js";

const ofOne: SourceFunction["parameters"] = [["a", "number"]];

export const intrinsics: Readonly<Record<string, SourceFunction>> = {
  gap: {
    doc: ["a − b; 0 where they are equal, infinities too."],
    parameters: [
      ["a", "number"],
      ["b", "number"],
    ],
    body: "return a === b ? 0 : a - b;",
  },
  sigmoid: {
    doc: [
      "Logistic function. For large negative a, e⁻ᵃ is infinite and the result 0.",
    ],
    parameters: ofOne,
    body: "return 1 / (1 + Math.exp(-a));",
  },
  softplus: {
    doc: ["log(1 + eᵃ), without overflow."],
    parameters: ofOne,
    body: "return Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));",
  },
  rsqrt: {
    doc: ["Reciprocal square root."],
    parameters: ofOne,
    body: "return 1 / Math.sqrt(a);",
  },
  erf: {
    doc: [
      "Error function: below 3 the series 2/√π e^(−a²) Σ 2ⁿa²ⁿ⁺¹/(2n+1)!!, above it the continued fraction",
      "of its complement (Abramowitz and Stegun, 7.1.6 and 7.1.14).",
    ],
    parameters: ofOne,
    body: `const x = Math.abs(a);
if (!(x <= 6)) return x > 6 ? Math.sign(a) : NaN;
const scale = Math.exp(-x * x) / Math.sqrt(Math.PI);
if (x < 3) {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return Math.sign(a) * 2 * scale * sum;
}
let fraction = x;
for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction;
return Math.sign(a) * (1 - scale / fraction);`,
  },
};

/**
 * exp and what is made of it. Cody and Waite's reduction x = n·ln 2 + r, with ln 2 in two parts, and the
 * polynomial of least largest relative error for e^r − 1 (the same as in the WebAssembly backend).
 */
import { define, polynomial } from "./text.js";

/** (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2; the relative error of e^r − 1 is 2^−26.1. */
const tail = [0.49999997, 0.16666545, 0.04166743, 0.008366474, 0.0013871312];

/** ln erfc(x) for 1 ≤ x ≤ 4; relative error of erf 2^−29.8. */
const logOfComplement = [
  -0.00034152434, -1.1270891, -0.63814497, -0.103106596, 0.021837974,
  -0.0029476334, 0.00018637648,
];
/** erf(x) / x − 1 in x² for x ≤ 1; relative error of erf 2^−29.4. */
const erfRatio = [
  0.12837917, -0.37612626, 0.11283579, -0.026853347, 0.005187162, -0.0007997853,
  7.806904e-5,
];

export const exponential = {
  reduced: define(`
/** e^(x − n·ln 2) − 1, and n. */
fn reduced(x: f32) -> vec2f {
  let n = floor(x * 1.442695 + 0.5);
  let high = x - n * 0.693145751953125;
  let low = n * 1.4286068e-6;
  let s = high - low;
  return vec2f(high + (s * s * (${polynomial("s", tail)}) - low), n);
}`),
  scaled: define(
    `
/** e^x from \`reduced(x)\`: times 2ⁿ in two steps, so that neither factor over- or underflows. */
fn scaled(parts: vec2f) -> f32 {
  let n = i32(parts.y);
  let half = n >> 1u;
  return (1.0 + parts.x) * power_of_two(half) * power_of_two(n - half);
}`,
    "power_of_two",
  ),
  exponential: define(
    `
/** e^x: infinite from 89, zero below −104. */
fn exponential(x: f32) -> f32 {
  return select(scaled(reduced(clamp(x, -104.0, 89.0))), x, is_nan(x));
}`,
    "is_nan",
    "reduced",
    "scaled",
  ),
  exponential_minus_one: define(
    `
/** e^x − 1 = 2 (2ⁿ⁻¹ r + (2ⁿ⁻¹ − ½)): the doubling at the end leaves room for n = 128. */
fn exponential_minus_one(x: f32) -> f32 {
  let parts = reduced(clamp(x, -25.0, 89.0));
  let power = power_of_two(i32(parts.y) - 1);
  let half = power * parts.x + (power - 0.5);
  return select(half + half, x, is_nan(x) || abs(x) < 5.9604645e-8);
}`,
    "is_nan",
    "reduced",
    "power_of_two",
  ),
  hyperbolic_tangent: define(
    `
/**
 * m / (m + 2) with m = e^2|x| − 1, written as m/2 − m/2 · m/(m + 2) for small m and as 1 − 2/(m + 2) for large:
 * only the second term has the error of the division.
 */
fn hyperbolic_tangent(x: f32) -> f32 {
  let parts = reduced(min(2.0 * abs(x), 20.0));
  let power = power_of_two(i32(parts.y));
  let m = power * parts.x + (power - 1.0);
  let small = m < 1.7;
  let first = select(1.0, 0.5 * m, small);
  let ratio = select(2.0, m, small) / (m + 2.0);
  return select(with_sign_of(x, first - first * ratio), x, is_nan(x));
}`,
    "is_nan",
    "reduced",
    "power_of_two",
    "with_sign_of",
  ),
  sigmoid: define(
    `
/** With e = e^−|x|: 1 / (1 + e) for positive x, e / (1 + e) for negative. */
fn sigmoid(x: f32) -> f32 {
  let e = scaled(reduced(max(-abs(x), -104.0)));
  let first = select(1.0, e, x < 0.0);
  return select(first - first * (e / (e + 1.0)), x, is_nan(x));
}`,
    "is_nan",
    "reduced",
    "scaled",
  ),
  error_function: define(
    `
/** Below 1 a polynomial (whose terms times a would be denormal for small a), above it 1 − e^(polynomial). */
fn error_function(x: f32) -> f32 {
  let a = abs(x);
  let y = min(a, 4.0);
  let q = min(a, 1.0) * min(a, 1.0);
  let near = a * (1.0 + (${polynomial("q", erfRatio)}));
  let far = 1.0 - scaled(reduced(${polynomial("y", logOfComplement)}));
  return select(with_sign_of(x, select(far, near, a < 1.0)), x, is_nan(x));
}`,
    "is_nan",
    "reduced",
    "scaled",
    "with_sign_of",
  ),
};

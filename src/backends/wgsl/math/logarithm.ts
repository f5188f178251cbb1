/**
 * log and what is made of it: x = 2^k (1 + f) with √½ ≤ 1 + f < √2, and the polynomial of least largest
 * relative error for log(1 + f) (the same as in the WebAssembly backend). Zeros, denormals and infinities are
 * told apart by their bits.
 */
import { define, polynomial } from "./text.js";

/** (log(1 + f) − f + f²/2) / f³; relative error of log 2^−27.3. */
const tail = [
  0.3333333, -0.25000826, 0.20001256, -0.16623203, 0.14200997, -0.13161062,
  0.12767489, -0.076394424,
];

export const logarithm = {
  logarithm_near_one: define(`
/** log(1 + f) + k·ln 2, small terms first. */
fn logarithm_near_one(f: f32, k: f32) -> f32 {
  let z = f * f;
  let tail = f * z * (${polynomial("f", tail)}) + k * 1.4286068e-6;
  return (f + (tail - 0.5 * z)) + k * 0.693145751953125;
}`),
  mantissa_and_exponent: define(`
/** The bits of a float from √½ to √2, and k, whose product with 2^k is the positive float of these bits. */
fn mantissa_and_exponent(bits: u32) -> vec2i {
  var normal = i32(bits);
  var shift = 0;
  if (bits < 0x00800000u) {
    normal = bitcast<i32>(f32(bits));
    shift = -149;
  }
  let k = (normal - 0x3f3504f3) >> 23u;
  return vec2i(normal - (k << 23u), k + shift);
}`),
  logarithm: define(
    `
/** −∞ for zeros, NaN below them. */
fn logarithm(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let parts = mantissa_and_exponent(bits & 0x7fffffffu);
  let y = logarithm_near_one(bitcast<f32>(parts.x) - 1.0, f32(parts.y));
  let positive = select(y, x, bits == 0x7f800000u);
  let known = select(not_a_number(), positive, bits <= 0x7f800000u);
  return select(known, -infinity(), (bits & 0x7fffffffu) == 0u);
}`,
    "mantissa_and_exponent",
    "logarithm_near_one",
    "infinity",
    "not_a_number",
  ),
  logarithm_of_one_plus: define(
    `
/**
 * Where 1 + x lies between √½ and √2 the series in x itself; elsewhere the logarithm is so large that the
 * rounding of 1 + x does not show. Giving back what 1 + x lost would not do: WGSL may reassociate sums.
 */
fn logarithm_of_one_plus(x: f32) -> f32 {
  let near = x > -0.29289323 && x < 0.41421357;
  return select(logarithm(1.0 + x), logarithm_near_one(select(0.0, x, near), 0.0), near);
}`,
    "logarithm",
    "logarithm_near_one",
  ),
  softplus: define(
    `
/** max(x, 0) + log(1 + e) with e = e^−|x|; from e = √2 − 1 on, 1 + e is 2 (1 + (e − 1)/2). */
fn softplus(x: f32) -> f32 {
  let e = scaled(reduced(max(-abs(x), -104.0)));
  let large = e > 0.41421357;
  let f = select(e, 0.5 * (e - 1.0), large);
  let y = max(x, 0.0) + logarithm_near_one(f, select(0.0, 1.0, large));
  return select(y, x, is_nan(x));
}`,
    "is_nan",
    "reduced",
    "scaled",
    "logarithm_near_one",
  ),
};

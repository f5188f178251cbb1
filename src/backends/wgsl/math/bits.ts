/**
 * Numbers that WGSL has no literals for, and tests on bits: an implementation may assume that no float is
 * infinite or NaN, and may take denormals for zero, but it has to leave integers alone.
 */
import { define } from "./text.js";

/** Comparisons that are false where one number is NaN, which WGSL's own operators do not promise. */
const tests = Object.fromEntries(
  [
    ["less", "<"],
    ["at_most", "<="],
    ["greater", ">"],
    ["at_least", ">="],
    ["equals", "=="],
  ].map(([name, operator]) => [
    name,
    define(
      `
fn ${name}(a: f32, b: f32) -> bool {
  return a ${operator} b && !is_nan(a) && !is_nan(b);
}`,
      "is_nan",
    ),
  ]),
);

export const bits = {
  /** From a variable, so that nothing is known before the kernel runs. */
  infinity: define(`
fn infinity() -> f32 {
  var bits = 0x7f800000u;
  return bitcast<f32>(bits);
}`),
  not_a_number: define(`
fn not_a_number() -> f32 {
  var bits = 0x7fc00000u;
  return bitcast<f32>(bits);
}`),
  is_nan: define(`
fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}`),
  with_sign_of: define(`
/** The magnitude, with the sign of x. */
fn with_sign_of(x: f32, magnitude: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(magnitude) | (bitcast<u32>(x) & 0x80000000u));
}`),
  power_of_two: define(`
/** 2ⁿ, for n where that is a normal float. */
fn power_of_two(n: i32) -> f32 {
  return bitcast<f32>((n + 127) << 23u);
}`),
  gap: define(
    `
/** a − b; 0 where they are equal, infinities too. */
fn gap(a: f32, b: f32) -> f32 {
  return select(a - b, 0.0, bitcast<u32>(a) == bitcast<u32>(b) && !is_nan(a));
}`,
    "is_nan",
  ),
  ...tests,
  smaller: define(
    `
/** The smaller one; NaN where one is NaN. */
fn smaller(a: f32, b: f32) -> f32 {
  return select(min(a, b), not_a_number(), is_nan(a) || is_nan(b));
}`,
    "is_nan",
    "not_a_number",
  ),
  larger: define(
    `
/** The larger one; NaN where one is NaN. */
fn larger(a: f32, b: f32) -> f32 {
  return select(max(a, b), not_a_number(), is_nan(a) || is_nan(b));
}`,
    "is_nan",
    "not_a_number",
  ),
  sign_of: define(
    `
/** −1, 0 or 1; NaN stays. */
fn sign_of(x: f32) -> f32 {
  let magnitude = bitcast<u32>(x) & 0x7fffffffu;
  return select(with_sign_of(x, 1.0), x, magnitude == 0u || magnitude > 0x7f800000u);
}`,
    "with_sign_of",
  ),
  reciprocal_root: define(`
fn reciprocal_root(x: f32) -> f32 {
  return 1.0 / sqrt(x);
}`),
};

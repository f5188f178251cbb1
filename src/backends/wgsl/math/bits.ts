/**
 * Numbers that WGSL has no literals for, and tests on bits: an implementation may assume that no float is
 * infinite or NaN, and may take denormals for zero, but it has to leave integers alone.
 */
import { define } from "./text.js";

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

/**
 * a to the power b = 2^(b·log₂ a). The logarithm and its product with b are carried in two floats, of which
 * the first has 12 bits, so that products of first parts are exact. Special cases are JavaScript's.
 */
import { define } from "./text.js";

export const power = {
  upper_half: define(`
/** The upper 12 bits of a mantissa. */
fn upper_half(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}`),
  power_of_magnitude: define(
    `
/** a^b for positive finite a and finite b: log₂ of the mantissa by the series of the inverse hyperbolic tangent. */
fn power_of_magnitude(a: f32, b: f32) -> f32 {
  let parts = mantissa_and_exponent(bitcast<u32>(a));
  let f = bitcast<f32>(parts.x);
  let k = f32(parts.y);
  let above = f - 1.0;
  let below = f + 1.0;
  let below_high = upper_half(below);
  let below_low = f - (below_high - 1.0);
  let s = above / below;
  let s_high = upper_half(s);
  let s_low = ((above - s_high * below_high) - s_high * below_low) / below;
  let z = s * s;
  let series = s * z * (0.33333334 + z * (0.2 + z * (0.14285715 + z * (0.11111111 + z * 0.09090909))));
  // 2 / ln 2 in two parts.
  let first = 2.884765625 * s_high;
  let second = 0.00062445676 * s_high + 2.88539 * (s_low + series);
  let high = k + first;
  let low = second + (first - (high - k));
  let high_high = upper_half(high);
  let high_low = high - high_high;
  let b_high = upper_half(b);
  let b_low = b - b_high;
  if (abs(b * high) > 160.0) {
    return select(0.0, infinity(), (b > 0.0) == (high > 0.0));
  }
  let main = b_high * high_high;
  let rest = (b_high * high_low + b_low * high_high) + (b_low * high_low + b * low);
  let n = floor(main + rest + 0.5);
  let r = reduced(((main - n) + rest) * 0.6931472);
  return scaled(vec2f(r.x, r.y + n));
}`,
    "mantissa_and_exponent",
    "upper_half",
    "infinity",
    "reduced",
    "scaled",
  ),
  power: define(
    `
fn power(a: f32, b: f32) -> f32 {
  let magnitude_bits = bitcast<u32>(a) & 0x7fffffffu;
  let exponent_bits = bitcast<u32>(b) & 0x7fffffffu;
  let grows = bitcast<u32>(b) < 0x80000000u;
  if (exponent_bits == 0u) {
    return 1.0;
  }
  if (magnitude_bits > 0x7f800000u || exponent_bits > 0x7f800000u) {
    return not_a_number();
  }
  // Floats from 2²⁴ on are even.
  let large = exponent_bits >= 0x4b800000u;
  let whole = large || floor(b) == b;
  let odd = !large && whole && floor(0.5 * b) != 0.5 * b;
  var y: f32;
  if (exponent_bits == 0x7f800000u) {
    if (magnitude_bits == 0x3f800000u) {
      return not_a_number();
    }
    y = select(0.0, infinity(), (magnitude_bits > 0x3f800000u) == grows);
  } else if (magnitude_bits == 0u) {
    y = select(infinity(), 0.0, grows);
  } else if (magnitude_bits == 0x7f800000u) {
    y = select(0.0, infinity(), grows);
  } else {
    if (bitcast<u32>(a) >= 0x80000000u && !whole) {
      return not_a_number();
    }
    y = power_of_magnitude(bitcast<f32>(magnitude_bits), b);
  }
  return select(y, with_sign_of(a, y), odd);
}`,
    "power_of_magnitude",
    "infinity",
    "not_a_number",
    "with_sign_of",
  ),
};

/**
 * sin and cos. The argument is reduced exactly over the whole range of float32 (Payne and Hanek): its mantissa
 * times the bits of 2/π that count, in integers of 96 bits.
 */
import { define, polynomial } from "./text.js";

/** (sin r − r) / r³ and (cos r − 1 + r²/2) / r⁴ in r², for |r| ≤ π/4. */
const sine = [-0.16666667, 0.008333379, -0.00019853064, 2.83251e-6];
const cosine = [0.041666646, -0.001388731, 2.4432327e-5];

export const trigonometric = {
  wide_product: define(`
/** The 64 bits of a·b, low word first. */
fn wide_product(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return vec2u((other << 16u) | (low & 0xffffu), (a >> 16u) * (b >> 16u) + (cross >> 16u) + (other >> 16u));
}`),
  quarter_turn: define(
    `
/** The bits of r, |r| ≤ π/4, and q: |x| is q·π/2 + r up to whole turns. For finite x. */
fn quarter_turn(x: f32) -> vec2u {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  if (bits <= 0x3f490fdbu) {
    return vec2u(bits, 0u);
  }
  let two_over_pi = array<u32, 8>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);
  let start = (bits >> 23u) - 120u;
  let word = start >> 5u;
  let shift = start & 31u;
  let a = two_over_pi[word];
  let b = two_over_pi[word + 1u];
  let c = two_over_pi[word + 2u];
  let d = two_over_pi[word + 3u];
  // Shifts by 32 do nothing in WGSL: by 1 and then by 31 − shift.
  let high = (a << shift) | ((b >> 1u) >> (31u - shift));
  let middle = (b << shift) | ((c >> 1u) >> (31u - shift));
  let low = (c << shift) | ((d >> 1u) >> (31u - shift));
  let mantissa = (bits & 0x7fffffu) | 0x800000u;
  let lowest = wide_product(low, mantissa);
  let next = wide_product(middle, mantissa);
  let sum = next.x + lowest.y;
  let top = high * mantissa + next.y + select(0u, 1u, sum < next.x);
  var fraction = (top << 2u) | (sum >> 30u);
  var behind = (sum << 2u) | (lowest.x >> 30u);
  let negative = fraction >= 0x80000000u;
  let q = (top >> 30u) + select(0u, 1u, negative);
  if (negative) {
    fraction = ~fraction;
    behind = ~behind;
  }
  let zeros = min(countLeadingZeros(fraction), 31u);
  let digits = (fraction << zeros) | ((behind >> 1u) >> (31u - zeros));
  let turns = f32(digits) * power_of_two(-32 - i32(zeros));
  // π/2 in two parts.
  let r = turns * 1.5707964 - turns * 4.371139e-8;
  return vec2u(bitcast<u32>(r) | select(0u, 0x80000000u, negative), q);
}`,
    "wide_product",
    "power_of_two",
  ),
  wave: define(
    `
/** Sine of |x| + quarters·π/2. */
fn wave(x: f32, quarters: u32) -> f32 {
  let turn = quarter_turn(x);
  let r = bitcast<f32>(turn.x);
  let q = turn.y + quarters;
  let z = r * r;
  let odd = 1.0 - 0.5 * z + z * z * (${polynomial("z", cosine)});
  let even = r + r * z * (${polynomial("z", sine)});
  let y = select(even, odd, (q & 1u) == 1u);
  let known = bitcast<f32>(bitcast<u32>(y) ^ ((q & 2u) << 30u));
  return select(known, not_a_number(), (bitcast<u32>(x) & 0x7fffffffu) >= 0x7f800000u);
}`,
    "quarter_turn",
    "not_a_number",
  ),
  sine: define(
    `
fn sine(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(wave(x, 0u)) ^ (bitcast<u32>(x) & 0x80000000u));
}`,
    "wave",
  ),
  cosine: define(
    `
fn cosine(x: f32) -> f32 {
  return wave(x, 1u);
}`,
    "wave",
  ),
};

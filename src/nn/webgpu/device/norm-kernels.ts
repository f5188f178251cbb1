/**
 * The norm of a gradient, whatever its size: sums of squares of numbers that were divided by a power of two close to
 * the largest. Bits are compared in place of floats, because WGSL need not know what is infinite or no number.
 *
 * A piece is four numbers: the exponent of its scale as float32 stores it (1 … 253; 255 with something infinite in it,
 * 256 with something that is no number), the sum of squares over that scale, and the index of the first number that is
 * not finite, in two halves of 16 bits.
 */
import type { Kernel } from "./kernel.js";

/** Numbers of a piece. */
export const pieceLength = 4;

/** What stands where in the result of `norm_end`. */
export const found = {
  /** Infinite where float32 has no number for it, though `root` times the scale is finite. */
  norm: 0,
  /** Two factors that the gradient is to be multiplied by. */
  factors: 1,
  /** 1 where all of the gradient is finite, else 0. */
  finite: 3,
  exponent: 4,
  root: 5,
  /** Two halves. */
  first: 6,
  length: 8,
} as const;

/** What stands where in what is remembered of a training. */
export const watched = {
  /** 1 until a gradient was not finite. */
  going: 0,
  /** Two halves. */
  step: 1,
  /** Two halves. */
  first: 3,
  exponent: 5,
  length: 6,
} as const;

/** Exponents of pieces with something infinite, and with something that is no number. */
export const infinite = 255;
export const notANumber = 256;

/** Limits are given as mantissa · 2 ^ (power − this). */
export const powerOffset = 2048;

/** 2 ^ (exponent − 127), which has to be a normal number. */
const powerOfTwo = (exponent: string): string =>
  `bitcast<f32>((${exponent}) << 23u)`;

const store = (array: string, values: readonly string[]): string =>
  values.map((value, i) => `  ${array} + ${i}u] = ${value};`).join("\n");

/** Joins pieces to one, in the variables `exponent`, `sum` and `first`. */
const join = `
  var exponent = 1u;
  var first = 0xffffffffu;
  for (var k = i; k < call.length; k += call.count) {
    let piece = at.a + ${pieceLength}u * k;
    exponent = max(exponent, u32(a[piece]));
    first = min(first, (u32(a[piece + 2u]) << 16u) | u32(a[piece + 3u]));
  }
  var sum = 0.0;
  if (exponent < ${infinite}u) {
    for (var k = i; k < call.length; k += call.count) {
      let piece = at.a + ${pieceLength}u * k;
      let below = exponent - u32(a[piece]);
      // What is smaller by more changes nothing.
      if (below < 60u) { sum += a[piece + 1u] * ${powerOfTwo("127u - 2u * below")}; }
    }
  }`;

const storePiece = store(`result[at.result + ${pieceLength}u * i`, [
  "f32(exponent)",
  "sum",
  "f32(first >> 16u)",
  "f32(first & 0xffffu)",
]);

export const normKernels = {
  /** Pieces of `length` numbers, one for each invocation. */
  norm_pieces: {
    reads: ["a"],
    writes: ["result"],
    whole: ["length"],
    body: `
  var largest = 0u;
  var first = 0xffffffffu;
  for (var k = i; k < call.length; k += call.count) {
    let bits = bitcast<u32>(a[at.a + k]) & 0x7fffffffu;
    largest = max(largest, bits);
    if (bits >= 0x7f800000u) { first = min(first, k); }
  }
  var exponent = clamp(largest >> 23u, 1u, 253u);
  var sum = 0.0;
  if (largest >= 0x7f800000u) {
    exponent = select(${infinite}u, ${notANumber}u, largest > 0x7f800000u);
  } else {
    let inverse = ${powerOfTwo("254u - exponent")};
    for (var k = i; k < call.length; k += call.count) {
      let scaled = a[at.a + k] * inverse;
      sum += scaled * scaled;
    }
  }
${storePiece}`,
  },

  /** Of `length` pieces: each invocation joins some of them. */
  norm_fold: {
    reads: ["a"],
    writes: ["result"],
    whole: ["length"],
    body: `${join}
${storePiece}`,
  },

  /**
   * From `length` pieces the norm, and what the gradient is to be multiplied by so that it is at most the limit: one
   * factor alone may be too small for a normal number.
   */
  norm_end: {
    reads: ["a"],
    writes: ["result"],
    whole: ["length", "power"],
    real: ["mantissa"],
    body: `${join}
  let finite = exponent < ${infinite}u;
  let root = sqrt(sum);
  var norm = root * ${powerOfTwo("min(exponent, 253u)")};
  if (!finite) { norm = bitcast<f32>(select(0x7f800000u, 0x7fc00000u, exponent > ${infinite}u)); }
  // The limit over the scale is mantissa · 2 ^ power.
  let power = max(i32(call.power) - ${powerOffset} + 127 - i32(exponent), -250);
  let limit = call.mantissa * ${powerOfTwo("u32(clamp(power, -126, 127) + 127)")};
  var factors = vec2f(1.0, 1.0);
  if (finite && power < 128 && root > limit) {
    let half = power >> 1u;
    factors = vec2f(
      ${powerOfTwo("u32(half + 127)")},
      call.mantissa / root * ${powerOfTwo("u32(power - half + 127)")},
    );
  }
${store("result[at.result", [
  "norm",
  "factors.x",
  "factors.y",
  "select(0.0, 1.0, finite)",
  "f32(exponent)",
  "root",
  "f32(first >> 16u)",
  "f32(first & 0xffffu)",
])}`,
  },

  /** result ·= the two factors that `norm_end` has left. */
  scale: {
    reads: ["factor"],
    writes: ["result"],
    body: `
  result[at.result + i] = result[at.result + i] * factor[at.factor + ${found.factors}u] * factor[at.factor + ${found.factors + 1}u];`,
  },

  /** Remembers the first step whose gradient is not finite. */
  watch: {
    reads: ["a"],
    writes: ["result"],
    whole: ["step"],
    body: `
  if (result[at.result] != 0.0 && a[at.a + ${found.finite}u] == 0.0) {
${store("result[at.result", [
  "0.0",
  "f32(call.step >> 16u)",
  "f32(call.step & 0xffffu)",
  `a[at.a + ${found.first}u]`,
  `a[at.a + ${found.first + 1}u]`,
  `a[at.a + ${found.exponent}u]`,
])}
  }`,
  },
} as const satisfies Readonly<Record<string, Kernel>>;

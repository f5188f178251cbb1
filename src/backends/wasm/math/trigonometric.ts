/**
 * sin and cos. The argument is reduced in float64 with π/2 in three parts (Cody and Waite), the polynomials
 * (Remez exchange on |r| ≤ π/4, coefficients rounded to float32) are evaluated in float32.
 */
import {
  add,
  addBits,
  addDouble,
  and,
  bits,
  choose,
  constant,
  demoted,
  double,
  get,
  type Lanes,
  lanesFunction,
  least,
  magnitude,
  type MathFunction,
  most,
  mul,
  mulDouble,
  pickLanes,
  polynomial,
  promoted,
  sameBits,
  set,
  shiftLeft,
  signOf,
  sub,
  subDouble,
  xor,
} from "./lanes.js";

/** Two parts of 27 bits, whose products with n < 2²⁶ are exact, and the rest. */
const halfPi = [
  1.570796325802803, 9.920935739593517e-10, 5.721188726109832e-18,
] as const;
const rounding = 1.5 * 2 ** 52;

/** (sin r − r) / r³ and (cos r − 1 + r²/2) / r⁴ in r². */
const sine = [-0.16666667, 0.008333379, -0.00019853064, 2.83251e-6];
const cosine = [0.041666646, -0.001388731, 2.4432327e-5];

/** r (local) of two lanes, and in the low bits of `t` which multiple of π/2 was taken away. */
const reduced = (x: string, t: string, r: string): string[] => [
  set(t, addDouble(mulDouble(get(x), double(2 / Math.PI)), double(rounding))),
  set("n", subDouble(get(t), double(rounding))),
  set(
    r,
    halfPi.reduce(
      (rest: Lanes, part) => subDouble(rest, mulDouble(get("n"), double(part))),
      get(x),
    ),
  ),
];

/**
 * Sine of |x| + quarter·π/2. Beyond 10⁸ the remainder is no longer accurate and only kept in its range, so
 * that the result stays within ±1.
 */
const wave = (quarter: 0 | 1): string[] => [
  set("a", magnitude(get("x"))),
  set("low", promoted(get("a"), 0)),
  set("high", promoted(get("a"), 1)),
  ...reduced("low", "t", "low"),
  ...reduced("high", "u", "high"),
  set("r", demoted(get("low"), get("high"))),
  set(
    "r",
    most(least(get("r"), constant(Math.PI / 4)), constant(-Math.PI / 4)),
  ),
  set("n", pickLanes(get("t"), get("u"), [0, 2, 4, 6])),
  ...(quarter === 0 ? [] : [set("n", addBits(get("n"), bits(1)))]),
  set("z", mul(get("r"), get("r"))),
  set(
    "r",
    choose(
      sameBits(and(get("n"), bits(1)), bits(0)),
      add(get("r"), mul(mul(get("r"), get("z")), polynomial(get("z"), sine))),
      add(
        sub(constant(1), mul(get("z"), constant(0.5))),
        mul(mul(get("z"), get("z")), polynomial(get("z"), cosine)),
      ),
    ),
  ),
  set("r", xor(get("r"), shiftLeft(and(get("n"), bits(2)), 30))),
];

const locals = ["a", "low", "high", "t", "u", "n", "r", "z"];

export const trigonometric = {
  sin: {
    wat: lanesFunction("sin", ["x"], locals, [
      ...wave(0),
      xor(get("r"), signOf(get("x"))),
    ]),
    uses: [],
  },
  cos: {
    wat: lanesFunction("cos", ["x"], locals, [...wave(1), get("r")]),
    uses: [],
  },
} satisfies Record<string, MathFunction>;

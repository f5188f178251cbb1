/**
 * pow, in float64 so that one rounding is left: 2^(b·log₂ a), with the polynomials of least largest error
 * (Remez exchange) for 2^r on |r| ≤ ½ and for log₂ by the series of the inverse hyperbolic tangent.
 * Special cases are those of JavaScript's `Math.pow`.
 */
import {
  addDouble,
  addLong,
  and,
  choose,
  constant,
  demoted,
  divDouble,
  double,
  equal,
  get,
  type Lanes,
  lanesFunction,
  less,
  longBits,
  magnitude,
  type MathFunction,
  mul,
  mulDouble,
  notANumber,
  or,
  polynomial,
  promoted,
  set,
  shiftLeftLong,
  shiftRightLong,
  signOf,
  subDouble,
  subLong,
  without,
} from "./lanes.js";

/** log₂((1 + s) / (1 − s)) / s in s², to 2^−43.5. */
const logRatio = [
  2.8853900817778504, 0.961796694114761, 0.5770779419319741,
  0.41220929790485855, 0.31990376414758603, 0.28292862786031414,
];
/** 2^r, to 2^−34.5. */
const exponential = [
  0.999999999961682, 0.6931471807284454, 0.2402265119815692,
  0.05550410353453369, 0.009618027253762174, 0.0013333922559592985,
  0.000154692911118685, 1.5201922397798085e-5,
];

const one = 0x3ff0000000000000n;
const rootOfHalf = 0x3fe6a09e667f3bcdn;
/** 2⁵², as a float and as its bits: an integer below it, or-ed in, is added. */
const integers = 2 ** 52;
const integerBits = 0x4330000000000000n;
const rounding = 1.5 * 2 ** 52;

const isWhole = (a: Lanes): Lanes => equal(`(f32x4.nearest ${a})`, a);
const isNaN = (a: Lanes): Lanes => `(f32x4.ne ${a} ${a})`;
const lessDouble = (a: Lanes, b: Lanes): Lanes => `(f64x2.lt ${a} ${b})`;

/** a^b of two float64 lanes, a ≥ 0. */
const magnitudes = lanesFunction(
  "pow_pair",
  ["a", "b"],
  ["k", "m", "s", "y"],
  [
    set("k", shiftRightLong(addLong(get("a"), longBits(one - rootOfHalf)), 52)),
    set(
      "m",
      addLong(subLong(get("a"), shiftLeftLong(get("k"), 52)), longBits(one)),
    ),
    set(
      "k",
      subDouble(or(get("k"), longBits(integerBits)), double(integers + 1023)),
    ),
    set(
      "s",
      divDouble(subDouble(get("m"), double(1)), addDouble(get("m"), double(1))),
    ),
    set(
      "y",
      addDouble(
        get("k"),
        mulDouble(
          get("s"),
          polynomial(mulDouble(get("s"), get("s")), logRatio, "f64"),
        ),
      ),
    ),
    set(
      "y",
      choose(lessDouble(get("a"), double(Infinity)), get("y"), get("a")),
    ),
    set(
      "y",
      choose(
        lessDouble(double(0), get("a")),
        get("y"),
        // Zero has the logarithm −∞; NaN stays what it is.
        choose(
          `(f64x2.eq ${get("a")} ${double(0)})`,
          double(-Infinity),
          get("a"),
        ),
      ),
    ),
    set("y", mulDouble(get("b"), get("y"))),
    // Far enough for float32 to be infinite or 0; a NaN stays.
    set(
      "y",
      `(f64x2.pmax (f64x2.pmin ${get("y")} ${double(200)}) ${double(-200)})`,
    ),
    set("k", addDouble(get("y"), double(rounding))),
    set("s", subDouble(get("y"), subDouble(get("k"), double(rounding)))),
    addLong(
      polynomial(get("s"), exponential, "f64"),
      shiftLeftLong(get("k"), 52),
    ),
  ],
);

const pair = (half: 0 | 1): Lanes =>
  `(call $pow_pair ${promoted(get("m"), half)} ${promoted(get("b"), half)})`;

const pow: MathFunction = {
  wat: [
    magnitudes,
    lanesFunction(
      "pow",
      ["a", "b"],
      ["m", "y", "whole", "odd"],
      [
        set("m", magnitude(get("a"))),
        set("y", demoted(pair(0), pair(1))),
        set("whole", isWhole(get("b"))),
        // An odd b takes the sign of a along; infinities and all from 2²⁴ on are even.
        set(
          "odd",
          without(get("whole"), isWhole(mul(get("b"), constant(0.5)))),
        ),
        set("y", or(get("y"), and(get("odd"), signOf(get("a"))))),
        set(
          "y",
          choose(
            or(
              or(isNaN(get("a")), isNaN(get("b"))),
              without(
                and(
                  less(get("a"), constant(0)),
                  less(get("m"), constant(Infinity)),
                ),
                get("whole"),
              ),
            ),
            notANumber,
            get("y"),
          ),
        ),
        choose(equal(get("b"), constant(0)), constant(1), get("y")),
      ],
    ),
  ].join("\n"),
  uses: [],
};

export const power = { pow } satisfies Record<string, MathFunction>;

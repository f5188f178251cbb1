/**
 * exp and what is made of it. Cody and Waite's reduction x = n·ln 2 + r, with ln 2 in two parts, and the
 * polynomial of least largest relative error (Remez exchange, coefficients rounded to float32) for e^r − 1.
 */
import {
  add,
  addBits,
  and,
  atLeast,
  bits,
  choose,
  constant,
  div,
  get,
  inlined,
  type Lanes,
  lanesFunction,
  least,
  less,
  magnitude,
  type MathFunction,
  most,
  mul,
  multiplyAdd,
  or,
  polynomial,
  set,
  shiftLeft,
  shiftRight,
  sub,
  subBits,
  withSignOf,
} from "./lanes.js";

/** The upper 15 bits of ln 2, so that n·ln2High is exact, and the rest. */
export const ln2High = 0.693145751953125;
export const ln2Low = 1.4286068e-6;

/** Added and taken away again it rounds to an integer, which the low bits of the sum hold meanwhile. */
const rounding = 12582912;
const roundingBits = 0x4b400000;
const oneBits = 0x3f800000;
const halfBits = 0x3f000000;

/** (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2; the relative error of e^r − 1 is 2^−26.1. */
const tail = [0.49999997, 0.16666545, 0.04166743, 0.008366474, 0.0013871312];

/** From x, a local: `t`, whose low bits are n, and n in `n`. */
const split = (x: Lanes): string[] => [
  set("t", multiplyAdd(x, constant(Math.LOG2E), constant(rounding))),
  set("n", sub(get("t"), constant(rounding))),
];

/**
 * From x, a local: `t`, whose low bits are n, and `r` = e^(x − n·ln 2) − 1; `n` and `s` are overwritten.
 * x − n·ln2High is exact and the small part of ln 2 is added to the polynomial, so that `r` is rounded once.
 */
export const reduced = (x: Lanes): string[] => [
  ...split(x),
  set("r", multiplyAdd(get("n"), constant(-ln2High), x)),
  set("n", mul(get("n"), constant(ln2Low))),
  set("s", sub(get("r"), get("n"))),
  set(
    "r",
    add(
      get("r"),
      sub(mul(mul(get("s"), get("s")), polynomial(get("s"), tail)), get("n")),
    ),
  ),
];
export const reducedLocals = ["t", "n", "r", "s"] as const;

/** The same with `r` = x − n·ln 2, rounded, in fewer steps. */
const remainder = (x: Lanes): string[] => [
  ...split(x),
  set("r", multiplyAdd(get("n"), constant(-ln2High), x)),
  set("r", multiplyAdd(get("n"), constant(-ln2Low), get("r"))),
];

/** 2ⁿ, times the float whose bits are `one`, from the low bits of t; for n where that is a normal float. */
export const power = (one = oneBits): Lanes =>
  addBits(shiftLeft(get("t"), 23), bits(one));

/** After `reduced`: (1 + r)·2ⁿ in two steps (local n), so that neither factor over- or underflows. */
export const scaled = (): [statements: string[], value: Lanes] => {
  const factor = (exponent: Lanes): Lanes =>
    addBits(shiftLeft(exponent, 23), bits(oneBits));
  return [
    [
      set("t", subBits(get("t"), bits(roundingBits))),
      set("n", shiftRight(get("t"), 1)),
    ],
    mul(
      mul(add(get("r"), constant(1)), factor(get("n"))),
      factor(subBits(get("t"), get("n"))),
    ),
  ];
};

/** Below it e^x rounds to 0. */
export const lowest = -104;
/** Above it e^x is infinite. */
const highest = 89;

const exp = (): MathFunction => {
  const [steps, value] = scaled();
  return inlined("exp", reducedLocals, [
    set("x", most(least(get("x"), constant(highest)), constant(lowest))),
    ...reduced(get("x")),
    ...steps,
    value,
  ]);
};

/** 2·(2ⁿ⁻¹·r + (2ⁿ⁻¹ − ½)): the doubling at the end leaves room for n = 128. */
const expm1: MathFunction = {
  wat: lanesFunction(
    "expm1",
    ["x"],
    ["y", ...reducedLocals],
    [
      set("y", most(least(get("x"), constant(highest)), constant(-25))),
      ...reduced(get("y")),
      set("s", power(halfBits)),
      set("y", add(mul(get("s"), get("r")), sub(get("s"), constant(0.5)))),
      choose(
        less(magnitude(get("x")), constant(2 ** -24)),
        get("x"),
        add(get("y"), get("y")),
      ),
    ],
  ),
  uses: [],
};

/**
 * m / (m + 2) with m = e^2|x| − 1, whose error is relative also where x is small. With a = min(m, 2) it is
 * a/2 − a/2 · a / (m + 2), also where m > 2: only the smaller second term has the error of the division, and
 * towards 1 the result does not fall.
 */
const tanh = inlined("tanh", reducedLocals, [
  set("s", and(get("x"), bits(0x7fffffff))),
  set("s", least(add(get("s"), get("s")), constant(20))),
  ...remainder(get("s")),
  set(
    "r",
    multiplyAdd(mul(get("r"), get("r")), polynomial(get("r"), tail), get("r")),
  ),
  set("s", power()),
  set("n", sub(get("s"), constant(1))),
  set("t", multiplyAdd(get("s"), get("r"), get("n"))),
  set("r", least(get("t"), constant(2))),
  set("s", mul(get("r"), constant(0.5))),
  set("r", div(get("r"), sub(constant(-2), get("t")))),
  withSignOf(get("x"), multiplyAdd(get("s"), get("r"), get("s"))),
]);

/** (e^r − 1 − r) / r² as above, for the least error of e^r, which is 2^−28.3. */
const wholeTail = [0.49999994, 0.16666521, 0.04166839, 0.00836875, 0.00138145];
/** Lifts 2ⁿ out of the range of denormal numbers. */
const lift = 24;

/** With e = e^−|x| and s = e for negative x, 1 for positive: s / (1 + e), as s − s · e / (1 + e). */
const sigmoid = inlined("sigmoid", reducedLocals, [
  set("s", most(or(get("x"), bits(-0x80000000)), constant(lowest))),
  ...remainder(get("s")),
  set("s", multiplyAdd(get("r"), polynomial(get("r"), wholeTail), constant(1))),
  set("r", multiplyAdd(get("r"), get("s"), constant(1))),
  set(
    "t",
    mul(mul(get("r"), power(oneBits + lift * 2 ** 23)), constant(2 ** -lift)),
  ),
  set("s", most(get("t"), and(atLeast(get("x"), constant(0)), constant(1)))),
  set("r", div(get("t"), sub(constant(-1), get("t")))),
  multiplyAdd(get("s"), get("r"), get("s")),
]);

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

const erf: MathFunction = {
  wat: lanesFunction(
    "erf",
    ["x"],
    ["y", "a", "q", ...reducedLocals],
    [
      set("a", magnitude(get("x"))),
      set("y", least(get("a"), constant(4))),
      set("q", mul(get("y"), get("y"))),
      set("q", add(get("a"), mul(get("a"), polynomial(get("q"), erfRatio)))),
      set("y", polynomial(get("y"), logOfComplement)),
      ...reduced(get("y")),
      set("y", mul(add(get("r"), constant(1)), power())),
      withSignOf(
        get("x"),
        choose(
          less(get("a"), constant(1)),
          get("q"),
          sub(constant(1), get("y")),
        ),
      ),
    ],
  ),
  uses: [],
};

export const exponential = {
  exp: exp(),
  expm1,
  tanh,
  sigmoid,
  erf,
} satisfies Record<string, MathFunction>;

/**
 * log and what is made of it: x = 2^k (1 + f) with √½ ≤ 1 + f < √2, and the polynomial of least largest
 * relative error (Remez exchange, coefficients rounded to float32) for log(1 + f).
 */
import {
  ln2High,
  ln2Low,
  lowest,
  reduced,
  reducedLocals,
  scaled,
} from "./exponential.js";
import {
  add,
  and,
  bits,
  choose,
  constant,
  div,
  equal,
  floatOf,
  get,
  greater,
  type Lanes,
  lanesFunction,
  less,
  magnitude,
  type MathFunction,
  most,
  mul,
  negated,
  notANumber,
  polynomial,
  set,
  shiftLeft,
  shiftRight,
  sub,
  subBits,
} from "./lanes.js";

/** (log(1 + f) − f + f²/2) / f³; relative error of log 2^−27.3. */
const tail = [
  0.3333333, -0.25000826, 0.20001256, -0.16623203, 0.14200997, -0.13161062,
  0.12767489, -0.076394424,
];

const rootOfHalfBits = 0x3f3504f3;

/** log(1 + f) + high + low (locals f, z), small terms first. */
const seriesOf = (
  high: Lanes,
  low: Lanes,
): [statements: string[], value: Lanes] => [
  [set("z", mul(get("f"), get("f")))],
  add(
    add(
      get("f"),
      sub(
        add(mul(mul(get("f"), get("z")), polynomial(get("f"), tail)), low),
        mul(get("z"), constant(0.5)),
      ),
    ),
    high,
  ),
];

const log = (): MathFunction => {
  const [series, value] = seriesOf(
    mul(get("k"), constant(ln2High)),
    mul(get("k"), constant(ln2Low)),
  );
  const regular = and(
    greater(get("x"), constant(0)),
    less(get("x"), constant(Infinity)),
  );
  const special = choose(
    less(get("x"), constant(0)),
    notANumber,
    choose(equal(get("x"), constant(0)), constant(-Infinity), get("x")),
  );
  return {
    wat: lanesFunction(
      "log",
      ["x"],
      ["y", "f", "z", "k"],
      [
        set("z", less(get("x"), constant(2 ** -126))),
        set("y", choose(get("z"), mul(get("x"), constant(2 ** 23)), get("x"))),
        set("k", shiftRight(subBits(get("y"), bits(rootOfHalfBits)), 23)),
        set("f", sub(subBits(get("y"), shiftLeft(get("k"), 23)), constant(1))),
        set("k", sub(floatOf(get("k")), and(get("z"), constant(23)))),
        ...series,
        set("y", value),
        choose(regular, get("y"), special),
      ],
    ),
    uses: [],
  };
};

/** log(u) + (x − (u − 1)) / u with u = 1 + x rounded: the second term gives back what u lost. */
const log1p: MathFunction = {
  wat: lanesFunction(
    "log1p",
    ["x"],
    ["u", "c"],
    [
      set("u", add(get("x"), constant(1))),
      set(
        "c",
        and(
          div(sub(get("x"), sub(get("u"), constant(1))), get("u")),
          and(
            greater(get("u"), constant(0)),
            less(get("u"), constant(Infinity)),
          ),
        ),
      ),
      choose(
        equal(get("u"), constant(1)),
        get("x"),
        add(`(call $log ${get("u")})`, get("c")),
      ),
    ],
  ),
  uses: ["log"],
};

/** max(x, 0) + log(1 + e) with e = e^−|x|; from e = √2 − 1 on, 1 + e is 2 (1 + (e − 1)/2). */
const softplus = (): MathFunction => {
  const [steps, exponential] = scaled();
  const [series, value] = seriesOf(
    and(get("m"), constant(ln2High)),
    and(get("m"), constant(ln2Low)),
  );
  return {
    wat: lanesFunction(
      "softplus",
      ["x"],
      ["y", "f", "z", "m", ...reducedLocals],
      [
        set("y", most(negated(magnitude(get("x"))), constant(lowest))),
        ...reduced(get("y")),
        ...steps,
        set("y", exponential),
        set("m", greater(get("y"), constant(Math.SQRT2 - 1))),
        set(
          "f",
          choose(
            get("m"),
            mul(sub(get("y"), constant(1)), constant(0.5)),
            get("y"),
          ),
        ),
        ...series,
        add(most(get("x"), constant(0)), value),
      ],
    ),
    uses: [],
  };
};

export const logarithm = {
  log: log(),
  log1p,
  softplus: softplus(),
} satisfies Record<string, MathFunction>;

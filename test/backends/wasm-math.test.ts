/** The vector functions of the WebAssembly backend, against double precision. */
import { beforeAll, describe, expect, it } from "vitest";
import { mathFunctions, mathUlp } from "../../src/backends/wasm/math.js";
import { fuse } from "../../src/runtime/wasm/fuse.js";
import { assemble, closure, instantiate, type Loaded } from "./assemble-wat.js";
import "./relaxed-simd.js";

/** Values per call. */
const block = 1 << 12;
const smallest = 2 ** -149;

/** erf by its series and, further out, its continued fraction, to about 1e-15. */
function erf(a: number): number {
  const x = Math.abs(a);
  if (!(x <= 6)) return x > 6 ? Math.sign(a) : NaN;
  if (x === 0) return a;
  const scale = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x >= 3) {
    let fraction = x;
    for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction;
    return Math.sign(a) * (1 - scale / fraction);
  }
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++)
    sum += term *= (2 * x * x) / (2 * n + 1);
  return Math.sign(a) * 2 * scale * sum;
}

const exact: Readonly<Record<string, (a: number, b: number) => number>> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  tanh: Math.tanh,
  sigmoid: (a) =>
    a < 0 ? Math.exp(a) / (1 + Math.exp(a)) : 1 / (1 + Math.exp(-a)),
  softplus: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
  sin: Math.sin,
  cos: Math.cos,
  erf,
  pow: Math.pow,
};

/** Where sin and cos promise their bound. */
const reach = (name: string): number =>
  name === "sin" || name === "cos" ? 1e8 : Infinity;

const loop = (name: string): string => {
  const next = (local: string): string =>
    `(local.set $${local} (i32.add (local.get $${local}) (i32.const 16)))`;
  const b = name === "pow" ? "(v128.load (local.get $b))" : "";
  return `(func (export "${name}") (param $a i32) (param $b i32) (param $y i32) (param $n i32)
    (loop $next
      (v128.store (local.get $y) (call $${name} (v128.load (local.get $a)) ${b}))
      ${next("a")} ${next("b")} ${next("y")}
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 4))))))`;
};

let loaded: Loaded;

/** With sums and products apart, and fused as the runtime does it. */
const bodies = ["plain", "fused"] as const;

function load(body: (typeof bodies)[number]): void {
  const names = Object.keys(mathFunctions);
  expect(closure(names, mathFunctions).sort()).toEqual([...names].sort());
  const bytes = assemble(
    [...Object.values(mathFunctions).map(({ wat }) => wat), ...names.map(loop)],
    2,
  );
  if (body === "fused") {
    const before = new Uint8Array(bytes.slice(0));
    fuse(new Uint8Array(bytes));
    expect(Buffer.compare(before, new Uint8Array(bytes))).not.toBe(0);
  }
  loaded = instantiate(bytes);
}

function evaluate(
  name: string,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): Float32Array {
  const floats = new Float32Array(loaded.memory);
  const y = new Float32Array(a.length);
  for (let start = 0; start < a.length; start += block) {
    const n = Math.min(block, a.length - start);
    for (let i = 0; i < n; i++) {
      floats[i] = a[start + i];
      floats[block + i] = b[start + i] ?? 0;
    }
    loaded.call[name](0, 4 * block, 8 * block, (n + 3) & -4);
    y.set(floats.subarray(2 * block, 2 * block + n), start);
  }
  return y;
}

const evaluateOne = (name: string, a: number, b = 0): number =>
  evaluate(name, [a], [b])[0];

/** Distance in units of the last place of the exact result. */
function distance(got: number, value: number): number {
  const exponent = Math.floor(Math.log2(Math.max(Math.abs(value), 2 ** -126)));
  return Math.abs(got - value) / 2 ** (exponent - 23);
}

const isOrdinary = (value: number): boolean =>
  Number.isFinite(Math.fround(value)) && Math.fround(value) !== 0;

/** All exponents and both signs, with as many mantissas. */
function everyExponent(mantissas: number): Float32Array {
  const words = new Int32Array(512 * mantissas);
  for (let exponent = 0; exponent < 512; exponent++)
    for (let i = 0; i < mantissas; i++)
      words[exponent * mantissas + i] =
        (exponent << 23) |
        Math.min(
          0x7fffff,
          Math.round(((i + ((i * 0.618) % 1)) * 0x800000) / mantissas),
        );
  return new Float32Array(words.buffer);
}

const range = (from: number, to: number, count: number): Float32Array =>
  Float32Array.from(
    { length: count },
    (_, i) => from + ((to - from) * i) / (count - 1),
  );

/** Where each function turns, over- or underflows or changes its formula. */
const near: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  exp: [
    [-1, 1],
    [-104.5, -86],
    [88, 89.5],
    [-30, 30],
  ],
  expm1: [
    [-1, 1],
    [-18, -16],
    [88, 89.5],
    [-5, 30],
  ],
  log: [
    [0.5, 2],
    [0.9, 1.1],
    [1e-40, 1e-37],
  ],
  log1p: [
    [-1, 1],
    [-1e-3, 1e-3],
    [-1, -0.999],
    [1, 100],
  ],
  tanh: [
    [-1, 1],
    [0.2, 0.3],
    [-10, 10],
    [8, 10],
  ],
  sigmoid: [
    [-1, 1],
    [-20, 20],
    [-105, -80],
  ],
  softplus: [
    [-1, 1],
    [-20, 20],
    [-105, -80],
  ],
  sin: [
    [-4, 4],
    [-1e3, 1e3],
    [-1e5, 1e5],
  ],
  cos: [
    [-4, 4],
    [-1e3, 1e3],
    [-1e5, 1e5],
  ],
  erf: [
    [-1.1, 1.1],
    [-4.1, 4.1],
  ],
};

function worstOf(
  name: string,
  a: Float32Array,
  b: Float32Array = new Float32Array(a.length),
): number {
  const y = evaluate(name, a, b);
  const wrong: string[] = [];
  let worst = 0;
  a.forEach((at, i) => {
    if (Math.abs(at) > reach(name)) return;
    const value = exact[name](at, b[i]);
    const off =
      isOrdinary(value) && Number.isFinite(y[i])
        ? distance(y[i], value)
        : Object.is(y[i], Math.fround(value))
          ? 0
          : // Next to the limits a neighbour of infinity or of 0 is as good.
            Math.abs(y[i]) <= smallest && Math.abs(value) < 2 ** -126
            ? distance(y[i], value)
            : Infinity;
    if (off === Infinity && wrong.length < 5)
      wrong.push(`${name}(${at}, ${b[i]}) = ${y[i]}, not ${value}`);
    worst = Math.max(worst, off);
  });
  expect(wrong).toEqual([]);
  return worst;
}

it("have a declared bound", () => {
  expect(Object.keys(mathUlp).sort()).toEqual(
    Object.keys(mathFunctions).sort(),
  );
  expect(Object.keys(exact).sort()).toEqual(Object.keys(mathUlp).sort());
});

describe.each(bodies)("vector functions, %s", (body) => {
  beforeAll(() => load(body));

  for (const [name, ranges] of Object.entries(near))
    it(`${name} within ${mathUlp[name]} ulp`, () => {
      expect(worstOf(name, everyExponent(256))).toBeLessThanOrEqual(
        mathUlp[name],
      );
      for (const [from, to] of ranges)
        expect(worstOf(name, range(from, to, 40_000))).toBeLessThanOrEqual(
          mathUlp[name],
        );
    });

  it(`pow within ${mathUlp.pow} ulp`, () => {
    const bases = everyExponent(8).filter((a) => a >= 0);
    const powers = [0.5, -0.5, 2, -1, 1 / 3, 3, -7.25, 0.01, 40.7, 150];
    for (const power of powers)
      expect(
        worstOf(
          "pow",
          bases,
          bases.map(() => power),
        ),
      ).toBeLessThanOrEqual(mathUlp.pow);
    // Close to one, where the power is large.
    const a = range(0.9, 1.1, 20_000);
    const b = a.map((_, i) => ((i * 7919) % 1601) - 800);
    expect(worstOf("pow", a, b)).toBeLessThanOrEqual(mathUlp.pow);
  });
});

describe.each(bodies)("edges of the vector functions, %s", (body) => {
  beforeAll(() => load(body));

  const magnitudes = [
    0,
    0.5,
    1,
    2,
    3,
    88.72283,
    88.72284,
    103.97,
    103.98,
    2 ** 24,
    2 ** 24 + 2,
    1e8,
    3.4e38,
    Infinity,
    smallest,
    2 ** -126,
  ].map(Math.fround);
  const edges = [NaN, ...magnitudes, ...magnitudes.map((each) => -each)];

  it.each(Object.keys(near))(
    "%s of zeros, infinities, NaN, denormals",
    (name) => {
      expect(worstOf(name, Float32Array.from(edges))).toBeLessThanOrEqual(
        mathUlp[name],
      );
    },
  );

  it("pow is JavaScript's on all pairs", () => {
    const pairs = edges.flatMap((a) => edges.map((b) => [a, b] as const));
    expect(
      worstOf(
        "pow",
        Float32Array.from(pairs, ([a]) => a),
        Float32Array.from(pairs, ([, b]) => b),
      ),
    ).toBeLessThanOrEqual(mathUlp.pow);
  });

  it("tanh is odd, never falls and stays within ±1", () => {
    const x = range(0, 12, 400_000);
    const up = evaluate("tanh", x, []);
    const down = evaluate(
      "tanh",
      x.map((each) => -each),
      [],
    );
    // Two ulp of error may put neighbours in the wrong order, but not by more, and not where it saturates.
    for (let i = 1; i < x.length; i++) {
      if (down[i] !== -up[i]) expect(down[i]).toBe(-up[i]);
      const slack = x[i] > 8 ? 0 : 3 * 2 ** -24 * up[i];
      if (!(up[i] >= up[i - 1] - slack)) expect.fail(`falls at ${x[i]}`);
      if (up[i] > 1) expect.fail(`above 1 at ${x[i]}`);
    }
    expect(evaluateOne("tanh", 9.02)).toBe(1);
    expect(evaluateOne("tanh", -1e30)).toBe(-1);
  });

  it("sigmoid and softplus saturate to what they should", () => {
    expect(evaluateOne("sigmoid", 17.4)).toBe(1);
    expect(evaluateOne("sigmoid", 1e30)).toBe(1);
    expect(evaluateOne("sigmoid", -103)).toBeGreaterThan(0);
    expect(evaluateOne("sigmoid", -1e30)).toBe(0);
    for (const x of [20, 100, 1e10, 3.4e38].map(Math.fround))
      expect(evaluateOne("softplus", x)).toBe(x);
  });

  it.each(["sin", "cos"])("%s stays within ±1 beyond its reach", (name) => {
    const x = everyExponent(64).filter((each) => Number.isFinite(each));
    for (const y of evaluate(name, x, []))
      if (!(Math.abs(y) <= 1)) expect.fail(`${y}`);
  });
});

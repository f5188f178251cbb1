/**
 * WebAssembly text for four float32 (or two float64) lanes. Sums and products are separate instructions, so that
 * every engine computes the same bits; those of `multiplyAdd` become one where the engine has relaxed SIMD.
 */
import { withoutConstants } from "../constants.js";

/** A folded WAT expression of type v128. */
export type Lanes = string;

/** A function in place of a call: statements, and the value last. */
export interface Inline {
  /** All of type v128; the arguments come first. */
  readonly locals: readonly string[];
  readonly body: readonly string[];
}

export interface MathFunction {
  readonly wat: string;
  /** Other math functions that this one calls. */
  readonly uses: readonly string[];
  /** For loops: a call costs as much as a third of the function, and keeps its constants out of registers. */
  readonly inline?: Inline;
}

const literal = (value: number): string =>
  Number.isFinite(value) ? `${value}` : value > 0 ? "inf" : "-inf";

const four = (text: string): string => `${text} ${text} ${text} ${text}`;

/** The same float32 in all four lanes; `value` is rounded. */
export const constant = (value: number): Lanes =>
  `(v128.const f32x4 ${four(literal(Math.fround(value)))})`;
export const notANumber: Lanes = `(v128.const f32x4 ${four("nan")})`;
/** The same int32, often the bits of a float, in all four lanes. */
export const bits = (value: number): Lanes =>
  `(v128.const i32x4 ${four(`${value}`)})`;
/** The same float64 in both lanes. */
export const double = (value: number): Lanes =>
  `(v128.const f64x2 ${literal(value)} ${literal(value)})`;
/** The same int64 in both lanes. */
export const longBits = (value: bigint): Lanes =>
  `(v128.const i64x2 ${value} ${value})`;

export const get = (name: string): Lanes => `(local.get $${name})`;
export const set = (name: string, value: Lanes): string =>
  `  (local.set $${name} ${value})`;

const binary =
  (op: string) =>
  (a: Lanes, b: Lanes): Lanes =>
    `(${op} ${a} ${b})`;
const unary =
  (op: string) =>
  (a: Lanes): Lanes =>
    `(${op} ${a})`;
const shift =
  (op: string) =>
  (a: Lanes, count: number): Lanes =>
    `(${op} ${a} (i32.const ${count}))`;

export const add = binary("f32x4.add");
export const sub = binary("f32x4.sub");
export const mul = binary("f32x4.mul");
export const div = binary("f32x4.div");
/** The smaller one; `a` where either is NaN. */
export const least = binary("f32x4.pmin");
/** The larger one; `a` where either is NaN. */
export const most = binary("f32x4.pmax");
/** a·b + c; c must be a local or a constant for the two to be fused (`runtime/wasm/fuse.ts`). */
export const multiplyAdd = (a: Lanes, b: Lanes, c: Lanes): Lanes =>
  add(mul(a, b), c);
export const equal = binary("f32x4.eq");
export const less = binary("f32x4.lt");
export const greater = binary("f32x4.gt");
export const atLeast = binary("f32x4.ge");
export const magnitude = unary("f32x4.abs");
export const negated = unary("f32x4.neg");
export const floatOf = unary("f32x4.convert_i32x4_s");

export const and = binary("v128.and");
export const or = binary("v128.or");
/** Where the first mask is set and the second is not. */
export const without = binary("v128.andnot");
export const xor = binary("v128.xor");
/** Lanes of `yes` where the mask is set, else of `no`. */
export const choose = (mask: Lanes, yes: Lanes, no: Lanes): Lanes =>
  `(v128.bitselect ${yes} ${no} ${mask})`;

export const addBits = binary("i32x4.add");
export const subBits = binary("i32x4.sub");
export const sameBits = binary("i32x4.eq");
export const shiftLeft = shift("i32x4.shl");
export const shiftRight = shift("i32x4.shr_s");

export const addDouble = binary("f64x2.add");
export const subDouble = binary("f64x2.sub");
export const mulDouble = binary("f64x2.mul");
export const divDouble = binary("f64x2.div");
export const addLong = binary("i64x2.add");
export const subLong = binary("i64x2.sub");
export const shiftLeftLong = shift("i64x2.shl");
export const shiftRightLong = shift("i64x2.shr_u");

const bytes = (from: readonly number[]): string =>
  from.flatMap((lane) => [0, 1, 2, 3].map((i) => 4 * lane + i)).join(" ");
/** Four of the eight 32-bit lanes of `a` and `b`. */
export const pickLanes = (
  a: Lanes,
  b: Lanes,
  from: readonly [number, number, number, number],
): Lanes => `(i8x16.shuffle ${bytes(from)} ${a} ${b})`;
/** Lanes 0 and 1, or 2 and 3, as float64. */
export const promoted = (a: Lanes, half: 0 | 1): Lanes =>
  `(f64x2.promote_low_f32x4 ${half === 0 ? a : pickLanes(a, a, [2, 3, 2, 3])})`;
/** Two pairs of float64 rounded to four float32. */
export const demoted = (low: Lanes, high: Lanes): Lanes =>
  pickLanes(
    `(f32x4.demote_f64x2_zero ${low})`,
    `(f32x4.demote_f64x2_zero ${high})`,
    [0, 1, 4, 5],
  );

/** c₀ + x (c₁ + x (c₂ + …)). */
export const polynomial = (
  x: Lanes,
  coefficients: readonly number[],
  width: "f32" | "f64" = "f32",
): Lanes =>
  coefficients
    .map(width === "f32" ? constant : double)
    .reduceRight((sum, coefficient) =>
      width === "f32"
        ? multiplyAdd(sum, x, coefficient)
        : addDouble(mulDouble(sum, x), coefficient),
    );

export const signOf = (a: Lanes): Lanes => and(a, bits(-0x80000000));
/** `a` with the sign of `from`; `a` must not be negative. */
export const withSignOf = (from: Lanes, a: Lanes): Lanes => or(a, signOf(from));

/** The definition of a function; its constants are locals, as they are where it is inlined. */
export const lanesFunction = (
  name: string,
  parameters: readonly string[],
  locals: readonly string[],
  body: readonly string[],
): string => {
  const constants = new Map<Lanes, string>();
  const lines = body.map((line) =>
    withoutConstants(line, (value) => {
      if (!constants.has(value)) constants.set(value, `k${constants.size}`);
      return constants.get(value)!;
    }),
  );
  const all = [...locals, ...constants.values()];
  return [
    `(func $${name} ${parameters.map((each) => `(param $${each} v128)`).join(" ")} (result v128)`,
    ...(all.length > 0
      ? [`  ${all.map((each) => `(local $${each} v128)`).join(" ")}`]
      : []),
    ...[...constants].map(([value, local]) => set(local, value)),
    ...lines,
    ")",
  ].join("\n");
};

/** A function of x that is short enough to stand in loops. */
export const inlined = (
  name: string,
  locals: readonly string[],
  body: readonly string[],
): MathFunction => ({
  wat: lanesFunction(name, ["x"], locals, body),
  uses: [],
  inline: { locals: ["x", ...locals], body },
});

/** Elementwise operations: one number out of one number per operand. */
import type { Node } from "../node.js";
import { sameShape, showShape } from "../size.js";
import type { ElementwiseName } from "./names.js";
import type {
  ElementwiseRecord,
  TsSpelling,
  WasmSpelling,
  WgslSpelling,
} from "./record.js";
import { erf, sigmoid, softplus } from "./special.js";

type Definition = Omit<
  ElementwiseRecord,
  "kind" | "shape" | "spell" | "ulp" | "samples"
> & {
  readonly ts: TsSpelling;
  readonly wasm: WasmSpelling;
  readonly wgsl: WgslSpelling;
  /** Where one unit is not enough. */
  readonly ulp?: Partial<ElementwiseRecord["ulp"]>;
  readonly samples?: readonly (readonly number[])[];
};

/** Points of every magnitude, both signs, and the edges that formulas get wrong. */
const line = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1e-3,
  -1e-3,
  1e-8,
  -1e-8,
  1e-40,
  -1e-40,
  0.3,
  -1.7,
  2.5,
  3.14159,
  -6.1,
  9.01,
  -17,
  20,
  -88,
  88.5,
  -103,
  710,
  -745,
  1e4,
  -1e10,
  3e38,
  Infinity,
  -Infinity,
  NaN,
];
const unary = line.map((x) => [x]);
const few = [
  0,
  -0,
  1,
  -1,
  0.5,
  -2.25,
  3,
  1e-40,
  1e20,
  -1e20,
  Infinity,
  -Infinity,
  NaN,
];
const binary = few.flatMap((a) => few.map((b) => [a, b]));
const ternary = [0, 1].flatMap((c) => binary.map(([a, b]) => [c, a!, b!]));

function elementwise(definition: Definition): ElementwiseRecord {
  const { ts, wasm, wgsl, ulp = {}, samples, ...rest } = definition;
  return {
    ...rest,
    kind: "elementwise",
    shape: (args) => {
      const first = args[0]!;
      const odd = args.find((shape) => !sameShape(shape, first));
      return odd
        ? `operands of shapes ${showShape(first)} and ${showShape(odd)}`
        : first;
    },
    samples:
      samples ??
      (rest.arity === 1 ? unary : rest.arity === 2 ? binary : ternary),
    spell: { ts, wasm, wgsl },
    // WGSL's own division and roots are within 2.5 units.
    ulp: { ts: 1, wasm: 1, wgsl: 1, ...ulp },
  };
}

const all = [-Infinity, Infinity] as const;
const infix = (operator: string, precedence: number): TsSpelling => ({
  infix: operator,
  precedence,
});
const compare = (operator: string, precedence: number): TsSpelling => ({
  infix: operator,
  precedence,
  boolean: true,
});
const math = (name: string): TsSpelling => ({ call: `Math.${name}` });
const lanes = (instruction: string): WasmSpelling => ({ instruction });
const call = (name: string): WasmSpelling => ({ call: name });
const one = (node: Node): Node => node.args[0]!;
const two = (node: Node): Node => node.args[1]!;

/** Comparisons have no derivative and jump where their operands meet. */
const comparison = (
  doc: string,
  scalar: (a: number, b: number) => number,
  ts: TsSpelling,
  wasm: WasmSpelling,
  wgsl: WgslSpelling,
): ElementwiseRecord =>
  elementwise({
    arity: 2,
    doc,
    scalar,
    partials: () => [0, 0],
    piece: scalar,
    vjp: () => [undefined, undefined],
    range: [0, 1],
    ts,
    wasm,
    wgsl,
  });

export const elementwiseOps: Record<ElementwiseName, ElementwiseRecord> = {
  neg: elementwise({
    arity: 1,
    doc: "−a",
    scalar: (a) => -a,
    partials: () => [-1],
    vjp: (b, _, g) => [b.neg(g)],
    range: all,
    ts: { prefix: "-" },
    wasm: lanes("f32x4.neg"),
    wgsl: { prefix: "-" },
  }),
  add: elementwise({
    arity: 2,
    doc: "a + b",
    scalar: (a, b) => a + b,
    partials: () => [1, 1],
    vjp: (_b, _, g) => [g, g],
    range: all,
    ts: infix("+", 11),
    wasm: lanes("f32x4.add"),
    wgsl: { infix: "+" },
  }),
  sub: elementwise({
    arity: 2,
    doc: "a − b",
    scalar: (a, b) => a - b,
    partials: () => [1, -1],
    vjp: (b, _, g) => [g, b.neg(g)],
    range: all,
    ts: infix("-", 11),
    wasm: lanes("f32x4.sub"),
    wgsl: { infix: "-" },
  }),
  mul: elementwise({
    arity: 2,
    doc: "a · b",
    scalar: (a, b) => a * b,
    partials: ([a, b]) => [b!, a!],
    vjp: (b, node, g) => [b.mul(g, two(node)), b.mul(g, one(node))],
    range: all,
    ts: infix("*", 12),
    wasm: lanes("f32x4.mul"),
    wgsl: { infix: "*" },
  }),
  div: elementwise({
    arity: 2,
    doc: "a / b",
    scalar: (a, b) => a / b,
    partials: ([a, b]) => [1 / b!, -a! / (b! * b!)],
    // With y = a/b: ∂y/∂b = −y/b.
    vjp: (b, node, g) => {
      const toNumerator = b.div(g, two(node));
      return [toNumerator, b.neg(b.mul(toNumerator, node))];
    },
    range: all,
    ts: infix("/", 12),
    wasm: lanes("f32x4.div"),
    wgsl: { infix: "/" },
    ulp: { wgsl: 2.5 },
  }),
  pow: elementwise({
    arity: 2,
    doc: "a to the power b",
    scalar: (a, b) => a ** b,
    partials: ([a, b], y) => [
      b === 0 ? 0 : b! * a! ** (b! - 1),
      a === 0 ? 0 : y * Math.log(a!),
    ],
    vjp: (b, node, g) => {
      const [base, exponent] = [one(node), two(node)];
      const zero = b.filled(0, node.shape);
      const slope = b.mul(
        exponent,
        b.pow(base, b.sub(exponent, b.constant(1))),
      );
      return [
        b.mul(g, b.select(b.eq(exponent, zero), zero, slope)),
        b.mul(g, b.select(b.eq(base, zero), zero, b.mul(node, b.log(base)))),
      ];
    },
    range: all,
    ts: math("pow"),
    wasm: call("pow"),
    wgsl: { call: "power" },
    ulp: { wasm: 0.75, wgsl: 4 },
  }),
  min: elementwise({
    arity: 2,
    doc: "the smaller; where they are equal each gets half of the gradient",
    scalar: (a, b) => Math.min(a, b),
    partials: ([a, b]) => (a! < b! ? [1, 0] : a! > b! ? [0, 1] : [0.5, 0.5]),
    piece: (a, b) => Math.sign(a - b),
    vjp: (b, node, g) => {
      const share = halves(
        b.lt(one(node), two(node)),
        b.eq(one(node), two(node)),
        b,
      );
      return [b.mul(g, share), b.mul(g, b.sub(b.constant(1), share))];
    },
    range: all,
    ts: math("min"),
    wasm: lanes("f32x4.min"),
    wgsl: { call: "smaller" },
  }),
  max: elementwise({
    arity: 2,
    doc: "the larger; where they are equal each gets half of the gradient",
    scalar: (a, b) => Math.max(a, b),
    partials: ([a, b]) => (a! > b! ? [1, 0] : a! < b! ? [0, 1] : [0.5, 0.5]),
    piece: (a, b) => Math.sign(a - b),
    vjp: (b, node, g) => {
      const share = halves(
        b.gt(one(node), two(node)),
        b.eq(one(node), two(node)),
        b,
      );
      return [b.mul(g, share), b.mul(g, b.sub(b.constant(1), share))];
    },
    range: all,
    ts: math("max"),
    wasm: lanes("f32x4.max"),
    wgsl: { call: "larger" },
  }),
  lt: comparison(
    "1 where a < b, else 0",
    (a, b) => (a < b ? 1 : 0),
    compare("<", 9),
    { comparison: "f32x4.lt" },
    { infix: "<", comparison: true },
  ),
  le: comparison(
    "1 where a ≤ b, else 0",
    (a, b) => (a <= b ? 1 : 0),
    compare("<=", 9),
    { comparison: "f32x4.le" },
    { infix: "<=", comparison: true },
  ),
  gt: comparison(
    "1 where a > b, else 0",
    (a, b) => (a > b ? 1 : 0),
    compare(">", 9),
    { comparison: "f32x4.gt" },
    { infix: ">", comparison: true },
  ),
  ge: comparison(
    "1 where a ≥ b, else 0",
    (a, b) => (a >= b ? 1 : 0),
    compare(">=", 9),
    { comparison: "f32x4.ge" },
    { infix: ">=", comparison: true },
  ),
  eq: comparison(
    "1 where a = b, else 0",
    (a, b) => (a === b ? 1 : 0),
    compare("===", 8),
    { comparison: "f32x4.eq" },
    { infix: "==", comparison: true },
  ),
  ne: comparison(
    "1 where a ≠ b, else 0",
    (a, b) => (a !== b ? 1 : 0),
    compare("!==", 8),
    { comparison: "f32x4.ne" },
    { unequal: true },
  ),
  and: comparison(
    "1 where both are not 0",
    (a, b) => (a !== 0 && b !== 0 ? 1 : 0),
    compare("&&", 4),
    { logic: "v128.and" },
    { logic: "&&" },
  ),
  or: comparison(
    "1 where one is not 0",
    (a, b) => (a !== 0 || b !== 0 ? 1 : 0),
    compare("||", 3),
    { logic: "v128.or" },
    { logic: "||" },
  ),
  not: elementwise({
    arity: 1,
    doc: "1 where a is 0",
    scalar: (a) => (a === 0 ? 1 : 0),
    partials: () => [0],
    vjp: () => [undefined],
    range: [0, 1],
    ts: { prefix: "!", boolean: true },
    wasm: { logic: "v128.not" },
    wgsl: { prefix: "!" },
  }),
  select: elementwise({
    arity: 3,
    doc: "a where the condition is not 0, else b",
    scalar: (c, a, b) => (c !== 0 ? a : b),
    partials: ([c]) => (c !== 0 ? [0, 1, 0] : [0, 0, 1]),
    vjp: (b, node, g) => {
      const zero = b.filled(0, node.shape);
      return [
        undefined,
        b.select(one(node), g, zero),
        b.select(one(node), zero, g),
      ];
    },
    range: all,
    ts: { ternary: true },
    wasm: { choice: true },
    wgsl: { choice: true },
  }),
  exp: elementwise({
    arity: 1,
    doc: "eᵃ",
    scalar: Math.exp,
    partials: (_, y) => [y],
    vjp: (b, node, g) => [b.mul(g, node)],
    range: [0, Infinity],
    ts: math("exp"),
    wasm: call("exp"),
    wgsl: { call: "exponential" },
  }),
  expm1: elementwise({
    arity: 1,
    doc: "eᵃ − 1, exact near 0",
    scalar: Math.expm1,
    partials: ([a]) => [Math.exp(a!)],
    vjp: (b, node, g) => [b.mul(g, b.add(node, b.constant(1)))],
    range: [-1, Infinity],
    ts: math("expm1"),
    wasm: call("expm1"),
    wgsl: { call: "exponential_minus_one" },
    ulp: { wasm: 2, wgsl: 2 },
  }),
  log: elementwise({
    arity: 1,
    doc: "natural logarithm",
    scalar: Math.log,
    partials: ([a]) => [1 / a!],
    vjp: (b, node, g) => [b.div(g, one(node))],
    range: all,
    ts: math("log"),
    wasm: call("log"),
    wgsl: { call: "logarithm" },
  }),
  log1p: elementwise({
    arity: 1,
    doc: "log(1 + a), exact near 0",
    scalar: Math.log1p,
    partials: ([a]) => [1 / (1 + a!)],
    vjp: (b, node, g) => [b.div(g, b.add(one(node), b.constant(1)))],
    range: all,
    ts: math("log1p"),
    wasm: call("log1p"),
    wgsl: { call: "logarithm_of_one_plus" },
    ulp: { wasm: 1.75, wgsl: 3 },
  }),
  tanh: elementwise({
    arity: 1,
    doc: "hyperbolic tangent",
    scalar: Math.tanh,
    partials: ([a]) => [1 / Math.cosh(a!) ** 2],
    vjp: (b, node, g) => [b.mul(g, b.sub(b.constant(1), b.mul(node, node)))],
    range: [-1, 1],
    ts: math("tanh"),
    wasm: call("tanh"),
    wgsl: { call: "hyperbolic_tangent" },
    ulp: { wasm: 2, wgsl: 3 },
  }),
  sigmoid: elementwise({
    arity: 1,
    doc: "1 / (1 + e⁻ᵃ)",
    scalar: sigmoid,
    partials: ([a]) => [sigmoid(a!) * sigmoid(-a!)],
    vjp: (b, node, g) => [b.mul(g, b.mul(node, b.sub(b.constant(1), node)))],
    range: [0, 1],
    ts: { helper: "sigmoid" },
    wasm: call("sigmoid"),
    wgsl: { call: "sigmoid" },
    ulp: { wasm: 2, wgsl: 3 },
  }),
  softplus: elementwise({
    arity: 1,
    doc: "log(1 + eᵃ)",
    scalar: softplus,
    partials: ([a]) => [sigmoid(a!)],
    vjp: (b, node, g) => [b.mul(g, b.sigmoid(one(node)))],
    range: [0, Infinity],
    ts: { helper: "softplus" },
    wasm: call("softplus"),
    wgsl: { call: "softplus" },
    ulp: { wasm: 2, wgsl: 3 },
  }),
  sqrt: elementwise({
    arity: 1,
    doc: "square root",
    scalar: Math.sqrt,
    partials: (_, y) => [0.5 / y],
    vjp: (b, node, g) => [b.div(b.mul(b.constant(0.5), g), node)],
    range: [0, Infinity],
    ts: math("sqrt"),
    wasm: lanes("f32x4.sqrt"),
    wgsl: { call: "sqrt" },
    ulp: { wgsl: 3 },
  }),
  rsqrt: elementwise({
    arity: 1,
    doc: "1 / √a",
    scalar: (a) => 1 / Math.sqrt(a),
    partials: ([a], y) => [(-0.5 * y) / a!],
    vjp: (b, node, g) => [
      b.mul(b.mul(b.constant(-0.5), g), b.mul(node, b.mul(node, node))),
    ],
    range: [-Infinity, Infinity],
    ts: { helper: "rsqrt" },
    wasm: call("rsqrt"),
    wgsl: { call: "reciprocal_root" },
    ulp: { wasm: 1.5, wgsl: 4 },
  }),
  abs: elementwise({
    arity: 1,
    doc: "|a|; the gradient at 0 is 0",
    scalar: Math.abs,
    partials: ([a]) => [Math.sign(a!)],
    piece: Math.sign,
    vjp: (b, node, g) => [b.mul(g, b.sign(one(node)))],
    range: [0, Infinity],
    ts: math("abs"),
    wasm: lanes("f32x4.abs"),
    wgsl: { call: "abs" },
  }),
  sign: elementwise({
    arity: 1,
    doc: "−1, 0 or 1; no gradient",
    scalar: Math.sign,
    partials: () => [0],
    piece: Math.sign,
    vjp: () => [undefined],
    range: [-1, 1],
    ts: math("sign"),
    wasm: call("sign"),
    wgsl: { call: "sign_of" },
  }),
  floor: elementwise({
    arity: 1,
    doc: "the largest whole number that is not larger; no gradient",
    scalar: Math.floor,
    partials: () => [0],
    piece: Math.floor,
    vjp: () => [undefined],
    range: all,
    ts: math("floor"),
    wasm: lanes("f32x4.floor"),
    wgsl: { call: "floor" },
  }),
  sin: elementwise({
    arity: 1,
    doc: "sine",
    scalar: Math.sin,
    partials: ([a]) => [Math.cos(a!)],
    vjp: (b, node, g) => [b.mul(g, b.cos(one(node)))],
    range: [-1, 1],
    ts: math("sin"),
    wasm: call("sin"),
    wgsl: { call: "sine" },
    ulp: { wasm: 1.75, wgsl: 2.5 },
  }),
  cos: elementwise({
    arity: 1,
    doc: "cosine",
    scalar: Math.cos,
    partials: ([a]) => [-Math.sin(a!)],
    vjp: (b, node, g) => [b.neg(b.mul(g, b.sin(one(node))))],
    range: [-1, 1],
    ts: math("cos"),
    wasm: call("cos"),
    wgsl: { call: "cosine" },
    ulp: { wasm: 1.75, wgsl: 2.5 },
  }),
  erf: elementwise({
    arity: 1,
    doc: "error function",
    scalar: erf,
    partials: ([a]) => [(2 / Math.sqrt(Math.PI)) * Math.exp(-a! * a!)],
    vjp: (b, node, g) => {
      const x = one(node);
      const bell = b.exp(b.neg(b.mul(x, x)));
      return [b.mul(g, b.mul(b.constant(2 / Math.sqrt(Math.PI)), bell))];
    },
    range: [-1, 1],
    ts: { helper: "erf" },
    wasm: call("erf"),
    wgsl: { call: "error_function" },
    ulp: { wasm: 1.5, wgsl: 3 },
  }),
};

/** 1 where `strict`, ½ where `equal`, else 0. */
function halves(
  strict: Node,
  equal: Node,
  b: Parameters<ElementwiseRecord["vjp"]>[0],
): Node {
  return b.select(
    strict,
    b.constant(1),
    b.select(equal, b.constant(0.5), b.constant(0)),
  );
}

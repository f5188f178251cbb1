/** Arithmetic, and what cuts the line of numbers into pieces: the smaller, the larger, absolute value, sign, floor. */
import type { Builder } from "../../builder.js";
import type { Node } from "../../node.js";
import type { ElementwiseName } from "../names.js";
import type { ElementwiseRecord } from "../record.js";
import {
  all,
  call,
  elementwise,
  infix,
  lanes,
  math,
  one,
  two,
} from "./define.js";

/**
 * What goes back to the two operands, of which the first is chosen where `first`, the second where `second`; where
 * neither, each gets half. Chosen, not multiplied by 0: what is not chosen gets nothing of an infinite `g` either.
 */
function chosen(
  b: Builder,
  g: Node,
  first: Node,
  second: Node,
): readonly [Node, Node] {
  const zero = b.filled(0, g.shape);
  const half = b.mul(g, b.constant(0.5));
  return [
    b.select(first, g, b.select(second, zero, half)),
    b.select(second, g, b.select(first, zero, half)),
  ];
}

export const arithmetic = {
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
  gap: elementwise({
    arity: 2,
    doc: "a − b; 0 where they are equal, infinities too",
    scalar: (a, b) => (a === b ? 0 : a - b),
    partials: () => [1, -1],
    vjp: (b, _, g) => [g, b.neg(g)],
    range: all,
    ts: { helper: "gap" },
    wasm: call("gap"),
    wgsl: { call: "gap" },
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
  min: elementwise({
    arity: 2,
    doc: "the smaller; where they are equal each gets half of the gradient",
    scalar: (a, b) => Math.min(a, b),
    partials: ([a, b]) => (a! < b! ? [1, 0] : a! > b! ? [0, 1] : [0.5, 0.5]),
    piece: (a, b) => Math.sign(a - b),
    vjp: (b, node, g) => {
      const [x, y] = [one(node), two(node)];
      return chosen(b, g, b.lt(x, y), b.gt(x, y));
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
      const [x, y] = [one(node), two(node)];
      return chosen(b, g, b.gt(x, y), b.lt(x, y));
    },
    range: all,
    ts: math("max"),
    wasm: lanes("f32x4.max"),
    wgsl: { call: "larger" },
  }),
  abs: elementwise({
    arity: 1,
    doc: "|a|; the gradient at 0 is 0",
    scalar: Math.abs,
    partials: ([a]) => [Math.sign(a!)],
    piece: Math.sign,
    vjp: (b, node, g) => {
      const zero = b.filled(0, node.shape);
      const x = one(node);
      return [b.select(b.eq(x, zero), zero, b.mul(g, b.sign(x)))];
    },
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
} satisfies Partial<Record<ElementwiseName, ElementwiseRecord>>;

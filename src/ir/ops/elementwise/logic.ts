/** Comparisons, which give 0 or 1, what joins them, and the choice by one. */
import type { ElementwiseName } from "../names.js";
import type {
  ElementwiseRecord,
  TsSpelling,
  WasmSpelling,
  WgslSpelling,
} from "../record.js";
import { all, elementwise, one } from "./define.js";

const compare = (operator: string, precedence: number): TsSpelling => ({
  infix: operator,
  precedence,
  boolean: true,
});

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

export const logic = {
  lt: comparison(
    "1 where a < b, else 0",
    (a, b) => (a < b ? 1 : 0),
    compare("<", 9),
    { comparison: "f32x4.lt" },
    { test: "less" },
  ),
  le: comparison(
    "1 where a ≤ b, else 0",
    (a, b) => (a <= b ? 1 : 0),
    compare("<=", 9),
    { comparison: "f32x4.le" },
    { test: "at_most" },
  ),
  gt: comparison(
    "1 where a > b, else 0",
    (a, b) => (a > b ? 1 : 0),
    compare(">", 9),
    { comparison: "f32x4.gt" },
    { test: "greater" },
  ),
  ge: comparison(
    "1 where a ≥ b, else 0",
    (a, b) => (a >= b ? 1 : 0),
    compare(">=", 9),
    { comparison: "f32x4.ge" },
    { test: "at_least" },
  ),
  eq: comparison(
    "1 where a = b, else 0",
    (a, b) => (a === b ? 1 : 0),
    compare("===", 8),
    { comparison: "f32x4.eq" },
    { test: "equals" },
  ),
  ne: comparison(
    "1 where a ≠ b, else 0",
    (a, b) => (a !== b ? 1 : 0),
    compare("!==", 8),
    { comparison: "f32x4.ne" },
    { test: "equals", negated: true },
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
} satisfies Partial<Record<ElementwiseName, ElementwiseRecord>>;

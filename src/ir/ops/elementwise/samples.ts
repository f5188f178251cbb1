/** Sample operands of elementwise operations, on which every backend is measured. */

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
export const unary = line.map((x) => [x]);
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
export const binary = few.flatMap((a) => few.map((b) => [a, b]));
export const ternary = [0, 1].flatMap((c) =>
  binary.map(([a, b]) => [c, a!, b!]),
);

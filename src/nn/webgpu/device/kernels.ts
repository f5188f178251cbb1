/**
 * The elementwise work between cells and of optimisers, as WGSL: a row for each kernel with what it reads, what it
 * writes and the numbers that come with a call. `program.ts` makes the text around the body.
 *
 * A body computes element `i` of `call.count`. Arrays begin at `at.name`.
 */
import type { Kernel } from "./kernel.js";
import { normKernels } from "./norm-kernels.js";

const unlessStopped = "if (going[at.going] == 0.0) { return; }";

const table = {
  /** result = a + b */
  add: {
    reads: ["a", "b"],
    writes: ["result"],
    body: "result[at.result + i] = a[at.a + i] + b[at.b + i];",
  },

  /** result += a */
  add_to: {
    reads: ["a"],
    writes: ["result"],
    body: "result[at.result + i] += a[at.a + i];",
  },

  /** result = keep · result + add · a */
  average: {
    reads: ["a"],
    writes: ["result"],
    real: ["keep", "add"],
    body: "result[at.result + i] = call.keep * result[at.result + i] + call.add * a[at.a + i];",
  },

  /**
   * result[i] = a[i] · mask[i mod period]: one mask for all steps where the period is a step. What is masked is zero,
   * whatever stands there.
   */
  mask: {
    reads: ["a", "mask"],
    writes: ["result"],
    whole: ["period"],
    body: `
  let factor = mask[at.mask + i % call.period];
  var value = 0.0;
  if (factor != 0.0) { value = a[at.a + i] * factor; }
  result[at.result + i] = value;`,
  },

  /** Columns of a matrix, `width` of them, into columns of another; `count` is rows · width. */
  columns: {
    reads: ["a"],
    writes: ["result"],
    whole: ["width", "fromWidth", "fromColumn", "intoWidth", "intoColumn"],
    body: `
  let row = i / call.width;
  let column = i % call.width;
  result[at.result + row * call.intoWidth + call.intoColumn + column] =
    a[at.a + row * call.fromWidth + call.fromColumn + column];`,
  },

  /** [T, B, width]: each entry as it is, or turned around within its length; padding becomes zero. */
  arrange: {
    reads: ["a", "lengths"],
    writes: ["result"],
    whole: ["batch", "width", "turn"],
    body: `
  let row = call.batch * call.width;
  let t = i / row;
  let length = u32(lengths[at.lengths + (i % row) / call.width]);
  var value = 0.0;
  if (t < length) { value = a[at.a + select(t, length - 1u - t, call.turn == 1u) * row + i % row]; }
  result[at.result + i] = value;`,
  },

  /** [T, B, width] → [B, width]: what stands at the last step of each entry, or zero where it has none. */
  last_step: {
    reads: ["a", "lengths"],
    writes: ["result"],
    whole: ["batch", "width"],
    body: `
  let length = u32(lengths[at.lengths + i / call.width]);
  var value = 0.0;
  if (length > 0u) { value = a[at.a + (length - 1u) * call.batch * call.width + i]; }
  result[at.result + i] = value;`,
  },

  /** [B, width] → [T, B, width]: at the last step of each entry, zero elsewhere. */
  to_last_step: {
    reads: ["a", "lengths"],
    writes: ["result"],
    whole: ["batch", "width"],
    body: `
  let row = call.batch * call.width;
  let length = u32(lengths[at.lengths + (i % row) / call.width]);
  result[at.result + i] = select(0.0, a[at.a + i % row], i / row + 1u == length);`,
  },

  /** [row] → [T, row]: the same at each step. */
  repeat: {
    reads: ["a"],
    writes: ["result"],
    whole: ["row"],
    body: "result[at.result + i] = a[at.a + i % call.row];",
  },

  /** [T, row] → [row]: added up over the steps. */
  sum_steps: {
    reads: ["a"],
    writes: ["result"],
    whole: ["steps"],
    body: `
  var sum = 0.0;
  for (var t = 0u; t < call.steps; t++) { sum += a[at.a + t * call.count + i]; }
  result[at.result + i] = sum;`,
  },

  /** [rows, columns, width] → [columns, rows, width] */
  swap: {
    reads: ["a"],
    writes: ["result"],
    whole: ["rows", "columns", "width"],
    body: `
  let k = i % call.width;
  let row = (i / call.width) % call.rows;
  let column = i / (call.width * call.rows);
  result[at.result + i] = a[at.a + (row * call.columns + column) * call.width + k];`,
  },

  /** Cuts every number to −limit … limit. By its bits: what WGSL's clamp makes of no number is not said. */
  clamp: {
    reads: [],
    writes: ["result"],
    real: ["limit"],
    body: `
  let bits = bitcast<u32>(result[at.result + i]);
  let size = bits & 0x7fffffffu;
  if (size > bitcast<u32>(call.limit) && size <= 0x7f800000u) {
    result[at.result + i] = select(call.limit, -call.limit, bits != size);
  }`,
  },

  /** Σ a · b over `length` numbers, a piece of it for each invocation. */
  dot: {
    reads: ["a", "b"],
    writes: ["result"],
    whole: ["length"],
    body: `
  var sum = 0.0;
  for (var k = i; k < call.length; k += call.count) { sum += a[at.a + k] * b[at.b + k]; }
  result[at.result + i] = sum;`,
  },

  /** Sums of `length` numbers: each invocation adds up some of them. */
  fold: {
    reads: ["a"],
    writes: ["result"],
    whole: ["length"],
    body: `
  var sum = 0.0;
  for (var k = i; k < call.length; k += call.count) { sum += a[at.a + k]; }
  result[at.result + i] = sum;`,
  },

  ...normKernels,

  // Optimisers: nothing happens where `going` is 0.

  sgd: {
    reads: ["grads", "going"],
    writes: ["params"],
    real: ["rate", "decay", "momentum", "nesterov"],
    body: `
  ${unlessStopped}
  let before = params[at.params + i];
  params[at.params + i] = before - call.rate * (grads[at.grads + i] + call.decay * before);`,
  },

  sgd_velocity: {
    reads: ["grads", "going"],
    writes: ["params", "velocity"],
    real: ["rate", "decay", "momentum", "nesterov"],
    body: `
  ${unlessStopped}
  let before = params[at.params + i];
  let gradient = grads[at.grads + i] + call.decay * before;
  let next = call.momentum * velocity[at.velocity + i] + gradient;
  velocity[at.velocity + i] = next;
  let shift = select(next, gradient + call.momentum * next, call.nesterov != 0.0);
  params[at.params + i] = before - call.rate * shift;`,
  },

  rms_prop: {
    reads: ["grads", "going"],
    writes: ["params", "square", "velocity"],
    real: ["rate", "keep", "add", "inside", "outside", "momentum"],
    body: `
  ${unlessStopped}
  let gradient = grads[at.grads + i];
  let next = call.keep * square[at.square + i] + call.add * gradient * gradient;
  square[at.square + i] = next;
  let scaled = gradient / (sqrt(next + call.inside) + call.outside);
  let speed = call.momentum * velocity[at.velocity + i] + scaled;
  velocity[at.velocity + i] = speed;
  params[at.params + i] -= call.rate * speed;`,
  },

  rms_prop_centered: {
    reads: ["grads", "going"],
    writes: ["params", "square", "velocity", "mean"],
    real: ["rate", "keep", "add", "inside", "outside", "momentum"],
    body: `
  ${unlessStopped}
  let gradient = grads[at.grads + i];
  let next = call.keep * square[at.square + i] + call.add * gradient * gradient;
  square[at.square + i] = next;
  let middle = call.keep * mean[at.mean + i] + call.add * gradient;
  mean[at.mean + i] = middle;
  // Rounding may leave less than nothing.
  let variance = max(0.0, next - middle * middle);
  let scaled = gradient / (sqrt(variance + call.inside) + call.outside);
  let speed = call.momentum * velocity[at.velocity + i] + scaled;
  velocity[at.velocity + i] = speed;
  params[at.params + i] -= call.rate * speed;`,
  },

  adam: {
    reads: ["grads", "going"],
    writes: ["params", "mean", "square"],
    real: [
      "keep",
      "decay",
      "keepMean",
      "addMean",
      "keepSquare",
      "addSquare",
      "size",
      "unbias",
      "epsilon",
    ],
    body: `
  ${unlessStopped}
  let before = call.keep * params[at.params + i];
  let gradient = grads[at.grads + i] + call.decay * before;
  let middle = call.keepMean * mean[at.mean + i] + call.addMean * gradient;
  mean[at.mean + i] = middle;
  let next = call.keepSquare * square[at.square + i] + call.addSquare * gradient * gradient;
  square[at.square + i] = next;
  params[at.params + i] = before - call.size * middle / (sqrt(next) * call.unbias + call.epsilon);`,
  },
} as const satisfies Readonly<Record<string, Kernel>>;

export type KernelName = keyof typeof table;

type Listed<K extends KernelName, Field extends keyof Kernel> =
  (typeof table)[K] extends Readonly<Record<Field, readonly (infer Name)[]>>
    ? Extract<Name, string>
    : never;

/** What the arrays of a kernel are called. */
export type ArrayName<K extends KernelName> =
  Listed<K, "reads"> | Listed<K, "writes">;

/** What the numbers of a call of a kernel are called. */
export type NumberName<K extends KernelName> =
  Listed<K, "whole"> | Listed<K, "real">;

export const kernelNames = Object.keys(table) as readonly KernelName[];

export const kernelOf = (name: KernelName): Kernel => table[name];

/** Every elementwise operation as the WebAssembly backend spells it, four lanes at a time, against its meaning. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  asNumbers,
  numbers,
  operate,
} from "../../src/backends/wasm/expression.js";
import { intrinsics } from "../../src/backends/wasm/intrinsics.js";
import { mathFunctions, mathUlp } from "../../src/backends/wasm/math.js";
import { call } from "../../src/backends/wasm/wat.js";
import { elementwiseOps } from "../../src/ir/ops/elementwise/index.js";
import type { ElementwiseName } from "../../src/ir/ops/index.js";
import { assemble, instantiate } from "./assemble-wat.js";
import type { Loaded } from "./assemble-wat.js";

const names = Object.keys(elementwiseOps) as ElementwiseName[];
const operands = [0, 1, 2];

/** y = op(a, b, c) for the four lanes at 0, 16 and 32, to 48. */
const lanesOf = (name: ElementwiseName): string => {
  const args = operands
    .slice(0, elementwiseOps[name].arity)
    .map((i) => numbers(`(v128.load (i32.const ${16 * i}))`));
  return `(func (export "${name}") (v128.store (i32.const 48) ${asNumbers(operate(name, args, (called, list) => call(called, ...list)))}))`;
};

let loaded: Loaded;
beforeAll(() => {
  loaded = instantiate(
    assemble(
      [
        ...Object.values({ ...intrinsics, ...mathFunctions }).map(
          ({ wat }) => wat,
        ),
        ...names.map(lanesOf),
      ],
      1,
    ),
  );
});

function evaluate(name: ElementwiseName, sample: readonly number[]): number[] {
  const floats = new Float32Array(loaded.memory);
  sample.forEach((value, i) => floats.fill(value, 4 * i, 4 * i + 4));
  loaded.call[name]!();
  return [...floats.subarray(12, 16)];
}

const largest = 3.4028234663852886e38;

/** Error in units of the last place of float32; of what is smaller than a normal number, of the smallest one. */
function unitsOff(actual: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (Object.is(actual, rounded) || actual === rounded) return 0;
  if (Number.isNaN(exact) || Number.isNaN(actual)) return Infinity;
  const bounded = Math.max(-largest, Math.min(largest, exact));
  const near = Math.max(-largest, Math.min(largest, actual));
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(bounded))));
  return Math.abs(near - bounded) / 2 ** (exponent - 23);
}

/** Positive and negative numbers of all exponents. */
const dense = Array.from({ length: 4000 }, (_, i) =>
  Math.fround((i % 2 ? 1 : -1) * 2 ** (-150 + ((i * 7919) % 27800) / 100)),
);

describe.each(names)("%s", (name) => {
  const { arity, scalar, samples, ulp } = elementwiseOps[name];
  const points = [
    ...samples,
    ...dense.map((a, i) => {
      const b = dense[(i * 31 + 5) % dense.length]!;
      if (arity === 3) return [i % 3 ? 1 : 0, a, b];
      return arity === 2 ? [a, b] : [a];
    }),
  ].map((sample) => sample.map(Math.fround));

  it(`is within ${ulp.wasm} units of its meaning, in all lanes`, () => {
    for (const sample of points) {
      // The reduction of the angle ends here; the functions' own tests say so.
      if ((name === "sin" || name === "cos") && Math.abs(sample[0]!) > 1e8)
        continue;
      const lanes = evaluate(name, sample);
      expect(new Set(lanes.map(String)).size).toBe(1);
      expect(
        unitsOff(lanes[0]!, scalar(...sample)),
        `${name}(${sample.join(", ")}) = ${lanes[0]}`,
      ).toBeLessThanOrEqual(ulp.wasm);
    }
  });
});

it("has the bounds that the functions declare", () => {
  for (const [name, units] of Object.entries(mathUlp))
    expect(elementwiseOps[name as ElementwiseName].ulp.wasm, name).toBe(units);
});

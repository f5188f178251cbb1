import { expect, it } from "vitest";
import { randomData } from "../../src/gradcheck/index.js";
import type { CellData, CellResult, NamedArrays } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { tangent } from "../../src/ir/tangent.js";
import { everything } from "./cells.js";
import { expectClose } from "./close.js";

const sizes = { M: 3, N: 4, S: 2, V: 5 };

/** What `change` does, number by number, to all arrays. */
const map = (
  arrays: NamedArrays,
  direction: NamedArrays,
  change: (value: number, slope: number) => number,
): NamedArrays =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [
      name,
      values.map((value, i) => change(value, direction[name]?.[i] ?? 0)),
    ]),
  );

it("moves everything at once as differences do, to 1e-11", () => {
  const cell = everything();
  const options = { steps: 5, batch: 2, lengths: true } as const;
  const data = randomData(cell, sizes, { ...options, seed: 1 });
  // Other random data serve as the direction; tokens do not move.
  const { params, context, states, inputs } = randomData(cell, sizes, {
    ...options,
    seed: 2,
  });
  const { k: _input, ...movedInputs } = inputs;
  const { k: _state, ...movedStates } = states;
  const direction = {
    params,
    context,
    inputs: movedInputs,
    states: movedStates,
  };
  const interpreter = new Interpreter(cell);
  const at = (h: number): CellResult => {
    const step = (value: number, slope: number): number => value + h * slope;
    const moved: CellData = {
      ...data,
      params: map(data.params, direction.params, step),
      context: map(data.context, direction.context, step),
      inputs: map(data.inputs, direction.inputs, step),
      states: map(data.states, direction.states, step),
    };
    return interpreter.forward(moved);
  };
  const h = 2e-4;
  const [plus, minus, plus2, minus2] = [at(h), at(-h), at(2 * h), at(-2 * h)];
  const { result, tangents } = tangent(cell, data, direction);
  expect(result).toEqual(at(0));
  for (const kind of ["outputs", "states"] as const)
    for (const [name, slopes] of Object.entries(tangents[kind])) {
      const of = (from: CellResult, i: number): number => from[kind][name]![i]!;
      const numeric = slopes.map(
        (_, i) =>
          (8 * (of(plus, i) - of(minus, i)) - (of(plus2, i) - of(minus2, i))) /
          (12 * h),
      );
      expectClose(slopes, numeric, 1e-11);
    }
});

it("is zero along no direction", () => {
  const cell = everything();
  const data = randomData(cell, sizes, { steps: 3, batch: 2, seed: 1 });
  const { tangents } = tangent(cell, data, {});
  for (const values of [
    ...Object.values(tangents.outputs),
    ...Object.values(tangents.states),
  ])
    expect(values.every((value) => value === 0)).toBe(true);
});

/** The gradient of a composition against differences, with the same engine that checks cells. */
import { expect } from "vitest";
import { Random } from "cellc/nn";
import type { Model, Sequence } from "cellc/nn";
import { Differences } from "../../src/gradcheck/differences.js";
import { relativeError } from "../../src/gradcheck/tensors.js";
import type { CellData } from "../../src/ir/data.js";

export const loading = { backend: "ts", precision: "f64" } as const;

/** What the figure of the project asks for; four-point differences in float64 do better by far. */
export const tolerance = 1e-6;

export function randomArray(length: number, seed: number): Float64Array {
  const array = new Float64Array(length);
  new Random(seed).fillNormal(array, 0.7);
  return array;
}

export const randomTokens = (
  length: number,
  vocabulary: number,
  seed: number,
): Int32Array => {
  const random = new Random(seed);
  return Int32Array.from({ length }, () => random.integer(vocabulary));
};

export interface GradientCheck {
  /** A forward run over what is now in the arrays: everything that gets a cotangent, by name. */
  readonly forward: () => Readonly<Record<string, Float64Array>>;
  /** The gradients by name, for the cotangents of what the latest run gave. */
  readonly backward: (
    cotangents: Readonly<Record<string, Float64Array>>,
  ) => Readonly<Record<string, Float64Array>>;
  /** The arrays that the gradients belong to. */
  readonly values: Readonly<Record<string, Float64Array>>;
}

/** Every number of every array. */
export function expectGradients(check: GradientCheck): void {
  const copy = (arrays: Readonly<Record<string, Float64Array>>) =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, array]) => [name, array.slice()]),
    );
  const results = copy(check.forward());
  const outputs = Object.fromEntries(
    Object.entries(results).map(([name, { length }], i) => [
      name,
      randomArray(length, 100 + i),
    ]),
  );
  const found = copy(check.backward(outputs));
  expect(Object.keys(found).sort()).toEqual(Object.keys(check.values).sort());
  const differences = new Differences(
    {
      run: () => ({
        result: { outputs: copy(check.forward()), states: {} },
        piece: 0,
      }),
    },
    { outputs, states: {} },
  );
  for (const [name, values] of Object.entries(check.values)) {
    const numeric = values.map(
      (_, i) => differences.at({} as CellData, values, i, 0) as number,
    );
    expect(
      relativeError(found[name]!, numeric),
      `gradient of ${name}`,
    ).toBeLessThanOrEqual(tolerance);
    expect(
      numeric.some((value) => value !== 0),
      `${name} matters`,
    ).toBe(true);
  }
}

/** Parameters, the input where it holds numbers, and the states that are given, of a model that reads a sequence. */
export function expectModelGradients(
  model: Model,
  input: Sequence,
  states: Readonly<Record<string, Float64Array>> = {},
  random?: () => Random,
): void {
  const isToken = input.values instanceof Int32Array;
  const withFinal = Object.keys(states).length > 0;
  expectGradients({
    values: {
      params: model.params as Float64Array,
      ...(isToken ? {} : { input: input.values as Float64Array }),
      ...states,
    },
    forward: () => {
      const { values } = model.forward(input, { states, random: random?.() });
      const final = model.finalStates() as Record<string, Float64Array>;
      return {
        output: values as Float64Array,
        ...(withFinal ? final : {}),
      };
    },
    backward: ({ output, ...final }) => {
      const gradient = model.backward(output!, {
        inputs: true,
        states: final,
      });
      return {
        params: model.grads as Float64Array,
        ...(gradient ? { input: gradient as Float64Array } : {}),
        ...(withFinal
          ? (model.initialGradients() as Record<string, Float64Array>)
          : {}),
      };
    },
  });
}

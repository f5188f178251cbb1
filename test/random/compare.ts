/** Compares everything that can run one cell: kernels with the interpreter, reverse mode with forward mode. */
import { expect } from "vitest";
import { compile, makeExecutor } from "../../src/compile.js";
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import type {
  CellCotangents,
  CellData,
  CellResult,
} from "../../src/ir/data.js";
import type { CellProgram } from "../../src/ir/program.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { tangent } from "../../src/ir/tangent.js";
import { relativeDifference } from "../specs/settings.js";

/** All in float64; a random cell may enlarge rounding a thousand times. */
const tolerance = 1e-9;

type Arrays = Readonly<Record<string, Float64Array>>;

const copied = (arrays: Arrays): Record<string, Float64Array> =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [name, values.slice()]),
  );

function expectSame(actual: Arrays, expected: Arrays): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected))
    expect(relativeDifference(actual[name]!, values), name).toBeLessThanOrEqual(
      tolerance,
    );
}

const inner = (a: Arrays, b: Arrays): number =>
  Object.entries(a).reduce(
    (sum, [name, values]) =>
      values.reduce((s, value, i) => s + value * (b[name]?.[i] ?? 0), sum),
    0,
  );

const weighed = (cotangents: CellCotangents, tangents: CellResult): number =>
  inner(cotangents.outputs, tangents.outputs) +
  inner(cotangents.states, tangents.states);

export interface Options {
  readonly sizes: Readonly<Record<string, number>>;
  readonly steps: number;
  readonly batch: number;
  readonly lengths: boolean;
  /** The last entry of several has no step at all. */
  readonly empty?: boolean;
}

/** Data for a random cell; half of the cases start as the cell says. */
export function dataFor(
  program: CellProgram,
  options: Options,
  seed: number,
): CellData {
  const data = randomData(program, options.sizes, {
    ...options,
    seed,
    withoutStates: options.lengths
      ? program.states.map(({ name }) => name)
      : [],
  });
  const { lengths } = data;
  if (lengths && options.empty && lengths.length > 1)
    lengths[lengths.length - 1] = 0;
  return data;
}

/** Throws an assertion error for the first thing that differs. */
export function compareAll(source: string, options: Options): void {
  const { cells, diagnostics } = compile(source);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual(
    [],
  );
  const cell = cells[0]!;
  const { program, adjoint } = cell;
  const data = dataFor(program, options, 3);
  const cotangents = randomCotangents(program, data, 4);

  const interpreter = new Interpreter(program, { adjoint });
  const { outputs, states } = interpreter.forward(data);
  const wanted = { outputs: copied(outputs), states: copied(states) };
  const gradients = interpreter.backward(cotangents);

  const kernels = makeExecutor(cell);
  const own = kernels.forward(data);
  expectSame(own.outputs, wanted.outputs);
  expectSame(own.states, wanted.states);
  const ownGradients = kernels.backward(cotangents);
  for (const kind of ["params", "inputs", "context", "states"] as const)
    expectSame(ownGradients[kind], gradients[kind]);

  // One random direction through everything at once: ⟨gradient, direction⟩ both ways.
  const { params, inputs, context } = randomData(program, options.sizes, {
    ...options,
    seed: 5,
  });
  const direction = { params, inputs, context, states: data.states };
  const forwards = weighed(
    cotangents,
    tangent(program, data, direction).tangents,
  );
  const backwards =
    inner(gradients.params, params) +
    inner(gradients.inputs, inputs) +
    inner(gradients.context, context) +
    inner(gradients.states, data.states);
  expect(relativeDifference([backwards], [forwards])).toBeLessThanOrEqual(
    tolerance,
  );
}

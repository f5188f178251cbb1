/**
 * Compares kernels in float32 with the interpreter in float64, for cells of which nothing is known: a cell may enlarge
 * rounding as it likes, saturate, or stand at a kink. How far the numbers of a right kernel may be off follows from runs of
 * the interpreter on data that are moved by a few units in the last place.
 */
import { randomCotangents } from "../../src/gradcheck/index.js";
import type { AsyncExecutor } from "../../src/backends/gpu-executor.js";
import type {
  CellCotangents,
  CellData,
  CellGradients,
  CellResult,
  Executor,
  NamedArrays,
} from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import type { CompiledCell } from "../../src/compile.js";
import { dataFor } from "./compare.js";
import type { Options } from "./compare.js";

/** By how much data are moved, relative to them and to 1: two units in the last place of numbers near 1. */
const moved = 2.4e-7;
/** How many times the effect of such a move an error may be, and what it may be at any rate. */
const times = 60;
const atAnyRate = 1e-4;
/** Results and gradients that come near the largest float32 are compared with nothing. */
const large = 1e30;

export interface SingleCase {
  readonly data: CellData;
  readonly cotangents: CellCotangents;
  /** What differs, one line per array; empty where everything is as it should be. */
  readonly differences: (
    result: CellResult,
    gradients: CellGradients,
  ) => readonly string[];
}

type Run = Readonly<Record<string, Float64Array>>;

/** Every array with a name of its own. */
const named = (result: CellResult, gradients: CellGradients): Run =>
  Object.fromEntries(
    [
      ["output", result.outputs],
      ["state", result.states],
      ["gradient of the parameter", gradients.params],
      ["gradient of the input", gradients.inputs],
      ["gradient of the context", gradients.context],
      ["gradient of the state", gradients.states],
    ].flatMap(([kind, arrays]) =>
      Object.entries(arrays as NamedArrays).map(([name, values]) => [
        `${kind as string} ${name}`,
        values.slice(),
      ]),
    ),
  );

const mapped = (
  arrays: NamedArrays,
  change: (value: number) => number,
): Record<string, Float64Array> =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [name, values.map(change)]),
  );

const distance = (a: Float64Array, b: Float64Array): number =>
  Math.hypot(...a.map((value, i) => value - b[i]!));

/** At a kink, where the runs on moved data do not all lie on one piece, numbers need only be finite. */
export function singleCase(
  { program, adjoint }: CompiledCell,
  options: Options,
): SingleCase {
  const drawn = dataFor(program, options, 3);
  const interpreter = new Interpreter(program, { adjoint, pieces: true });
  const changed = (
    change: (value: number) => number,
    cotangent = Math.fround,
  ): { data: CellData; cotangents: CellCotangents } => {
    const tokens = new Set(
      program.inputs
        .filter((input) => input.vocabulary)
        .map(({ name }) => name),
    );
    const data: CellData = {
      ...drawn,
      params: mapped(drawn.params, change),
      buffers: mapped(drawn.buffers, change),
      context: mapped(drawn.context, change),
      states: mapped(drawn.states, change),
      inputs: Object.fromEntries(
        Object.entries(drawn.inputs).map(([name, values]) => [
          name,
          tokens.has(name) ? values : values.map(change),
        ]),
      ),
    };
    const { outputs, states } = randomCotangents(program, drawn, 4);
    return {
      data,
      cotangents: {
        outputs: mapped(outputs, cotangent),
        states: mapped(states, cotangent),
      },
    };
  };
  const run = ({ data, cotangents }: ReturnType<typeof changed>) => {
    const result = interpreter.forward(data);
    const piece = interpreter.pieces;
    return { values: named(result, interpreter.backward(cotangents)), piece };
  };
  let state = 1;
  /** The same numbers for the same case. */
  const sign = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state & 0x10000 ? 1 : -1;
  };
  const exact = changed(Math.fround);
  const wanted = run(exact);
  const near = Array.from({ length: 6 }, () =>
    run(
      changed(
        (value) => value + sign() * moved * Math.max(1, Math.abs(value)),
        (value) => value * (1 + sign() * moved),
      ),
    ),
  );
  const smooth = near.every(({ piece }) => piece === wanted.piece);
  return {
    ...exact,
    differences: (result, gradients) => {
      const actual = named(result, gradients);
      return Object.entries(wanted.values).flatMap(([name, values]) => {
        const own = actual[name]!;
        if (!values.every((value) => Math.abs(value) < large)) return [];
        if (!own.every(Number.isFinite))
          return [
            `${name} is not finite: ${own.join(", ")}, not ${values.join(", ")}`,
          ];
        if (!smooth) return [];
        const size = Math.hypot(...values);
        const unsure = Math.max(
          ...near.map(({ values: other }) => distance(other[name]!, values)),
        );
        const off = distance(own, values);
        return off <= times * unsure + atAnyRate * Math.max(1, size)
          ? []
          : [
              `${name} is off by ${off}, where ${unsure} is unsure: ${own.join(", ")}, not ${values.join(", ")}`,
            ];
      });
    },
  };
}

/** Runs kernels on a case, and says what differs. */
export async function differencesOf(
  executor: Executor | AsyncExecutor,
  { data, cotangents, differences }: SingleCase,
): Promise<readonly string[]> {
  const { outputs, states } = await executor.forward(data);
  const same = (value: number): number => value;
  const result = {
    outputs: mapped(outputs, same),
    states: mapped(states, same),
  };
  return differences(result, await executor.backward(cotangents));
}

/** Runs a reference over a whole batch of sequences, on the flat arrays that all executors share. */
import type { Frame, Matrix, Reference, Value, Vector } from "./frame.js";

export interface Numbers {
  readonly sizes: Readonly<Record<string, number>>;
  readonly steps: number;
  readonly batch: number;
  readonly t0: number;
  readonly params: Readonly<Record<string, Float64Array>>;
  readonly inputs: Readonly<Record<string, Float64Array>>;
  readonly context: Readonly<Record<string, Float64Array>>;
  readonly states: Readonly<Record<string, Float64Array>>;
  readonly lengths?: Int32Array;
}

/** Extents by name; `4N` is four times N. */
export const extents = (
  shape: readonly string[],
  sizes: Readonly<Record<string, number>>,
): number[] =>
  shape.map((text) => {
    const [, factor, name] = /^(\d*)(\w+)$/.exec(text)!;
    return (factor === "" ? 1 : Number(factor)) * sizes[name!]!;
  });

const flat = (value: Value): number[] =>
  typeof value === "number" ? [value] : (value.flat() as number[]);

const rows = (data: readonly number[], count: number): number[][] => {
  const width = data.length / count;
  return Array.from({ length: count }, (_, i) =>
    data.slice(i * width, (i + 1) * width),
  );
};

/**
 * Outputs `[T, B, …]` and final states `[B, …]` (`h@2` for the second lag), as flat arrays.
 * `shapes` gives the extents of inputs and context, by name.
 */
export function runReference(
  reference: Reference,
  data: Numbers,
  shapes: Readonly<Record<string, readonly number[]>>,
): { outputs: Record<string, number[]>; states: Record<string, number[]> } {
  const { steps, batch, sizes } = data;
  const outputs: Record<string, number[]> = {};
  const states: Record<string, number[]> = {};
  const part = (array: Float64Array, index: number, of: number): number[] => {
    const width = array.length / of;
    return [...array.subarray(index * width, (index + 1) * width)];
  };
  const key = (name: string, lag: number): string =>
    lag === 1 ? name : `${name}@${lag}`;
  const perStep: Record<string, number[][][]> = {};
  for (const name of reference.outputs)
    perStep[name] = Array.from({ length: steps }, () => []);

  for (let b = 0; b < batch; b++) {
    const leaf = (t: number, name: string): readonly [number[], number[]] => {
      const param = data.params[name];
      if (param) return [[...param], extents(reference.params[name]!, sizes)];
      const input = data.inputs[name];
      if (input)
        return [part(input, t * batch + b, steps * batch), [...shapes[name]!]];
      const context = data.context[name];
      if (context) return [part(context, b, batch), [...shapes[name]!]];
      throw new Error(`${reference.cell} asks for ${name}`);
    };
    const held = new Map<string, number[]>();
    const frameAt = (step: number): Frame => ({
      sizes,
      t: data.t0 + step,
      number: (name) => leaf(step, name)[0][0]!,
      vector: (name): Vector => leaf(step, name)[0],
      matrix: (name): Matrix => {
        const [numbers, [count]] = leaf(step, name);
        return rows(numbers, count!);
      },
      previous: (name, lag = 1): Vector => held.get(key(name, lag))!,
      previousNumber: (name) => held.get(name)![0]!,
      previousMatrix: (name): Matrix =>
        rows(held.get(name)!, extents(reference.states[name]!, sizes)[0]!),
    });

    const start = reference.start?.(frameAt(0)) ?? {};
    for (const [name, shape] of Object.entries(reference.states))
      for (let lag = 1; lag <= (reference.lags?.[name] ?? 1); lag++) {
        const given = data.states[key(name, lag)];
        const size = extents(shape, sizes).reduce((a, n) => a * n, 1);
        const beginning = start[name];
        held.set(
          key(name, lag),
          given
            ? part(given, b, batch)
            : beginning === undefined
              ? Array.from({ length: size }, () => 0)
              : flat(beginning),
        );
      }

    for (let t = 0; t < steps; t++) {
      const over = data.lengths !== undefined && t >= data.lengths[b]!;
      const values = reference.step(frameAt(t));
      for (const name of reference.outputs) {
        const numbers = flat(values[name]!);
        perStep[name]![t]!.push(over ? numbers.map(() => 0) : numbers);
      }
      if (over) continue;
      for (const name of Object.keys(reference.states)) {
        for (let lag = reference.lags?.[name] ?? 1; lag > 1; lag--)
          held.set(key(name, lag), held.get(key(name, lag - 1))!);
        held.set(name, flat(values[name]!));
      }
    }
    for (const [name, numbers] of held) (states[name] ??= []).push(...numbers);
  }
  for (const name of reference.outputs) outputs[name] = perStep[name]!.flat(2);
  return { outputs, states };
}

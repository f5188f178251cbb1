/** Random numbers for a cell: the same for the same seed, in a range in which nothing saturates. */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { CellCotangents, CellData, NamedArrays } from "../ir/data.js";
import type { CellProgram, Initializer } from "../ir/program.js";
import { stateKey } from "../ir/program.js";
import { evaluateSize, shapeSize } from "../ir/size.js";
import type { Shape, Size } from "../ir/size.js";
import type { Sizes } from "./sizes.js";

export interface DataOptions {
  readonly steps: number;
  readonly batch: number;
  readonly seed: number;
  /** Entries of different lengths: the first has all steps, the others 1 to all. */
  readonly lengths?: boolean;
  /** States that are not given, so that they start as the cell says. */
  readonly withoutStates?: readonly string[];
  /** All inputs, contexts and states between 0.1 and 1: for cells that take logarithms of them. */
  readonly positive?: boolean;
}

class Source {
  readonly #generator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  real(from: number, to: number): number {
    return from + (to - from) * uniformFloat64(this.#generator);
  }

  whole(from: number, to: number): number {
    return uniformInt(this.#generator, from, to);
  }

  array(length: number, draw: () => number): Float64Array {
    const values = new Float64Array(length);
    for (let i = 0; i < length; i++) values[i] = draw();
    return values;
  }
}

/**
 * Parameters: near the size that their initialiser gives them, where it is a constant within 0.3 of it.
 * Inputs, contexts and states: between −1 and 1; tokens: all of the vocabulary. Buffers that the caller
 * gives: between 0.5 and 1.5, which suits masks, scales and periods.
 */
export function randomData(
  program: CellProgram,
  sizes: Sizes,
  options: DataOptions,
): CellData {
  const { steps, batch, seed } = options;
  const source = new Source(seed);
  const count = (shape: Shape): number => evaluateSize(shapeSize(shape), sizes);
  const signal = (
    rows: number,
    shape: Shape,
    vocabulary: Size | undefined,
  ): Float64Array => {
    if (vocabulary) {
      const last = evaluateSize(vocabulary, sizes) - 1;
      return source.array(rows * count(shape), () => source.whole(0, last));
    }
    return source.array(rows * count(shape), () =>
      source.real(options.positive ? 0.1 : -1, 1),
    );
  };
  const params = Object.fromEntries(
    program.params.map(({ name, shape, initializer }) => [
      name,
      source.array(
        count(shape),
        parameterDraw(source, initializer, shape, sizes),
      ),
    ]),
  );
  const buffers = Object.fromEntries(
    program.buffers
      .filter(({ value }) => value === undefined)
      .map(({ name, shape }) => [
        name,
        source.array(count(shape), () => source.real(0.5, 1.5)),
      ]),
  );
  const inputs = Object.fromEntries(
    program.inputs.map(({ name, shape, vocabulary }) => [
      name,
      signal(steps * batch, shape, vocabulary),
    ]),
  );
  const context = Object.fromEntries(
    program.contexts.map(({ name, shape }) => [
      name,
      signal(batch, shape, undefined),
    ]),
  );
  const states = Object.fromEntries(
    program.states.flatMap(({ name, shape, lag, vocabulary }) => {
      const keyed = Array.from(
        { length: lag },
        (_, i) =>
          [stateKey(name, i + 1), signal(batch, shape, vocabulary)] as const,
      );
      return options.withoutStates?.includes(name) ? [] : keyed;
    }),
  );
  const lengths = Int32Array.from({ length: batch }, (_, b) =>
    b === 0 ? steps : source.whole(Math.min(1, steps), steps),
  );
  return {
    sizes,
    steps,
    batch,
    t0: 0,
    params,
    buffers,
    inputs,
    context,
    states,
    ...(options.lengths ? { lengths } : {}),
  };
}

function parameterDraw(
  source: Source,
  initializer: Initializer,
  shape: Shape,
  sizes: Sizes,
): () => number {
  switch (initializer.kind) {
    case "constant":
      return () => initializer.value + source.real(-0.3, 0.3);
    case "normal":
      // Three uniform numbers add up to nearly a bell of variance 1 without its tails.
      return () =>
        initializer.mean +
        initializer.sd *
          (source.real(-1, 1) + source.real(-1, 1) + source.real(-1, 1));
    case "uniform":
      return () => source.real(initializer.from, initializer.to);
    case "glorot":
    case "he":
    case "orthogonal": {
      const fanIn = shape.at(-1) ? evaluateSize(shape.at(-1)!, sizes) : 1;
      const bound = Math.sqrt(3 / fanIn);
      return () => source.real(-bound, bound);
    }
  }
}

/** Between −1 and 1, for all outputs and all final states but tokens. */
export function randomCotangents(
  program: CellProgram,
  data: CellData,
  seed: number,
): CellCotangents {
  const source = new Source(seed);
  const draw = (rows: number, shape: Shape): Float64Array =>
    source.array(rows * evaluateSize(shapeSize(shape), data.sizes), () =>
      source.real(-1, 1),
    );
  return {
    outputs: Object.fromEntries(
      program.outputs.map(({ name, shape }) => [
        name,
        draw(data.steps * data.batch, shape),
      ]),
    ),
    states: Object.fromEntries(
      program.states
        .filter(({ vocabulary }) => vocabulary === undefined)
        .flatMap(({ name, lag, shape }) =>
          Array.from(
            { length: lag },
            (_, i) => [stateKey(name, i + 1), draw(data.batch, shape)] as const,
          ),
        ),
    ),
  };
}

/** A direction of ±1 for every number of the arrays. */
export function randomSigns(length: number, seed: number): Float64Array {
  const source = new Source(seed);
  return source.array(length, () => 2 * source.whole(0, 1) - 1);
}

/** `count` different positions below `length`, ascending; all of them where there are no more. */
export function samplePositions(
  length: number,
  count: number,
  seed: number,
): number[] {
  if (length <= count) return Array.from({ length }, (_, i) => i);
  const source = new Source(seed);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(source.whole(0, length - 1));
  return [...chosen].sort((a, b) => a - b);
}

/** A deep copy whose numbers may be changed. */
export const copyArrays = (arrays: NamedArrays): Record<string, Float64Array> =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [name, values.slice()]),
  );

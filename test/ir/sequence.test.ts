/** What a sequence means: lengths, lags, pieces of sequences, initial values. */
import { describe, expect, it } from "vitest";
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import type { CellData, NamedArrays } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { differentiate } from "../../src/passes/differentiate.js";
import { everything, HandMade, N } from "./cells.js";
import { expectClose } from "./close.js";

const sizes = { M: 5, N: 7, S: 3, V: 4 };
const perStep = ["x", "k"] as const;
const width: Record<string, number> = {
  x: 5,
  k: 1,
  h: 7,
  energy: 1,
  picked: 1,
};

/** Steps `from` to `to` of rows that have `count` numbers per step and entry. */
const part = (
  values: Float64Array,
  count: number,
  batch: number,
  from: number,
  to: number,
): Float64Array => values.slice(from * batch * count, to * batch * count);

const piece = (
  data: CellData,
  from: number,
  to: number,
  states: NamedArrays,
): CellData => ({
  ...data,
  steps: to - from,
  t0: data.t0 + from,
  states,
  inputs: Object.fromEntries(
    perStep.map((name) => [
      name,
      part(data.inputs[name]!, width[name]!, data.batch, from, to),
    ]),
  ),
});

/** One entry of a batch, cut to its own length. */
const single = (data: CellData, b: number, length: number): CellData => {
  const of = (arrays: NamedArrays, rows: number): NamedArrays =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, values]) => {
        const count = values.length / (rows * data.batch);
        const kept = Math.min(rows, rows === 1 ? 1 : length);
        const out = new Float64Array(kept * count);
        for (let t = 0; t < kept; t++)
          for (let i = 0; i < count; i++)
            out[t * count + i] = values[(t * data.batch + b) * count + i]!;
        return [name, out];
      }),
    );
  const { lengths: _, ...rest } = data;
  return {
    ...rest,
    batch: 1,
    steps: length,
    inputs: of(data.inputs, data.steps),
    context: of(data.context, 1),
    states: of(data.states, 1),
  };
};

describe("sequences", () => {
  it("can be run in pieces: six steps are three and three", () => {
    const cell = everything();
    const data = randomData(cell, sizes, { steps: 6, batch: 2, seed: 11 });
    const whole = new Interpreter(cell).forward(data);
    const first = new Interpreter(cell).forward(piece(data, 0, 3, data.states));
    const second = new Interpreter(cell).forward(
      piece(data, 3, 6, first.states),
    );
    for (const [name, values] of Object.entries(whole.outputs)) {
      expect(part(values, width[name]!, 2, 0, 3)).toEqual(first.outputs[name]);
      expect(part(values, width[name]!, 2, 3, 6)).toEqual(second.outputs[name]);
    }
    expect(second.states).toEqual(whole.states);
  });

  it("can be run step by step, where each piece is shorter than the lags", () => {
    const cell = everything();
    const data = randomData(cell, sizes, { steps: 5, batch: 2, seed: 12 });
    const whole = new Interpreter(cell).forward(data);
    let { states } = data;
    for (let t = 0; t < 5; t++)
      states = new Interpreter(cell).forward(
        piece(data, t, t + 1, states),
      ).states;
    expect(states).toEqual(whole.states);
  });

  it("has the chained gradients of its pieces", () => {
    const cell = everything();
    const adjoint = differentiate(cell);
    const data = randomData(cell, sizes, { steps: 5, batch: 2, seed: 13 });
    const cotangents = randomCotangents(cell, data, 14);
    const whole = new Interpreter(cell, { adjoint });
    whole.forward(data);
    const expected = whole.backward(cotangents);

    const first = new Interpreter(cell, { adjoint });
    const second = new Interpreter(cell, { adjoint });
    const middle = first.forward(piece(data, 0, 2, data.states)).states;
    second.forward(piece(data, 2, 5, middle));
    const of = (from: number, to: number): NamedArrays =>
      Object.fromEntries(
        Object.entries(cotangents.outputs).map(([name, values]) => [
          name,
          part(values, width[name]!, 2, from, to),
        ]),
      );
    const late = second.backward({
      outputs: of(2, 5),
      states: cotangents.states,
    });
    const early = first.backward({ outputs: of(0, 2), states: late.states });
    for (const [name, values] of Object.entries(expected.params))
      // h0 does not take part: the states are given.
      expectClose(
        early.params[name]!.map((value, i) => value + late.params[name]![i]!),
        values,
        1e-13,
      );
    for (const [key, values] of Object.entries(expected.states))
      expectClose(early.states[key]!, values, 1e-13);
    expectClose(
      Float64Array.of(...early.inputs.x!, ...late.inputs.x!),
      expected.inputs.x!,
      1e-13,
    );
  });

  it("with lengths is each entry alone; outputs after the end are zero", () => {
    const cell = everything();
    const adjoint = differentiate(cell);
    const data: CellData = {
      ...randomData(cell, sizes, { steps: 4, batch: 4, seed: 15 }),
      lengths: Int32Array.of(4, 0, 1, 2),
    };
    const cotangents = randomCotangents(cell, data, 16);
    const together = new Interpreter(cell, { adjoint });
    const result = together.forward(data);
    const grads = together.backward(cotangents);
    const sums: Record<string, Float64Array> = {};
    for (let b = 0; b < 4; b++) {
      const length = data.lengths![b]!;
      const alone = new Interpreter(cell, { adjoint });
      const one = single(data, b, length);
      const { outputs, states } = alone.forward(one);
      for (const [name, values] of Object.entries(result.outputs))
        for (let t = 0; t < 4; t++)
          for (let i = 0; i < width[name]!; i++)
            expect(values[(t * 4 + b) * width[name]! + i]).toBe(
              t < length ? outputs[name]![t * width[name]! + i] : 0,
            );
      for (const [key, values] of Object.entries(result.states))
        expect(
          values.slice(b * states[key]!.length, (b + 1) * states[key]!.length),
        ).toEqual(states[key]);
      const rows = single(
        { ...data, inputs: cotangents.outputs, states: cotangents.states },
        b,
        length,
      );
      const own = alone.backward({ outputs: rows.inputs, states: rows.states });
      for (const [key, values] of Object.entries(grads.states))
        expect(
          values.slice(
            b * own.states[key]!.length,
            (b + 1) * own.states[key]!.length,
          ),
        ).toEqual(own.states[key]);
      for (const [name, values] of Object.entries(own.params))
        sums[name] = (sums[name] ?? new Float64Array(values.length)).map(
          (value, i) => value + values[i]!,
        );
    }
    for (const [name, values] of Object.entries(grads.params))
      expectClose(values, sums[name]!, 1e-13);
  });

  it("of no steps passes states and their cotangents through", () => {
    const cell = everything();
    const interpreter = new Interpreter(cell, { adjoint: differentiate(cell) });
    const data = randomData(cell, sizes, { steps: 0, batch: 2, seed: 17 });
    const { states } = interpreter.forward(data);
    expect(states).toEqual(data.states);
    const cotangents = randomCotangents(cell, data, 18);
    expect(interpreter.backward(cotangents).states).toEqual(cotangents.states);
  });

  it("starts from what the caller gives, else from the declaration, else from zero", () => {
    const cell = new HandMade("Sum");
    cell.state("s", [N], 2, cell.param("s0", [N]));
    cell.state("n", []);
    const { b } = cell;
    cell.define("s", b.add(cell.past("s"), cell.past("s", 2)));
    cell.define("n", b.add(cell.past("n"), b.constant(1)));
    cell.output("s", "n");
    const program = cell.program([N]);
    const data: CellData = {
      ...randomData(program, { N: 1 }, { steps: 2, batch: 1, seed: 1 }),
      params: { s0: Float64Array.of(10) },
      states: { "s@2": Float64Array.of(3) },
    };
    const interpreter = new Interpreter(program, {
      adjoint: differentiate(program),
    });
    // s: 10 + 3, then 13 + 10.
    expect(interpreter.forward(data)).toEqual({
      outputs: { s: Float64Array.of(13, 23), n: Float64Array.of(1, 2) },
      states: {
        s: Float64Array.of(23),
        "s@2": Float64Array.of(13),
        n: Float64Array.of(2),
      },
    });
    // The last s is 2 s[-1] + s[-2], of which only s[-1] is s0.
    const grads = interpreter.backward({
      outputs: {},
      states: { s: Float64Array.of(1) },
    });
    expect(grads.params.s0).toEqual(Float64Array.of(2));
    expect(grads.states).toEqual({
      s: Float64Array.of(2),
      "s@2": Float64Array.of(1),
      n: Float64Array.of(0),
    });
  });
});

/** Every cell of the library against the equations of its paper, written again by hand in `reference/`. */
import { describe, expect, test } from "vitest";
import { randomData } from "../../src/gradcheck/index.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { evaluateSize, showShape } from "../../src/ir/size.js";
import type { Shape } from "../../src/ir/size.js";
import { library } from "./library.js";
import { references, runReference } from "./reference/index.js";
import { relativeDifference, settings } from "./settings.js";

/** Both sides calculate in float64, adding up in different orders. */
const tolerance = 1e-12;

const cells = library();

test("every cell has a reference, and every reference a cell", () => {
  expect([...cells.keys()].sort()).toEqual([...references.keys()].sort());
});

const written = (extents: readonly string[]): string =>
  showable(extents.map((text) => text.replace(/^(\d+)(\w)/, "$1*$2")));
const showable = (extents: readonly string[]): string =>
  `[${extents.join(", ")}]`;

describe.each([...cells.values()])("$program.name", ({ program }) => {
  const reference = references.get(program.name)!;

  test("has the parameters that its documentation promises", () => {
    const found = program.params.map(({ name, shape }) => [
      name,
      showShape(shape),
    ]);
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(
        Object.entries(reference.params).map(([name, shape]) => [
          name,
          written(shape),
        ]),
      ),
    );
  });

  test("carries the states of the paper", () => {
    expect(
      Object.fromEntries(
        program.states.map(({ name, shape, lag }) => [
          name,
          [showShape(shape), lag],
        ]),
      ),
    ).toEqual(
      Object.fromEntries(
        Object.entries(reference.states).map(([name, shape]) => [
          name,
          [showable(shape), reference.lags?.[name] ?? 1],
        ]),
      ),
    );
  });

  test.each(settings)("equations at $title", (setting) => {
    const sizes = setting.sizes(program);
    const extentsOf = (shape: Shape): number[] =>
      shape.map((size) => evaluateSize(size, sizes));
    const shapes = Object.fromEntries(
      [...program.inputs, ...program.contexts].map(({ name, shape }) => [
        name,
        extentsOf(shape),
      ]),
    );
    const interpreter = new Interpreter(program);
    for (const withoutStates of [[], program.states.map(({ name }) => name)]) {
      const data = {
        ...randomData(program, sizes, { ...setting, seed: 7, withoutStates }),
        t0: 3,
      };
      const found = interpreter.forward(data);
      const wanted = runReference(reference, data, shapes);
      expect(Object.keys(found.outputs)).toEqual(Object.keys(wanted.outputs));
      for (const [name, expected] of Object.entries(wanted.outputs))
        expect(
          relativeDifference(found.outputs[name]!, expected),
          `output ${name}`,
        ).toBeLessThanOrEqual(tolerance);
      for (const [name, expected] of Object.entries(wanted.states))
        expect(
          relativeDifference(found.states[name]!, expected),
          `state ${name}`,
        ).toBeLessThanOrEqual(tolerance);
    }
  });
});

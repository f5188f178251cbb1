import { describe, expect, it } from "vitest";
import {
  flatten,
  nest,
  numbers,
  outerShape,
  show,
} from "../../src/cli/run-arrays.js";

const axes = [{ name: "T", extent: 2 }, { extent: 3 }];

describe("nested arrays of JSON", () => {
  it("are read row by row", () => {
    expect(
      flatten(
        "input x",
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        axes,
        numbers,
      ),
    ).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
  });

  it("hold a plain number where the shape is []", () => {
    expect(flatten("parameter a", 7, [], numbers)).toEqual(Float64Array.of(7));
  });

  it("may be nested deeper than the stack, and are told briefly", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 20_000; i++) deep = [deep];
    expect(show(deep)).toBe("nested arrays or objects");
  });

  it("name both shapes where they differ", () => {
    expect(() => flatten("input x", [[1, 2, 3]], axes, numbers)).toThrow(
      "input x: expected shape [T=2, 3], got [1, 3]",
    );
    expect(() => flatten("input x", 5, axes, numbers)).toThrow(
      "input x: expected an array of shape [T=2, 3], got 5",
    );
    expect(() => flatten("parameter a", [7], [], numbers)).toThrow(
      "parameter a: expected shape [], got [1]",
    );
  });

  it("say where they are ragged", () => {
    expect(() =>
      flatten(
        "input x",
        [
          [1, 2, 3],
          [4, 5],
        ],
        axes,
        numbers,
      ),
    ).toThrow("input x: ragged array; x[1] has 2 elements, expected 3");
    expect(() => flatten("input x", [[1, 2, 3], 4], axes, numbers)).toThrow(
      "x[1] is 4, expected 3",
    );
  });

  it.each([null, "1", true, [1], {}, Infinity, -Infinity, NaN])(
    "hold finite numbers alone, not %j",
    (value) => {
      expect(() =>
        flatten(
          "input x",
          [
            [1, 2, 3],
            [4, value, 6],
          ],
          axes,
          numbers,
        ),
      ).toThrow("x[1][1]");
    },
  );

  it("hold tokens of the vocabulary", () => {
    const tokens = { kind: "tokens", vocabulary: 4 } as const;
    const read = (value: number) =>
      flatten("input k", [value], [{ extent: 1 }], tokens);
    expect(read(3)).toEqual(Float64Array.of(3));
    for (const wrong of [4, -1, 0.5])
      expect(() => read(wrong)).toThrow("whole numbers from 0 to 3");
  });

  it("nested too deep are not followed", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(outerShape(deep)).toHaveLength(6);
    expect(() => flatten("input x", deep, axes, numbers)).toThrow("shape");
  });

  it("come out as they went in", () => {
    const value = [[[1, 2]], [[3, -0.1]], [[1e-300, 4]]];
    const shape = [{ extent: 3 }, { extent: 1 }, { extent: 2 }];
    const flat = flatten("input x", value, shape, numbers);
    expect(JSON.parse(nest(flat, [3, 1, 2]))).toEqual(value);
    expect(nest(Float64Array.of(5), [])).toBe("5");
    expect(nest(Float64Array.of(NaN, Infinity), [2])).toBe("[null,null]");
  });
});

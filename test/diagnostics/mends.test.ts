/** Messages whose mend is a line to write: it is shown, and what it says compiles. */
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.js";

const helps = (text: string): (string | undefined)[] =>
  compile(text).diagnostics.map(({ help }) => help);

const codes = (text: string): string[] =>
  compile(text).diagnostics.map(({ code }) => code);

describe("a mend", () => {
  it.each([
    ["pick(p, 0)", "sum(slice(p, 0, 1))"],
    ["pick(p, N - 1)", "sum(slice(p, N-1, N))"],
    ["pick(p * 2, 3)", "sum(slice(p * 2, 3, 4))"],
  ])("for the constant element %s", (wrong, right) => {
    const cell = (value: string): string =>
      `cell A { input p: [N] y = ${value} output y }`;
    expect(helps(cell(wrong))).toEqual([`for a constant write \`${right}\``]);
    expect(codes(cell(right))).toEqual([]);
  });

  it("names the sources of `affine` that have no name, each another way", () => {
    const cell = (first: string, second: string, lines = ""): string =>
      `cell A { input x, r, h: [N] ${lines} y: [K] = affine(x, ${first}, ${second}) output y }`;
    expect(helps(cell("r * h", "r +\n h"))).toEqual([
      "name it in a line of its own, `y_part = r * h`, and write `y_part` here",
      "name it in a line of its own, `y_part2 = r + h`, and write `y_part2` here",
    ]);
    expect(
      codes(cell("y_part", "y_part2", "y_part = r * h y_part2 = r + h")),
    ).toEqual([]);
  });

  it.each(["linear(x)", "tanh(affine(x))", "linear(x) + affine(z)"])(
    "says that %s is a vector",
    (value) => {
      const [help] = helps(
        `cell A { input x, z: [M] u: [H, P] = ${value} output u }`,
      );
      expect(help).toContain("`affine` and `linear` of a vector are a vector");
    },
  );

  it.each([
    ["sort(x)", "no sorting"],
    ["inverse(A)", "no decompositions"],
    ["inv(A)", "no decompositions"],
    ["diag(x)", "`v * x`"],
    ["eye(3)", "`buffer I: [N, N]`"],
    ["transpose(A)", "`.T`"],
    ["std(x)", "`sqrt(var(v))`"],
  ])("for %s, which the language does not have", (value, mend) => {
    const [help] = helps(
      `cell A { input x: [N] input A: [N, N] y = ${value} output y }`,
    );
    expect(help).toContain(mend);
  });

  it.each([
    "where(x > 0, A[y, z], 1)",
    "clamp(A[y, z], 0, 1)",
    "tanh(A[0, 1])",
  ])("comes alone for brackets that are wrong: %s", (value) => {
    const text = `cell A { input x, y, z: [N] input A: [N, N] u = ${value} output u }`;
    expect(codes(text)).not.toContain("C203");
    expect(codes(text)[0]).toBe("C108");
  });
});

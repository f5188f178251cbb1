/** Large, deep and explosive specs end in a program or in a diagnostic, soon. */
import { describe, expect, it } from "vitest";
import { compileText } from "./support.js";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const lines = (n: number, line: (i: number) => string) =>
  range(n).map(line).join("\n");
const codes = (text: string) => [
  ...new Set(compileText(text).diagnostics.map(({ code }) => code)),
];

describe("long specs", () => {
  const n = 3000;
  it.each([
    [
      "definitions, written backwards",
      `input x: [M] d0 = x ${range(n)
        .map((i) => `d${i + 1} = tanh(d${i})`)
        .toReversed()
        .join("\n")} output d${n}`,
    ],
    [
      "definitions, each of the past of the next",
      `input x: [M] ${lines(n, (i) => `d${i} = tanh(d${i + 1}[t-1])`)} d${n} = x output d0`,
    ],
    [
      "buffers",
      `input x: [M] buffer b0: [M] = 1 ${lines(n, (i) => `buffer b${i + 1}: [M] = b${i} + 1`)} y = x * b${n} output y`,
    ],
  ])("%s", (_, body) => {
    const { cells, diagnostics } = compileText(`cell A { ${body} }`);
    expect(diagnostics).toEqual([]);
    expect(cells).toHaveLength(1);
  });

  /** More than JavaScript takes in one call, which a spread of them would be. */
  it.each([
    ["a function of the prelude", "max", "C906"],
    ["a function of the file", "f", "C906"],
    ["an unknown name", "nowhere", "C202"],
  ])(
    "counts the arguments of %s",
    (_, name, code) => {
      const args = Array.from({ length: 150_000 }, () => "x").join(",");
      const text = `fn f(x) = x cell A { input x: [] y = ${name}(${args}) output y }`;
      expect(codes(text)[0]).toBe(code);
    },
    60_000,
  );

  it("prints a long circle", () => {
    const text = `cell A { input x: [M] ${lines(n, (i) => `d${i} = x + d${(i + 1) % n}`)} output d0 }`;
    expect(codes(text)).toEqual(["C401"]);
  });

  it("takes constants in the order of the text, and refuses a deep chain of later ones", () => {
    const chain = range(n).map((i) => `const c${i + 1} = c${i} + 1`);
    const cell = `cell A { input x: [] y = c${n} * x output y }`;
    expect(codes(["const c0 = 1", ...chain, cell].join("\n"))).toEqual([]);
    expect(
      codes(["const c0 = 1", ...chain].toReversed().join("\n") + cell),
    ).toEqual(["C903"]);
  });
});

describe("functions that grow", () => {
  const cell = (name: string) =>
    `cell A { input x: [M] y = ${name}(x) output y }`;

  it("refuses doubling at forty levels", () => {
    const text = `fn f0(a) = tanh(a)
      ${lines(40, (i) => `fn f${i + 1}(a) = f${i}(a) + f${i}(a)`)}
      ${cell("f40")}`;
    expect(codes(text)).toEqual(["C906"]);
  });

  it("refuses doubling without arguments, even of what is wrong", () => {
    const text = `fn f0() = unknown
      ${lines(40, (i) => `fn f${i + 1}() = f${i}() + f${i}()`)}
      cell A { input x: [] y = x + f40() output y }`;
    expect(codes(text)).toContain("C201");
  });

  it("refuses a chain of thousands", () => {
    const text = `fn f0(a) = tanh(a)
      ${lines(3000, (i) => `fn f${i + 1}(a) = f${i}(a) + 1`)}
      ${cell("f3000")}`;
    expect(codes(text)).toEqual(["C903"]);
  });

  it("allows hundreds of levels", () => {
    const text = `fn f0(a) = tanh(a)
      ${lines(200, (i) => `fn f${i + 1}(a) = f${i}(a) + 1`)}
      ${cell("f200")}`;
    expect(codes(text)).toEqual([]);
  });
});

describe("sizes", () => {
  it("refuses products of sums without end", () => {
    const size = range(40)
      .map((i) => `(a${i} + b${i})`)
      .join(" * ");
    expect(codes(`cell A { input x: [${size}] y = x output y }`)).toEqual([
      "C313",
    ]);
  });

  it("refuses a lag beyond all use", () => {
    expect(codes("cell A { input x: [] y = x[t-100000] output y }")).toEqual([
      "C905",
    ]);
    expect(
      codes(`fn late(v) = v[t-900]
        cell A { input x: [] y = late(x[t-900]) output y }`),
    ).toEqual(["C905"]);
  });
});

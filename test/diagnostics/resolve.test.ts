import { describe, expect, test } from "vitest";
import { DiagnosticBag } from "../../src/diagnostics/bag.js";
import { resolveFiles } from "../../src/dsl/resolve.js";
import { memoryHost } from "./support.js";

function resolve(
  files: Readonly<Record<string, string>>,
  entries: readonly string[] = ["a.cell"],
) {
  const bag = new DiagnosticBag();
  const { cells, scopes } = resolveFiles(entries, memoryHost(files), bag);
  return {
    cells,
    scopes,
    cell: (name: string) => {
      const found = cells.find((cell) => cell.name === name);
      if (found === undefined) throw new Error(`there is no cell ${name}`);
      return found;
    },
    codes: bag.diagnostics.map(({ code }) => code),
  };
}

const base = `
cell Base {
  input x: [M]
  state h: [N]
  const k = 1
  gate z = x
  gate i = x
  h = z * i
  output h
}
`;

describe("a derived cell", () => {
  test("replaces items of the same name and kind where they stood", () => {
    const { cell } = resolve({
      "a.cell": `${base} cell D extends Base { gate i = 2 * x  q = h  const k = 2  output q }`,
    });
    const { definitions, declarations, constants, output } = cell("D");
    expect(
      definitions.map(({ item, own }) => `${item.name.name} ${own}`),
    ).toEqual(["z false", "i true", "h false", "q true"]);
    expect(declarations.every(({ own }) => !own)).toBe(true);
    expect(constants.map(({ own }) => own)).toEqual([true]);
    expect(output?.item.names.map(({ name }) => name)).toEqual(["q"]);
  });

  test("ends a fix of the base by a definition of its own", () => {
    const { cell } = resolve({
      "a.cell": `${base}
        cell D extends Base { fix i, z = 1 }
        cell E extends D { gate i = x }
        cell F extends E { fix i = 0 }`,
    });
    const fixed = (name: string) =>
      cell(name).fixes.map(({ item }) => item.names.map(({ name }) => name));
    expect(fixed("D")).toEqual([["i", "z"]]);
    expect(fixed("E")).toEqual([["z"]]);
    expect(fixed("F")).toEqual([["z"], ["i"]]);
  });

  test("knows what its bases declared", () => {
    const { cell } = resolve({
      "a.cell": `${base} cell D extends Base { q = h } cell E extends D { }`,
    });
    expect(cell("E").inheritedNames.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["x", "h", "z", "i", "q"]),
    );
  });

  test("of a broken base is broken too", () => {
    const { cell } = resolve({
      "a.cell": "cell A { y = ( } cell B extends A { }",
    });
    expect(cell("B").declaration.broken).toBe(true);
  });

  test("stands before its base as well as after", () => {
    const { cells, codes } = resolve({
      "a.cell": `cell D extends Base { q = h }${base}`,
    });
    expect(cells.map(({ name }) => name)).toEqual(["D", "Base"]);
    expect(codes).toEqual([]);
  });

  test("may say a shape in another way", () => {
    const { codes } = resolve({
      "a.cell": `
        cell A { param b: [2*N + M/2, N]  y = b  output y }
        cell B extends A { param b: [M*0.5 + N + N, N*M/M] }`,
    });
    expect(codes).toEqual([]);
  });

  test("may change the shape of what it defines itself", () => {
    const { codes } = resolve({
      "a.cell": `
        cell A { param b: [N]  y = 2 * b  output y }
        cell B extends A { param b: [M]  y = b }`,
    });
    expect(codes).toEqual([]);
  });
});

describe("imports", () => {
  const library = `
    const rate = 0.5
    fn half(v) = rate * v
    cell Base { input x: []  y = half(x)  output y }`;

  test("bring cells that keep the names of their own file", () => {
    const { cell, codes } = resolve({
      "lib/base.cell": library,
      "a.cell": `import { Base } from "./lib/base.cell"
        fn half(v) = v
        cell D extends Base { z = half(x) }`,
    });
    expect(codes).toEqual([]);
    const [inherited, own] = cell("D").definitions;
    expect(inherited?.scope.file).toBe("lib/base.cell");
    expect(inherited?.scope.constants.has("rate")).toBe(true);
    expect(own?.scope.file).toBe("a.cell");
    expect(own?.scope.functions.get("half")?.scope.file).toBe("a.cell");
  });

  test("bring functions and constants", () => {
    const { scopes } = resolve({
      "lib.cell": library,
      "a.cell": `import { half, rate } from "./lib.cell"`,
    });
    expect(scopes[0]?.functions.get("half")?.scope.file).toBe("lib.cell");
    expect(scopes[0]?.constants.has("rate")).toBe(true);
  });

  test("yield no cells of their own", () => {
    const { cells } = resolve({
      "lib.cell": library,
      "a.cell": `import { Base } from "./lib.cell" cell D extends Base { }`,
    });
    expect(cells.map(({ name }) => name)).toEqual(["D"]);
  });

  test("may meet in one file, which is read once", () => {
    const { codes } = resolve({
      "lib.cell": `${library} cell Bad { ( }`,
      "b.cell": `import { Base } from "./lib.cell" cell B extends Base { }`,
      "a.cell": `import { Base } from "./lib.cell"
        import { B } from "./b.cell" cell D extends B { } cell E extends Base { }`,
    });
    expect(codes).toEqual(["C101"]);
  });

  test("that fail cause no further problems", () => {
    const { codes } = resolve({
      "a.cell": `import { Base, half } from "./nowhere.cell"
        cell D extends Base { }`,
    });
    expect(codes).toEqual(["C122"]);
  });

  test("of entry files in a circle are reported once", () => {
    const files = {
      "a.cell": `import { B } from "./b.cell" cell A { input x: [] output x }`,
      "b.cell": `import { A } from "./a.cell" cell B { input x: [] output x }`,
    };
    const { codes, cells } = resolve(files, ["a.cell", "b.cell", "a.cell"]);
    expect(codes).toEqual(["C123"]);
    expect(cells.map(({ name }) => name)).toEqual(["A", "B"]);
  });
});

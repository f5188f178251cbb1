import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { listCatalogue } from "../../src/diagnostics/catalogue.js";
import { problemLimit } from "../../src/diagnostics/bag.js";
import { fileSizeLimit } from "../../src/dsl/limits.js";
import { diagnose, folderHost, memoryHost } from "./support.js";

const folder = join(import.meta.dirname, "cases");
const cases = readdirSync(folder)
  .filter((name) => name.endsWith(".cell"))
  .map((name) => basename(name, ".cell"));

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join("\n");

const cell = (definition: string): string =>
  `cell Cell {\n  input x: [M]\n  ${definition}\n  output y\n}\n`;

/** Problems whose files are too large, or not text, to stand among the cases. */
const made: Readonly<
  Record<
    string,
    {
      files: Readonly<Record<string, string | Uint8Array>>;
      message: string | RegExp;
      /** Line and column as the frame gives them. */
      place: string;
      defines?: Readonly<Record<string, number>>;
    }
  >
> = {
  C120: {
    files: { "a.cell": Uint8Array.of(0x61, 0xc3, 0xa9, 0x20, 0xff, 0x20) },
    message: "the file is not UTF-8, the byte at 4 is wrong",
    place: "a.cell:1:4",
  },
  C121: {
    files: {},
    message: "the file `a.cell` cannot be read",
    place: "a.cell",
  },
  C216: {
    files: { "a.cell": cell("const rate = 2\n  y = rate * x") },
    message: "there is no constant `rat` to define",
    place: "a.cell:1:1",
    defines: { rat: 1 },
  },
  C901: {
    files: { "a.cell": cell(`y = ${"(".repeat(201)}x${")".repeat(201)}`) },
    message: "brackets are nested more than 200 deep",
    // The brace of the cell is the first of the 200.
    place: "a.cell:3:206",
  },
  C902: {
    files: { "a.cell": " ".repeat(fileSizeLimit + 1) },
    message: "the file has more than the 1048576 bytes that are allowed",
    place: "a.cell:1:1",
  },
  C903: {
    files: { "a.cell": cell(`y = x${" + x".repeat(501)}`) },
    message: "the expression is more than 500 operations deep",
    place: "a.cell:3:7",
  },
  C904: {
    files: { "a.cell": cell(lines(300, (i) => `v${i} = unknown${i}`)) },
    message: `more than ${problemLimit} problems, the rest is not shown`,
    place: "a.cell:202:8",
  },
  C906: {
    files: {
      "a.cell":
        "fn f0(a) = a + a\n" +
        lines(30, (i) => `fn f${i + 1}(a) = f${i}(a) * f${i}(a + 1)`) +
        cell("y = f30(x)"),
    },
    message: /^the cell has more than \d+ operations once its functions/,
    // Which of the calls meets the limit depends on the order of the work.
    place: "a.cell:",
  },
  C907: {
    files: Object.fromEntries(
      Array.from({ length: 120 }, (_, i) => [
        i === 0 ? "a.cell" : `f${i}.cell`,
        `import { k } from "./f${i + 1}.cell"\nconst k = 1\n`,
      ]),
    ),
    message: "more than 100 files import each other in a row",
    place: "f99.cell:1:19",
  },
  C908: {
    files: {
      "a.cell": `${lines(120, (i) => `cell K${i} extends K${i + 1} { }`)}\ncell K120 { input x: [] output x }`,
    },
    message: "more than 100 cells extend each other in a row",
    place: "a.cell:1:6",
  },
  C909: {
    files: {
      "a.cell": `cell A { input x: [] ${lines(2000, (i) => `d${i} = x`)} output x }\n${lines(60, (i) => `cell K${i} extends A { }`)}`,
    },
    message:
      "all cells together have more than 100000 items, inherited ones counted in each",
    place: "a.cell:2049:6",
  },
};

describe("the catalogue", () => {
  test("has a test for every problem", () => {
    const tested = [...cases, ...Object.keys(made)].sort();
    expect(listCatalogue().map(({ code }) => code)).toEqual(tested);
  });

  test("uses every number once", () => {
    const codes = listCatalogue().map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe("a problem prints as expected", () => {
  // The texts are renewed by `npx vitest run test/diagnostics -u`.
  test.each(cases)("%s", async (code) => {
    const { text, codes } = diagnose(folderHost(folder), [`${code}.cell`]);
    expect(codes).toContain(code);
    await expect(text).toMatchFileSnapshot(join(folder, `${code}.txt`));
  });

  test.each(Object.entries(made))(
    "%s",
    (code, { files, message, place, defines }) => {
      const { text, diagnostics } = diagnose(
        memoryHost(files),
        ["a.cell"],
        defines,
      );
      const found = diagnostics.find((each) => each.code === code);
      expect(found?.message).toMatch(message);
      expect(text).toContain(`[${code}]: ${found?.message}\n  ${place}`);
    },
  );
});

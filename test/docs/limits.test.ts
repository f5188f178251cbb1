/** The limits that the language reference states are those of the compiler. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { problemLimit } from "../../src/diagnostics/bag.js";
import * as limits from "../../src/dsl/limits.js";

const rows = new Map(
  readFileSync("docs/language.md", "utf8")
    .split("\n## Limits\n")[1]!
    .split("\n")
    .flatMap((line) => {
      const [, what, number] =
        /^\| (\S.*?) +\| (\d[\d ]*?)( MiB)? *\|$/.exec(line) ?? [];
      return what === undefined
        ? []
        : [[what, Number(number!.replaceAll(" ", ""))] as const];
    }),
);

describe("documented limits", () => {
  it("are the compiler's", () => {
    expect(Object.fromEntries(rows)).toEqual({
      "size of a file": limits.fileSizeLimit / 2 ** 20,
      "brackets within brackets": limits.nestingLimit,
      "operations within operations in one expression":
        limits.expressionDepthLimit,
      "operations within operations after functions are written out":
        limits.writtenOutDepthLimit,
      "operations of a cell after functions are written out": limits.stepLimit,
      "items of all cells of one run, inherited ones counted in each":
        limits.itemsLimit,
      "the same of all cells of one run": limits.stepBudget,
      "steps that `[t-k]` reaches back": limits.lagLimit,
      "files importing each other, cells extending each other, constants using each other, in a row":
        limits.importLimit,
      "terms of a sum of sizes": limits.sizeTermsLimit,
      "arguments of `concat`": limits.concatLimit,
      "arguments of `min` and `max`": limits.extremesLimit,
      "problems shown in one run": problemLimit,
    });
    expect(limits.inheritanceLimit).toBe(limits.importLimit);
    expect(limits.constantsLimit).toBe(limits.importLimit);
  });

  it("are all documented", () => {
    // Two more for `extends` and constants, one less for problems, which are counted elsewhere.
    expect(Object.keys(limits)).toHaveLength(rows.size + 2 - 1);
  });
});

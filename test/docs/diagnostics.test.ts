/** `docs/diagnostics.md` is made from the catalogue: `UPDATE_DOCS=1 npx vitest run test/docs` writes it anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import { expect, test } from "vitest";
import { listCatalogue } from "../../src/diagnostics/catalogue.js";

const page = new URL("../../docs/diagnostics.md", import.meta.url);

const families: Readonly<Record<string, string>> = {
  C1: "Syntax and files",
  C2: "Names and calls",
  C3: "Shapes, sizes, kinds of values",
  C4: "Structure of a cell",
  C9: "Limits",
  W0: "Warnings",
};

function write(): Promise<string> {
  const entries = listCatalogue();
  const sections = Object.entries(families).map(([prefix, title]) => {
    const rows = entries
      .filter(({ code }) => code.startsWith(prefix))
      .map(({ code, summary }) => `| ${code} | ${summary} |`);
    return `## ${title}\n\n| code | means |\n|---|---|\n${rows.join("\n")}\n`;
  });
  return format(
    `# Diagnostics

Every problem that the compiler reports has a code. Errors start with C, warnings with W; a spec with warnings alone compiles.
This page is made from the compiler's own catalogue.

${sections.join("\n")}`,
    { parser: "markdown" },
  );
}

test("every code has its line, and no line is without a code", async () => {
  const text = await write();
  if (process.env["UPDATE_DOCS"]) writeFileSync(page, text);
  expect(readFileSync(page, "utf8")).toBe(text);
  expect(
    listCatalogue().filter(({ code }) => !families[code.slice(0, 2)]),
  ).toEqual([]);
});

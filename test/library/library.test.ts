/** The front door, by the name under which a user imports it. */
import { check, compile, gradcheck } from "cellc";
import { describe, expect, it } from "vitest";

const rnn =
  "cell RNN { input x: [M] state h: [N] h = tanh(affine(x, h[t-1])) output h }";

describe("compile", () => {
  it("gives cells with their files", () => {
    const { cells, diagnostics } = compile(rnn);
    expect(diagnostics).toEqual([]);
    expect(cells.map(({ name }) => name)).toEqual(["RNN"]);
    expect(Object.keys(cells[0]!.files)).toEqual([
      "rnn.js",
      "rnn.d.ts",
      "rnn/ts.ts",
      "rnn/ts.js",
    ]);
    expect(cells[0]!.files["rnn.js"]).toContain("from cell.cell, cell RNN");
  });

  it.each([
    "",
    "cell",
    "cell A {",
    "}",
    "cell A { output y }",
    "\0",
    "𝕏".repeat(99),
  ])("answers %j with diagnostics", (text) => {
    const { cells, diagnostics } = compile(text);
    expect(cells).toEqual([]);
    if (text !== "") expect(diagnostics.length).toBeGreaterThan(0);
  });

  it("imports through a host, and not without one", () => {
    const text = `import { RNN } from "./rnn.cell" cell Two extends RNN { h = sigmoid(affine(x, h[t-1])) }`;
    expect(compile(text).diagnostics[0]!.message).toContain("rnn.cell");
    const { cells, diagnostics } = compile(text, {
      file: "specs/two.cell",
      host: {
        resolve: (from, path) => `${from} → ${path}`,
        read: (path) =>
          path === "specs/two.cell → ./rnn.cell"
            ? new TextEncoder().encode(rnn)
            : undefined,
      },
    });
    expect(diagnostics).toEqual([]);
    expect(cells.map(({ name }) => name)).toEqual(["Two"]);
  });

  it("takes values of constants, and names of cells", () => {
    const text = `${rnn} cell Scaled { const a = 2 input x: [] y = a * x output y }`;
    const { cells } = compile(text, { defines: { a: 3 }, cells: ["Scaled"] });
    expect(cells.map(({ name }) => name)).toEqual(["Scaled"]);
    expect(cells[0]!.files["scaled/ts.js"]).toMatch(/\b3 \*|\* 3\b/);
  });
});

describe("a compilation with errors", () => {
  it("has no cells, not even those that have none", () => {
    const { cells, diagnostics } = compile(
      "cell A { input x: [N] y = x output y } cell B { input x: [N] y = z output y }",
    );
    expect(cells).toEqual([]);
    expect(diagnostics.map(({ code }) => code)).toContain("C201");
  });
});

describe("check", () => {
  it("gives problems as data and as text", () => {
    expect(check(rnn)).toEqual({ ok: true, diagnostics: [], text: "" });
    const { ok, diagnostics, text } = check(rnn.replace("x,", "u,"), {
      file: "my.cell",
    });
    expect(ok).toBe(false);
    expect(diagnostics[0]!.severity).toBe("error");
    expect(text).toContain("my.cell:1:");
  });
});

describe("gradcheck", () => {
  it("proves all cells of a text", () => {
    const { ok, summary, reports } = gradcheck(rnn, {
      sizes: { N: 3 },
      steps: 3,
    });
    expect(ok, summary).toBe(true);
    expect(reports[0]).toMatchObject({ cell: "RNN", backend: "ts", steps: 3 });
    expect(reports[0]!.sizes["N"]).toBe(3);
  });

  it("proves a compiled cell, with the interpreter too", () => {
    const cell = compile(rnn).cells[0]!;
    const { ok, reports } = gradcheck(cell, { backend: "interpreter" });
    expect(ok).toBe(true);
    expect(reports[0]!.backend).toBe("interpreter");
  });

  it("says what is wrong with a spec", () => {
    const { ok, summary, reports } = gradcheck(rnn.replace("x,", "u,"));
    expect(ok).toBe(false);
    expect(reports).toEqual([]);
    expect(summary).toContain("error[");
    expect(gradcheck("").ok).toBe(false);
  });
});

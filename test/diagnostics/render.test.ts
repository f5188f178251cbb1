import { describe, expect, test } from "vitest";
import { DiagnosticBag } from "../../src/diagnostics/bag.js";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.js";
import { Lines } from "../../src/diagnostics/lines.js";
import { nearest } from "../../src/diagnostics/nearest.js";
import { render, renderAll, toJson } from "../../src/diagnostics/render.js";

const at = (text: string, part: string, file = "a.cell") => {
  const start = text.indexOf(part);
  return { file, start, end: start + part.length };
};

const problem = (
  text: string,
  part: string,
  more: Partial<Diagnostic> = {},
): Diagnostic => ({
  code: "C000",
  severity: "error",
  message: "something is wrong",
  span: at(text, part),
  labels: [],
  notes: [],
  help: undefined,
  fix: undefined,
  ...more,
});

const draw = (text: string, diagnostic: Diagnostic): string[] =>
  render(diagnostic, new Map([["a.cell", text]])).split("\n");

describe("a frame", () => {
  test("underlines the problem and its labels, with texts below", () => {
    const text = "first\n  y = left + right";
    const lines = draw(
      text,
      problem(text, "+", {
        labels: [
          { span: at(text, "left"), text: "[N]" },
          { span: at(text, "right"), text: "[P]" },
        ],
        notes: [{ text: "said here", span: at(text, "first") }],
        help: "mend it",
      }),
    );
    expect(lines).toEqual([
      "error[C000]: something is wrong",
      "  a.cell:2:12",
      "2 │   y = left + right",
      "  │       ──── ^ ─────",
      "  │       [N]    [P]",
      "note: said here: a.cell:1:1",
      "help: mend it",
      "",
    ]);
  });

  test("gives texts that would touch rows of their own", () => {
    const text = "a+b";
    const lines = draw(
      text,
      problem(text, "+", {
        labels: [
          { span: at(text, "a"), text: "[N, M]" },
          { span: at(text, "b"), text: "[P]" },
        ],
      }),
    );
    expect(lines.slice(2, 6)).toEqual([
      "1 │ a+b",
      "  │ ─^─",
      "  │ [N, M]",
      "  │   [P]",
    ]);
  });

  test("shows labels on lines nearby, and a note for those far away", () => {
    const text = `far\n${"\n".repeat(20)}before\n\nhere\nafter`;
    const lines = draw(
      text,
      problem(text, "here", {
        labels: [
          { span: at(text, "before"), text: "one" },
          { span: at(text, "after"), text: "two" },
          { span: at(text, "far"), text: "three" },
          { span: { file: "b.cell", start: 0, end: 1 }, text: "four" },
        ],
      }),
    );
    expect(lines.slice(1)).toEqual([
      "  a.cell:24:1",
      "22 │ before",
      "   │ ──────",
      "   │ one",
      "   ⋮",
      "24 │ here",
      "   │ ^^^^",
      "25 │ after",
      "   │ ─────",
      "   │ two",
      "note: three: a.cell:1:1",
      "note: four: b.cell",
      "",
    ]);
  });

  test("keeps underlines below tabs, wide and combined characters", () => {
    const text = "\ta = 速度 + e\u0301 + x";
    const lines = draw(text, problem(text, "x"));
    const column = [..."    a = 速度 + e + "].length + 2;
    expect(lines[2]).toBe("1 │     a = 速度 + e\u0301 + x");
    expect(lines[3]).toBe(`  │ ${" ".repeat(column)}^`);
  });

  test("shows the part of a long line around the problem", () => {
    const text = `${"x + ".repeat(1000)}here${" + x".repeat(1000)}`;
    const [, place, source, marks] = draw(text, problem(text, "here"));
    expect(place).toBe("  a.cell:1:4001");
    expect(source!.length).toBeLessThan(180);
    expect(source).toMatch(/^1 │ ….*here.*…$/);
    expect(
      source!.slice(marks!.indexOf("^"), marks!.lastIndexOf("^") + 1),
    ).toBe("here");
  });

  test("points one past the end of a line where something is missing", () => {
    const text = "y = (a\nz = b";
    const span = { file: "a.cell", start: 6, end: 6 };
    const lines = draw(text, problem(text, "a", { span }));
    expect(lines.slice(2, 4)).toEqual(["1 │ y = (a", "  │       ^"]);
  });

  test("ends with the line of a problem that spans several", () => {
    const text = "y = f(a,\n  b)";
    const lines = draw(text, problem(text, "f(a,\n  b)"));
    expect(lines.slice(2, 4)).toEqual(["1 │ y = f(a,", "  │     ^^^^"]);
  });

  test("lets nothing from the source reach the terminal", () => {
    const text = "a\u001b[2Jb \u202e c";
    const diagnostic = problem(text, "c", { message: "\u001b[31mred" });
    for (const line of draw(text, diagnostic))
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test("is left out for a file whose text is not known", () => {
    const span = { file: "gone.cell", start: 3, end: 4 };
    expect(draw("", problem("", "", { span }))).toEqual([
      "error[C000]: something is wrong",
      "  gone.cell",
      "",
    ]);
  });
});

test("colours wrap the parts, not the widths", () => {
  const text = "y = x";
  const wrap = (name: string) => (inner: string) => `<${name}>${inner}</>`;
  const colored = render(
    problem(text, "x", { severity: "warning", help: "mend it" }),
    new Map([["a.cell", text]]),
    {
      error: wrap("error"),
      warning: wrap("warning"),
      note: wrap("note"),
      help: wrap("help"),
      frame: wrap("frame"),
      bold: wrap("bold"),
    },
  );
  expect(colored).toContain(
    "<warning>warning[C000]</>: <bold>something is wrong</>",
  );
  expect(colored).toContain("<help>help</>: mend it");
  expect(colored.replace(/<\/?[a-z]*>/g, "")).toBe(
    draw(
      text,
      problem(text, "x", { severity: "warning", help: "mend it" }),
    ).join("\n"),
  );
});

test("all problems stand apart by an empty line", () => {
  const text = "y = x";
  const two = [problem(text, "y"), problem(text, "x")];
  expect(renderAll(two, new Map([["a.cell", text]]))).toMatch(
    /\^\n\nerror\[C000\]/,
  );
});

test("JSON has lines and columns of every place", () => {
  const text = "one\r\ntwo 速 three";
  const diagnostic = problem(text, "three", {
    labels: [{ span: at(text, "one"), text: "label" }],
    notes: [{ text: "note" }, { text: "other", span: at(text, "two") }],
    fix: { span: at(text, "three"), replacement: "four" },
  });
  const [json] = toJson([diagnostic], new Map([["a.cell", text]]));
  expect(JSON.parse(JSON.stringify(json))).toEqual({
    code: "C000",
    severity: "error",
    message: "something is wrong",
    span: {
      file: "a.cell",
      start: 11,
      end: 16,
      from: { line: 2, column: 7 },
      to: { line: 2, column: 12 },
    },
    labels: [
      {
        text: "label",
        span: {
          file: "a.cell",
          start: 0,
          end: 3,
          from: { line: 1, column: 1 },
          to: { line: 1, column: 4 },
        },
      },
    ],
    notes: [
      { text: "note" },
      {
        text: "other",
        span: expect.objectContaining({ from: { line: 2, column: 1 } }),
      },
    ],
    fix: {
      replacement: "four",
      span: expect.objectContaining({ start: 11, end: 16 }),
    },
  });
});

test("lines end with LF, CR LF or CR", () => {
  const lines = new Lines("a\nb\r\nc\rd");
  expect([1, 2, 3, 4, 5].map((line) => lines.line(line))).toEqual([
    "a",
    "b",
    "c",
    "d",
    "",
  ]);
  expect(lines.position(7)).toEqual({ line: 4, column: 1 });
  expect(lines.position(99)).toEqual({ line: 4, column: 2 });
});

test.each([
  ["hiden", ["hidden", "h"], "hidden"],
  ["LTSM", ["LSTM", "GRU"], "LSTM"],
  ["gru", ["GRU"], "GRU"],
  ["softmx", ["softmax", "softplus"], "softmax"],
  // One letter for another is a guess, not a typing mistake.
  ["x", ["y", "h"], undefined],
  ["X", ["x"], "x"],
  ["attention", ["output"], undefined],
  ["n".repeat(10_000), ["n".repeat(9_999)], undefined],
])("the nearest name to %s", (name, candidates, expected) => {
  expect(nearest(name, candidates)).toBe(expected);
});

describe("the bag", () => {
  test("keeps one of equal problems and sorts them by place", () => {
    const bag = new DiagnosticBag();
    bag.addSource("a.cell", "");
    bag.addSource("b.cell", "");
    const at = (file: string, start: number) => ({
      span: { file, start, end: start + 1 },
      name: "x",
      nearest: undefined,
    });
    bag.report("unknownName", at("b.cell", 1));
    bag.report("unknownName", at("a.cell", 5));
    bag.report("unknownName", at("a.cell", 2));
    bag.report("unknownName", at("a.cell", 5));
    expect(
      bag.diagnostics.map(({ span }) => `${span.file} ${span.start}`),
    ).toEqual(["a.cell 2", "a.cell 5", "b.cell 1"]);
    expect(bag.errorReports).toBe(4);
  });

  test("does not count warnings as errors", () => {
    const bag = new DiagnosticBag();
    const span = { file: "a.cell", start: 0, end: 1 };
    bag.report("unusedDeclaration", { span, kind: "input", name: "x" });
    expect(bag.errorReports).toBe(0);
    expect(bag.size).toBe(1);
  });
});

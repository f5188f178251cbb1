import { describe, expect, test } from "vitest";
import { DiagnosticBag } from "../../src/diagnostics/bag.js";
import type {
  CellDeclaration,
  CellItem,
  Expression,
} from "../../src/dsl/ast.js";
import { expressionDepthLimit, nestingLimit } from "../../src/dsl/limits.js";
import { parseSource } from "../../src/dsl/syntax.js";

function parse(text: string) {
  const bag = new DiagnosticBag();
  const file = parseSource("a.cell", new TextEncoder().encode(text), bag);
  return { items: file?.items ?? [], diagnostics: bag.diagnostics, text };
}

function cellOf(text: string): CellDeclaration {
  const cell = parse(text).items.find((item) => item.kind === "cell");
  if (cell?.kind !== "cell") throw new Error("there is no cell");
  return cell;
}

/** The tree of one expression with all its parentheses. */
function tree(expression: string): string {
  const { items, diagnostics } = parse(`cell C { y = ${expression} }`);
  expect(diagnostics).toEqual([]);
  const [cell] = items;
  const item = cell?.kind === "cell" ? cell.items[0] : undefined;
  if (item?.kind !== "definition") throw new Error("there is no definition");
  return show(item.value);
}

function show(e: Expression): string {
  switch (e.kind) {
    case "number":
      return String(e.value);
    case "name":
      return e.lag > 0 ? `${e.name}@${e.lag}` : e.name;
    case "unary":
      return `(${e.operator} ${show(e.operand)})`;
    case "binary":
      return `(${show(e.left)} ${e.operator} ${show(e.right)})`;
    case "transpose":
      return `${show(e.operand)}.T`;
    case "call":
      return `${e.callee.name}(${e.args.map(show).join(", ")})`;
    case "hole":
      return "…";
  }
}

const described = (items: readonly CellItem[]): string[] =>
  items.map((item) =>
    "names" in item
      ? `${item.kind} ${item.names.map(({ name }) => name).join(" ")}`
      : `${item.kind} ${item.name.name}`,
  );

describe("precedence", () => {
  test.each([
    ["a - b - c", "((a - b) - c)"],
    ["a / b / c", "((a / b) / c)"],
    ["a + b * c", "(a + (b * c))"],
    // The matrix product binds tighter than the elementwise one, as in print.
    ["r * U @ h", "(r * (U @ h))"],
    ["A @ B @ x", "((A @ B) @ x)"],
    ["-x^2", "(- (x ^ 2))"],
    ["2^-1", "(2 ^ (- 1))"],
    ["2^3^2", "(2 ^ (3 ^ 2))"],
    ["2^-x^2", "(2 ^ (- (x ^ 2)))"],
    ["-a @ b", "((- a) @ b)"],
    ["a @ -b * c", "((a @ (- b)) * c)"],
    ["- -x", "(- (- x))"],
    ["not a > b and c", "((not (a > b)) and c)"],
    ["a or b and c", "(a or (b and c))"],
    ["a + 1 <= b * 2", "((a + 1) <= (b * 2))"],
    ["W.T @ x[t-1]", "(W.T @ x@1)"],
    [
      "where(\n  a == b\n  and c == d,\n  e and f, g)",
      "where(((a == b) and (c == d)), (e and f), g)",
    ],
    ["(a + b).T", "(a + b).T"],
    ["m.T.T", "m.T.T"],
    ["x[t - 12]", "x@12"],
    ["f(a, g(), -b)", "f(a, g(), (- b))"],
    ["1e-5 + .5 + 2. + 1E+2", "(((0.00001 + 0.5) + 2) + 100)"],
  ])("%s", (text, expected) => {
    expect(tree(text)).toBe(expected);
  });
});

describe("names", () => {
  test("may be words that the grammar needs elsewhere", () => {
    const { items, diagnostics } = parse(
      `cell C { input from: token[T]  input T: [token]  pi = T + from.T }`,
    );
    expect(diagnostics).toEqual([]);
    expect(items).toHaveLength(1);
  });

  test("may be of any script", () => {
    expect(tree("σ_1 * häufig + 速度")).toBe("((σ_1 * häufig) + 速度)");
  });
});

describe("items", () => {
  test("of a cell, one declaration for each name", () => {
    const cell = cellOf(`
      /// A title. Somebody, 1997.
      ///
      /// More of it.
      cell C extends Base {
        input x: [M], k: token[2*V]
        state h, c: [N], m: [] = 0
        param W: [N, M] ~ normal(0, 0.1)
        const rate = 1
        fix a, b = 1
        gate z = x
        y: [N] = z
        output y, z
      }`);
    expect(cell.base?.name).toBe("Base");
    expect(cell.doc).toEqual(["A title. Somebody, 1997.", "", "More of it."]);
    expect(described(cell.items)).toEqual([
      "input x",
      "input k",
      "state h",
      "state c",
      "state m",
      "param W",
      "const rate",
      "fix a b",
      "definition z",
      "definition y",
      "output y z",
    ]);
    expect(cell.broken).toBe(false);
  });

  test("need no line breaks between them", () => {
    const cell = cellOf("cell C{input x:[M]y=x z=y output y,z}");
    expect(described(cell.items)).toEqual([
      "input x",
      "definition y",
      "definition z",
      "output y z",
    ]);
  });

  test("keep comments apart from doc comments", () => {
    const { items } = parse(
      `/// Not of the cell: a line is free.

       // A note.
       /* And a longer
          one. */
       /// Of the function.
       fn f(a) = a /// Of nothing.
       cell C { }`,
    );
    const docs = items.map((item) => ("doc" in item ? item.doc : []));
    expect(docs).toEqual([["Of the function."], ["Of nothing."]]);
  });

  test("of a function, with locals", () => {
    const { items } = parse("fn f(a, b) { c = a  d = b return c + d }");
    const [fn] = items;
    if (fn?.kind !== "fn") throw new Error("there is no function");
    expect(fn.locals.map(({ name }) => name.name)).toEqual(["c", "d"]);
    expect(show(fn.result)).toBe("(c + d)");
  });
});

test("spans cover what was written, parentheses included", () => {
  const { items, text } = parse("cell C { y = (a + b) * f(c)[t-1] - W.T }");
  const [cell] = items;
  const item = cell?.kind === "cell" ? cell.items[0] : undefined;
  if (item?.kind !== "definition" || item.value.kind !== "binary")
    throw new Error("there is no difference");
  const at = ({ start, end }: { start: number; end: number }) =>
    text.slice(start, end);
  const { left, right, operatorSpan } = item.value;
  expect(at(item.span)).toBe("y = (a + b) * f(c)[t-1] - W.T");
  expect(at(operatorSpan)).toBe("-");
  expect(at(right.span)).toBe("W.T");
  expect(left.kind === "binary" && at(left.left.span)).toBe("(a + b)");
  expect(left.kind === "binary" && at(left.right.span)).toBe("f(c)[t-1]");
});

describe("a broken item", () => {
  const around = (line: string) =>
    cellOf(
      `cell C {\n  input x: [M]\n  ${line}\n  after = x\n  output after\n}`,
    );

  test.each([
    ["gate f = sigmoid(affine(x, h[t-1])"],
    ["gate f = 1 + * 2"],
    ["gate = 1"],
    ["f = = 1"],
    ["f tanh(x)"],
    ["stat f: [N]"],
    ["state f: N"],
    ["state f: [N"],
    ["param f ~ glorot"],
    ["param f: [N] ~"],
    ["f: [N]"],
    ["f = )"],
    ["f = ]]] x"],
    ["f = 2 x"],
    ["fix f"],
    ["$ % f"],
    ['f = "x"'],
    ["f = x[t-"],
    ["f = (x"],
    ["const = = ="],
    ["use f"],
    ["f == x"],
    ["state f: [N] = "],
  ])("leaves the next whole: %s", (line) => {
    const { items } = around(line);
    expect(described(items)).toEqual(
      expect.arrayContaining(["input x", "definition after", "output after"]),
    );
  });

  test("marks its cell, and only that", () => {
    const { items } = parse("cell A { y = }\ncell B { y = 1 output y }");
    expect(items.map((item) => item.kind === "cell" && item.broken)).toEqual([
      true,
      false,
    ]);
  });

  test("does not take the next cell with it", () => {
    const { items } = parse("cell A { y = (\ncell B { y = 1 }\ncell C { }");
    expect(items.map((item) => "name" in item && item.name.name)).toEqual([
      "A",
      "B",
      "C",
    ]);
  });
});

describe("limits", () => {
  const codes = (text: string) =>
    parse(text).diagnostics.map(({ code }) => code);
  const sum = (terms: number) => `cell C { y = x${" + x".repeat(terms)} }`;

  test("the longest sum is read, a longer one is reported", () => {
    expect(codes(sum(expressionDepthLimit - 1))).toEqual([]);
    expect(codes(sum(expressionDepthLimit + 1))).toEqual(["C903"]);
    expect(codes(sum(100_000))).toEqual(["C903"]);
  });

  test("depth counts through brackets", () => {
    const level = "1 + 2 * (";
    const text = `cell C { y = ${level.repeat(190)}x${")".repeat(190)} }`;
    expect(codes(text)).toEqual([]);
    const deeper = "1 + 2 * -(".repeat(190);
    expect(codes(`cell C { y = ${deeper}x${")".repeat(190)} }`)).toEqual([
      "C903",
    ]);
  });

  test("the deepest nesting is read, a deeper one is reported", () => {
    const nested = (depth: number) =>
      `cell C { y = ${"f(".repeat(depth)}x${")".repeat(depth)} }`;
    // The brace of the cell is one of them.
    expect(codes(nested(nestingLimit - 1))).toEqual([]);
    expect(codes(nested(nestingLimit))).toEqual(["C901"]);
  });

  test.each([
    ["prefixes", `cell C { y = ${"- ".repeat(100_000)}x }`],
    ["powers", `cell C { y = 2${"^2".repeat(100_000)} }`],
    ["keywords", "cell ".repeat(100_000)],
    ["items that do not belong", `cell C { ${") x=1 ".repeat(100_000)}`],
    ["cells within cells", "cell C { x=1 ".repeat(10_000)],
    ["words", `cell C { ${"x ".repeat(200_000)}`],
    ["strange characters", "a$".repeat(200_000)],
    ["signs", "=".repeat(400_000)],
    ["quotes", '"\n'.repeat(200_000)],
    ["comments", "/*".repeat(200_000)],
    ["brackets", "]".repeat(400_000)],
  ])("endless %s end in problems", (_, text) => {
    expect(parse(text).diagnostics.length).toBeGreaterThan(0);
  });
});

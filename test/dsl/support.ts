/** Compiles texts that stand in a test, and says what came of it. */
import { expect } from "vitest";
import { render } from "../../src/diagnostics/render.js";
import { frontEnd } from "../../src/dsl/index.js";
import type { FrontEndResult } from "../../src/dsl/index.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { showAttribute } from "../../src/ir/graph.js";
import type { Node } from "../../src/ir/graph.js";
import { programRoots } from "../../src/ir/print.js";
import type { CellProgram } from "../../src/ir/program.js";
import { showShape } from "../../src/ir/size.js";
import { verify } from "../../src/ir/verify.js";

export type Files = Readonly<Record<string, string>>;

export function compileFiles(
  files: Files,
  defines: Readonly<Record<string, number>> = {},
): FrontEndResult {
  const result = frontEnd(
    ["main.cell"],
    {
      read: (path) =>
        path in files ? new TextEncoder().encode(files[path]) : undefined,
      resolve: (_, specifier) => specifier.replace("./", ""),
    },
    { defines },
  );
  for (const cell of result.cells) verify(cell, "lower");
  return result;
}

export const compileText = (
  text: string,
  defines?: Readonly<Record<string, number>>,
): FrontEndResult => compileFiles({ "main.cell": text }, defines);

const isError = ({ severity }: { readonly severity: string }): boolean =>
  severity === "error";

/** The cells of a text that must have no errors, by name. */
export function cellsOf(
  text: string | Files,
  defines?: Readonly<Record<string, number>>,
): Record<string, CellProgram> {
  const { cells, diagnostics, sources } = compileFiles(
    typeof text === "string" ? { "main.cell": text } : text,
    defines,
  );
  expect(
    diagnostics.filter(isError).map((each) => render(each, sources)),
  ).toEqual([]);
  return Object.fromEntries(cells.map((cell) => [cell.name, cell]));
}

/** The only cell of a text, or the body of one called A. */
export function cellOf(
  text: string,
  defines?: Readonly<Record<string, number>>,
): CellProgram {
  const whole = text.includes("cell ") ? text : `cell A {\n${text}\n}`;
  return Object.values(cellsOf(whole, defines)).at(-1)!;
}

const diagnosticsOf = (text: string | Files) =>
  (typeof text === "string"
    ? compileText(text.includes("cell ") ? text : `cell A {\n${text}\n}`)
    : compileFiles(text)
  ).diagnostics;

/** `code message` of each error of a text, in the order of the text. */
export const problemsOf = (text: string | Files): string[] =>
  diagnosticsOf(text)
    .filter(isError)
    .map(({ code, message }) => `${code} ${message}`);

export const warningsOf = (text: string | Files): string[] =>
  diagnosticsOf(text)
    .filter((each) => !isError(each))
    .map(({ code, message }) => `${code} ${message}`);

export const paramsOf = (cell: CellProgram): string[] =>
  cell.params.map(({ name }) => name);

/** `name: shape`, sorted by name. */
export const shapesOf = (
  list: readonly {
    readonly name: string;
    readonly shape: CellProgram["params"][number]["shape"];
  }[],
): string[] =>
  list.map(({ name, shape }) => `${name}: ${showShape(shape)}`).sort();

/** What the cell computes, as text, numbered from the outputs: equal for cells that compute the same. */
export function graphOf(cell: CellProgram): string {
  const numbers = new Map<Node, number>();
  const lines: string[] = [];
  const visit = (node: Node): number => {
    const known = numbers.get(node);
    if (known !== undefined) return known;
    const args = node.args.map((arg) => `%${visit(arg)}`).join(", ");
    const attrs = Object.entries(node.attrs)
      .filter(([, value]) => value !== undefined && value !== false)
      .map(([name, value]) => `${name}=${showAttribute(name, value)}`)
      .sort()
      .join(" ");
    const number = numbers.size;
    numbers.set(node, number);
    lines.push(
      `%${number} = ${node.op}(${args}) ${showShape(node.shape)} ${attrs}`,
    );
    return number;
  };
  for (const root of programRoots(cell)) visit(root);
  return lines.join("\n");
}

/** Runs a cell for some steps in one batch entry; each input gives its numbers step by step. */
export function run(
  cell: CellProgram,
  {
    sizes = {},
    steps = 1,
    params = {},
    inputs = {},
    context = {},
    states = {},
    buffers = {},
    t0 = 0,
  }: {
    sizes?: Record<string, number>;
    steps?: number;
    t0?: number;
    params?: Record<string, number[]>;
    inputs?: Record<string, number[]>;
    context?: Record<string, number[]>;
    states?: Record<string, number[]>;
    buffers?: Record<string, number[]>;
  },
): {
  outputs: Record<string, number[]>;
  states: Record<string, number[]>;
} {
  const typed = (arrays: Record<string, number[]>) =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, list]) => [
        name,
        Float64Array.from(list),
      ]),
    );
  const plain = (arrays: Readonly<Record<string, Float64Array>>) =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, list]) => [name, [...list]]),
    );
  const result = new Interpreter(cell).forward({
    sizes,
    steps,
    t0,
    batch: 1,
    params: typed(params),
    inputs: typed(inputs),
    context: typed(context),
    states: typed(states),
    buffers: typed(buffers),
  });
  return { outputs: plain(result.outputs), states: plain(result.states) };
}

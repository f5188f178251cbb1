/** A cell and its adjoint step as plain equations in the language's own spelling, all sugar gone. */
import { reachable } from "./graph.js";
import type { Node } from "./graph.js";
import type { AdjointProgram, CellProgram } from "./program.js";
import { stateKey } from "./program.js";
import { showShape, showSize } from "./size.js";
import type { Size } from "./size.js";
import { equationsOf, NameTable } from "./naming.js";
import type { Equation } from "./naming.js";
import { strength } from "./terms.js";
import type { Term } from "./terms.js";

/** Everything the cell computes that has a name. */
export const namedValues = (
  cell: CellProgram,
): { readonly name: string; readonly node: Node }[] => {
  const named: { name: string; node: Node }[] = cell.definitions.map(
    ({ name, node }) => ({ name, node }),
  );
  const names = new Set(named.map(({ name }) => name));
  for (const { name, node } of cell.outputs)
    if (!names.has(name) && node.op !== "input") named.push({ name, node });
  return named;
};

export const cellEquations = (cell: CellProgram): Equation[] =>
  equationsOf(namedValues(cell), "v");

/** Initial values of states and computed buffers, where the cell says them. */
export const startEquations = (cell: CellProgram): Equation[] => [
  ...equationsOf(
    cell.buffers.flatMap(({ name, value }) =>
      value ? [{ name, node: value }] : [],
    ),
    "v",
  ),
  ...cell.states.flatMap(({ name, initial }) =>
    initial ? equationsOf([{ name: `${name}[-1]`, node: initial }], "v") : [],
  ),
];

/**
 * The adjoint step. `seed(y)` is the caller's cotangent of the output y, `carried(h)` what the step
 * after this one sent back to h; values of the forward step stand under their own names.
 */
export const adjointEquations = (adjoint: AdjointProgram): Equation[] =>
  equationsOf(
    [
      ...liveCotangents(adjoint),
      ...adjoint.carried.map(({ name, lag, node }) => ({
        name: `d ${name}[t-${lag}]`,
        node,
      })),
      ...adjoint.inputs.map(({ name, node }) => ({ name: `d ${name}`, node })),
      ...adjoint.contexts.map(({ name, node }) => ({
        name: `d ${name}`,
        node,
      })),
      ...adjoint.params.map(({ name, node }) => ({ name: `d ${name}`, node })),
    ],
    "g",
    new NameTable(namedValues(adjoint.cell)),
  );

/** Cotangents of definitions, where the adjoint step computes them under way. */
function liveCotangents(
  adjoint: AdjointProgram,
): { readonly name: string; readonly node: Node }[] {
  const results = [
    ...adjoint.carried,
    ...adjoint.inputs,
    ...adjoint.contexts,
    ...adjoint.params,
  ].map(({ node }) => node);
  const live = new Set(reachable(results));
  const final = new Set(results);
  return adjoint.cotangents
    .filter(({ node }) => live.has(node) && !final.has(node))
    .map(({ name, node }) => ({ name: `d ${name}`, node }));
}

export const showEquation = ({ name, node, term }: Equation): string =>
  `${name}: ${showShape(node.shape)} = ${showTerm(term)}`;

/** The declarations of a cell, one line each. */
export function showDeclarations(cell: CellProgram): string[] {
  const lines: string[] = [];
  const line = (kind: string, name: string, type: string): void => {
    lines.push(`${kind} ${name}: ${type}`);
  };
  for (const { name, shape, vocabulary } of cell.inputs)
    line(
      "input",
      name,
      vocabulary ? `token[${showSize(vocabulary)}]` : showShape(shape),
    );
  for (const { name, shape } of cell.contexts)
    line("context", name, showShape(shape));
  for (const { name, shape } of cell.params)
    line("param", name, showShape(shape));
  for (const { name, shape } of cell.buffers)
    line("buffer", name, showShape(shape));
  for (const { name, shape, lag } of cell.states)
    for (let k = 1; k <= lag; k++)
      line("state", stateKey(name, k), showShape(shape));
  for (const { name, shape } of cell.outputs)
    line("output", name, showShape(shape));
  return lines;
}

/** A formula as text, with no more parentheses than it needs. */
export function showTerm(term: Term): string {
  switch (term.kind) {
    case "number":
      return String(term.value);
    case "size":
      return showSize(term.size);
    case "name":
      return term.lag === 0 ? term.name : `${term.name}[t-${term.lag}]`;
    case "call":
      return `${term.name}(${term.args.map(showTerm).join(", ")})`;
    case "over":
      return `sum over ${term.batch ? "t, b" : "t"} of (${showTerm(term.term)})`;
    case "transpose":
      return `${within(term.term, 10)}.T`;
    case "prefix":
      return term.operator === "-"
        ? `-${within(term.term, strength.neg)}`
        : `not ${within(term.term, strength.not)}`;
    case "infix": {
      const own = strength[term.operator];
      // All but `^` group to the left; for + and * the order does not matter to a reader, so that the
      // right operand of the same operator needs no parentheses only where it is associative.
      const left = within(term.left, term.operator === "^" ? own + 1 : own);
      const right = within(term.right, term.operator === "^" ? own : own + 1);
      return `${left} ${term.operator} ${right}`;
    }
  }
}

/** How strongly the outermost operator of a formula binds; names and calls bind strongest. */
export function strengthOf(term: Term): number {
  if (term.kind === "infix") return strength[term.operator];
  if (term.kind === "prefix")
    return term.operator === "-" ? strength.neg : strength.not;
  if (term.kind === "number") return term.value < 0 ? strength.neg : 11;
  if (term.kind === "size") return sizeStrength(term.size);
  if (term.kind === "over") return 0;
  return 11;
}

const sizeStrength = (size: Size): number => {
  if (size.terms.length > 1) return strength["+"];
  return /[*/^]/.test(size.key) ? strength["*"] : 11;
};

const within = (term: Term, least: number): string =>
  strengthOf(term) < least ? `(${showTerm(term)})` : showTerm(term);

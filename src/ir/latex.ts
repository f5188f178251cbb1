/** Equations of a cell in LaTeX, as a paper would print them. */
import { cellEquations, strengthOf } from "./equations.js";
import { Domain } from "./graph.js";
import type { Equation } from "./naming.js";
import type { CellProgram } from "./program.js";
import { strength } from "./terms.js";
import type { Term } from "./terms.js";

const operators: Partial<Record<string, string>> = {
  "<=": "\\le",
  ">=": "\\ge",
  "==": "=",
  "!=": "\\ne",
  and: "\\land",
  or: "\\lor",
};

const functions: Partial<Record<string, string>> = {
  sigmoid: "\\sigma",
  tanh: "\\tanh",
  exp: "\\exp",
  log: "\\log",
  sin: "\\sin",
  cos: "\\cos",
  max: "\\max",
  min: "\\min",
};

const greek = new Set(
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega".split(
    " ",
  ),
);

/** One `aligned` block with a line per equation. */
export function showLatex(cell: CellProgram): string {
  const lines = cellEquations(cell).map(latexEquation);
  return `\\begin{aligned}\n${lines.map((line) => `  ${line}`).join(" \\\\\n")}\n\\end{aligned}`;
}

const latexEquation = ({ name, node, term }: Equation): string =>
  `${latexName(name, 0, node.domain === Domain.row)} &= ${latexTerm(term)}`;

/** `W_z` is W with the index z; values that differ from step to step carry the step. */
function latexName(name: string, lag: number, timed: boolean): string {
  const [first = "", ...rest] = name.split("_").filter((part) => part !== "");
  const letters = (part: string): string =>
    greek.has(part)
      ? `\\${part}`
      : part.length === 1 || /^\d+$/.test(part)
        ? part
        : `\\mathrm{${part}}`;
  const index = [
    ...rest.map(letters),
    ...(timed ? [lag === 0 ? "t" : `t-${lag}`] : []),
  ].join(",");
  return index === "" ? letters(first) : `${letters(first)}_{${index}}`;
}

function latexTerm(term: Term): string {
  switch (term.kind) {
    case "number":
      return latexNumber(term.value);
    case "size":
      return term.size.key.replaceAll("*", " ");
    case "name":
      return latexName(term.name, term.lag, term.timed);
    case "call": {
      const args = term.args.map(latexTerm).join(", ");
      if (term.name === "sqrt") return `\\sqrt{${args}}`;
      if (term.name === "rsqrt") return `\\frac{1}{\\sqrt{${args}}}`;
      if (term.name === "abs") return `\\left|${args}\\right|`;
      if (term.name === "floor")
        return `\\left\\lfloor ${args} \\right\\rfloor`;
      const head =
        functions[term.name] ??
        `\\operatorname{${term.name.replaceAll("_", "\\_")}}`;
      return `${head}\\left(${args}\\right)`;
    }
    case "over":
      return `\\sum_{${term.batch ? "t,b" : "t"}} ${within(term.term, strength["*"])}`;
    case "transpose":
      return `${within(term.term, 10)}^{\\top}`;
    case "prefix":
      return `${term.operator === "-" ? "-" : "\\lnot "}${within(term.term, strength.neg)}`;
    case "infix":
      return latexInfix(term);
  }
}

function latexInfix(term: Term & { readonly kind: "infix" }): string {
  const { operator, left, right } = term;
  if (operator === "/")
    return `\\frac{${latexTerm(left)}}{${latexTerm(right)}}`;
  if (operator === "^")
    return `${within(left, strength["^"] + 1)}^{${latexTerm(right)}}`;
  const own = strength[operator];
  const sides = [within(left, own), within(right, own + 1)] as const;
  if (operator === "@") return sides.join(" \\, ");
  if (operator === "*")
    return sides.join(term.elementwise ? " \\odot " : " \\cdot ");
  return sides.join(` ${operators[operator] ?? operator} `);
}

function latexNumber(value: number): string {
  if (value === Infinity) return "\\infty";
  if (value === -Infinity) return "-\\infty";
  const [mantissa, exponent] = String(value).split("e");
  return exponent === undefined
    ? mantissa!
    : `${mantissa} \\cdot 10^{${Number(exponent)}}`;
}

const within = (term: Term, least: number): string =>
  strengthOf(term) < least
    ? `\\left(${latexTerm(term)}\\right)`
    : latexTerm(term);

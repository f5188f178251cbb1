/** Expressions as WGSL. A value is a number or a boolean; one turns into the other where it has to. */
import { operations } from "../../ir/ops/index.js";
import type { ElementwiseName } from "../../ir/ops/index.js";
import type { WgslSpelling } from "../../ir/ops/record.js";

/** Strengths of WGSL's operators; `logic` does not mix without parentheses, comparisons do not chain. */
const logic = 1;
const relation = 2;
const sum = 3;
const factor = 4;
const prefix = 5;
const atom = 6;

const strengths: Readonly<Record<string, number>> = {
  "+": sum,
  "-": sum,
  "*": factor,
  "/": factor,
};

export interface Code {
  readonly text: string;
  readonly strength: number;
  readonly boolean: boolean;
}

export const number = (text: string, strength = atom): Code => ({
  text,
  strength,
  boolean: false,
});
export const boolean = (text: string, strength = logic): Code => ({
  text,
  strength,
  boolean: true,
});
const wrap = ({ text, strength }: Code, least: number): string =>
  strength < least ? `(${text})` : text;

export const asNumber = (value: Code): Code =>
  value.boolean ? number(`select(0.0, 1.0, ${value.text})`) : value;

/** Not 0, NaN included. */
const asBoolean = (value: Code): Code =>
  value.boolean ? value : boolean(`!(${wrap(value, sum)} == 0.0)`, prefix);

const spelling = (op: ElementwiseName): WgslSpelling => {
  const record = operations[op];
  if (record.kind !== "elementwise")
    throw new TypeError(`${op} is no operation on numbers`);
  return record.spell.wgsl;
};

/** The function that an operation calls. */
export function functionOf(op: ElementwiseName): string | undefined {
  const spelled = spelling(op);
  if ("test" in spelled) return spelled.test;
  return "call" in spelled ? spelled.call : undefined;
}

export function operate(op: ElementwiseName, args: readonly Code[]): Code {
  const spelled = spelling(op);
  const [a, b] = args as [Code, Code];
  if ("call" in spelled)
    return number(
      `${spelled.call}(${args.map((arg) => asNumber(arg).text).join(", ")})`,
    );
  if ("test" in spelled) {
    const text = `${spelled.test}(${asNumber(a).text}, ${asNumber(b).text})`;
    return spelled.negated ? boolean(`!${text}`, prefix) : boolean(text, atom);
  }
  if ("choice" in spelled) {
    const [test, yes, no] = args as [Code, Code, Code];
    return number(
      `select(${asNumber(no).text}, ${asNumber(yes).text}, ${asBoolean(test).text})`,
    );
  }
  if ("logic" in spelled)
    return boolean(
      `${wrap(asBoolean(a), relation)} ${spelled.logic} ${wrap(asBoolean(b), relation)}`,
    );
  if ("prefix" in spelled) {
    if (spelled.prefix === "!" && !a.boolean)
      return boolean(`${wrap(a, sum)} == 0.0`, relation);
    if (spelled.prefix === "!")
      return boolean(`!${wrap(asBoolean(a), prefix)}`, prefix);
    const inner = wrap(asNumber(a), prefix);
    // `--x` would be another operator.
    return number(`-${inner.startsWith("-") ? `(${inner})` : inner}`, prefix);
  }
  if (!("infix" in spelled)) throw new TypeError(`${op} has no expression`);
  const { infix } = spelled;
  const strength = strengths[infix]!;
  return number(
    `${wrap(asNumber(a), strength)} ${infix} ${wrap(asNumber(b), strength + 1)}`,
    strength,
  );
}

/** The functions that stand for numbers which WGSL has no literals for. */
export const unwritable = ["infinity", "not_a_number"] as const;

export function literal(value: number): Code {
  if (Number.isNaN(value)) return number("not_a_number()");
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded))
    return rounded > 0 ? number("infinity()") : number("-infinity()", prefix);
  const text = Object.is(rounded, -0) ? "-0" : String(value).replace("e+", "e");
  const shown = /[.e]/.test(text) ? text : `${text}.0`;
  return number(`${shown}f`.replace(".0f", ".0"), value < 0 ? prefix : atom);
}

/** A sum of indices; what is zero is left out. */
export function addIndices(parts: readonly string[]): string {
  const shown = parts.filter((part) => part !== "0");
  return shown.length === 0 ? "0" : shown.join(" + ").replaceAll("+ -", "- ");
}

/** A product of indices. */
export function multiplyIndices(a: string, b: string): string {
  if (a === "0" || b === "0") return "0";
  if (a === "1") return b;
  if (b === "1") return a;
  const side = (text: string): string =>
    /^[\w.]+$/.test(text) ? text : `(${text})`;
  return `${side(a)} * ${side(b)}`;
}

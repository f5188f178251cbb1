/** Prints expressions by precedence, the way prettier leaves them. */
import { operations } from "../../ir/ops/index.js";
import type { ElementwiseName } from "../../ir/ops/index.js";
import type { TsSpelling } from "../../ir/ops/record.js";
import type { Size } from "../../ir/size.js";

/** JavaScript's precedences that occur here. */
const ternary = 2;
const sum = 11;
const factor = 12;
const prefix = 14;
const atom = 18;

/** A tree whose leaves are finished texts. */
export type Code =
  | {
      readonly kind: "text";
      readonly text: string;
      readonly strength: number;
      readonly boolean: boolean;
    }
  | {
      readonly kind: "op";
      readonly op: ElementwiseName;
      readonly args: readonly Code[];
    };

export const code = (text: string, strength = atom, boolean = false): Code => ({
  kind: "text",
  text,
  strength,
  boolean,
});

const spelling = (op: ElementwiseName): TsSpelling => {
  const record = operations[op];
  if (record.kind !== "elementwise")
    throw new TypeError(`${op} has no expression`);
  return record.spell.ts;
};

export const isBoolean = (value: Code): boolean => {
  if (value.kind === "text") return value.boolean;
  const spelled = spelling(value.op);
  return "boolean" in spelled && spelled.boolean === true;
};

interface Printed {
  readonly text: string;
  readonly strength: number;
  readonly operator?: string;
}

const wrap = (printed: Printed, least: number): string =>
  printed.strength < least ? `(${printed.text})` : printed.text;

/** A condition: comparisons as they are, numbers compared with zero. */
function condition(value: Code): Printed {
  const printed = print(value);
  return isBoolean(value)
    ? printed
    : { text: `${wrap(printed, 9)} !== 0`, strength: 8, operator: "!==" };
}

/** A number: comparisons become 1 or 0. */
function numeric(value: Code): Printed {
  const printed = print(value);
  return isBoolean(value)
    ? { text: `${wrap(printed, 3)} ? 1 : 0`, strength: ternary }
    : printed;
}

function print(value: Code): Printed {
  if (value.kind === "text")
    return { text: value.text, strength: value.strength };
  const { op, args } = value;
  const spelled = spelling(op);
  if ("call" in spelled || "helper" in spelled) {
    const name = "call" in spelled ? spelled.call : spelled.helper;
    return {
      text: `${name}(${args.map((arg) => numeric(arg).text).join(", ")})`,
      strength: atom,
    };
  }
  if ("ternary" in spelled) {
    const [test, yes, no] = args as [Code, Code, Code];
    return {
      text: `${wrap(condition(test), 3)} ? ${wrap(numeric(yes), 3)} : ${wrap(numeric(no), 3)}`,
      strength: ternary,
    };
  }
  const operand =
    op === "and" || op === "or" || op === "not" ? condition : numeric;
  if ("prefix" in spelled) {
    const inner = operand(args[0]!);
    const text = wrap(inner, prefix);
    // `--x` would be another operator.
    return {
      text: `${spelled.prefix}${text.startsWith("-") ? `(${text})` : text}`,
      strength: prefix,
    };
  }
  if (!("infix" in spelled)) throw new TypeError(`${op} has no expression`);
  const { infix, precedence } = spelled;
  const left = operand(args[0]!);
  const right = operand(args[1]!);
  return {
    text: `${wrapLeft(left, infix, precedence)} ${infix} ${wrap(right, precedence + 1)}`,
    strength: precedence,
    operator: infix,
  };
}

/** Prettier puts parentheses where people misread: `(a / b) * c`, `(a && b) || c`. */
function wrapLeft(left: Printed, infix: string, precedence: number): string {
  const confusing =
    (left.strength === factor &&
      precedence === factor &&
      left.operator !== undefined &&
      left.operator !== infix) ||
    (left.operator === "&&" && infix === "||") ||
    (left.strength >= 8 &&
      left.strength <= 9 &&
      precedence >= 8 &&
      precedence <= 9);
  return confusing ? `(${left.text})` : wrap(left, precedence);
}

/** Whether prettier treats it as an operator between two operands, which may stand behind a line break. */
export function isBinary(value: Code): boolean {
  return value.kind === "op" && "infix" in spelling(value.op);
}

/** Operands of `a + b - c` or of `a * b * c`, each with the operator behind it. */
export function flatTerms(
  value: Code,
):
  | { readonly text: string; readonly operator: string | undefined }[]
  | undefined {
  const spelled = value.kind === "op" ? spelling(value.op) : undefined;
  if (!spelled || !("infix" in spelled) || spelled.boolean) return undefined;
  const { precedence } = spelled;
  const terms: { text: string; operator: string | undefined }[] = [];
  let rest = value;
  let behind: string | undefined;
  for (;;) {
    const own = rest.kind === "op" ? spelling(rest.op) : undefined;
    const continues =
      own !== undefined &&
      "infix" in own &&
      own.precedence === precedence &&
      (precedence === sum || behind === undefined || own.infix === behind);
    if (rest.kind !== "op" || !continues) {
      terms.push({ text: wrap(numeric(rest), precedence), operator: behind });
      return terms.reverse();
    }
    terms.push({
      text: wrap(numeric(rest.args[1]!), precedence + 1),
      operator: behind,
    });
    behind = own.infix;
    rest = rest.args[0]!;
  }
}

/** Name and arguments of a call. */
export function callParts(
  value: Code,
): { readonly name: string; readonly args: readonly Code[] } | undefined {
  if (value.kind !== "op") return undefined;
  const spelled = spelling(value.op);
  if ("call" in spelled) return { name: spelled.call, args: value.args };
  return "helper" in spelled
    ? { name: spelled.helper, args: value.args }
    : undefined;
}

/** The three parts of `test ? yes : no`; `binary` tells what prettier makes of the test. */
export function ternaryParts(value: Code):
  | {
      readonly test: string;
      readonly yes: string;
      readonly no: string;
      readonly binary: boolean;
    }
  | undefined {
  if (value.kind !== "op" || !("ternary" in spelling(value.op)))
    return undefined;
  const [test, yes, no] = value.args as [Code, Code, Code];
  const shown = condition(test);
  return {
    test: wrap(shown, 3),
    yes: wrap(numeric(yes), 3),
    no: wrap(numeric(no), 3),
    binary: shown.strength < prefix,
  };
}

/** The expression as a number. */
export const showNumber = (value: Code): string => numeric(value).text;

/** The expression as it is, a boolean where it is one. */
export const showCode = (value: Code): string => print(value).text;

export function numberText(value: number): Code {
  if (Number.isNaN(value)) return code("NaN");
  if (!Number.isFinite(value))
    return value > 0 ? code("Infinity") : code("-Infinity", prefix);
  if (Object.is(value, -0)) return code("-0", prefix);
  const text = String(value).replace("e+", "e");
  return code(text, value < 0 ? prefix : atom);
}

/** A size as an expression over variables named like it. */
export function sizeCode(
  size: Size,
  nameOf: (name: string) => string = (name) => name,
): Code {
  if (size.terms.length === 0) return code("0");
  const parts = size.terms.map(({ numerator, denominator, powers }) => {
    const above: string[] = [];
    const below: string[] = denominator === 1 ? [] : [String(denominator)];
    if (Math.abs(numerator) !== 1) above.push(String(Math.abs(numerator)));
    for (const [name, exponent] of powers)
      for (let i = 0; i < Math.abs(exponent); i++)
        (exponent > 0 ? above : below).push(nameOf(name));
    const product = above.length === 0 ? "1" : above.join(" * ");
    // Division last: the product is a whole number and so is the quotient.
    const text = below.reduce(
      (text, divisor) =>
        `${text.includes(" * ") ? `(${text})` : text} / ${divisor}`,
      product,
    );
    return {
      negative: numerator < 0,
      text,
      strength: above.length + below.length > 1 ? factor : atom,
    };
  });
  const [first, ...rest] = parts as [(typeof parts)[number], ...typeof parts];
  const text =
    (first.negative ? `-${first.text}` : first.text) +
    rest.map((part) => ` ${part.negative ? "-" : "+"} ${part.text}`).join("");
  return code(
    text,
    rest.length > 0 ? sum : first.negative ? prefix : first.strength,
  );
}

/** Sums of parts, none of which is zero unless all are. */
export function sumText(parts: readonly Code[]): string {
  const shown = parts.map(showCode).filter((text) => text !== "0");
  return shown.length === 0 ? "0" : shown.join(" + ").replaceAll("+ -", "- ");
}

export const productText = (a: Code, b: Code): string => {
  const [left, right] = [print(a), print(b)];
  if (left.text === "0" || right.text === "0") return "0";
  if (left.text === "1") return right.text;
  if (right.text === "1") return left.text;
  const side = (each: Printed): string =>
    each.strength < factor || each.text.includes("/")
      ? `(${each.text})`
      : each.text;
  return `${side(left)} * ${side(right)}`;
};

/**
 * Lays out one statement the way prettier does: on one line, behind the `=`, as a sum with a term a line,
 * a choice with a line for each side, or with a call's arguments on lines of their own. What fits none of
 * these is cut into parts with names.
 */
import {
  flatTerms,
  callParts,
  isBinary,
  showCode,
  showNumber,
  ternaryParts,
} from "./expression.js";
import type { Code } from "./expression.js";
import { width } from "./writer.js";

export interface Layout {
  /** Where the statement begins. */
  readonly indent: number;
  /** Such as `const v =` or `x[i] +=`. */
  readonly head: string;
  readonly value: Code;
  /** Booleans stay booleans. */
  readonly boolean: boolean;
}

/** Lines relative to the statement's own indentation, or `undefined` where it has to be cut. */
export function layOut({
  indent,
  head,
  value,
  boolean,
}: Layout): string[] | undefined {
  const show = boolean ? showCode : showNumber;
  const room = (extra: number, text: string): boolean =>
    indent + extra + text.length <= width;
  const flat = show(value);
  if (room(0, `${head} ${flat};`)) return [`${head} ${flat};`];
  if (value.kind === "text") return [head, `  ${flat};`];
  if (isBinary(value)) {
    if (room(2, `${flat};`)) return [head, `  ${flat};`];
    const terms = sum(value);
    if (!terms) return undefined;
    const lines = terms.map((line, i) =>
      i === terms.length - 1 ? `${line};` : line,
    );
    return lines.every((line) => room(2, line))
      ? [head, ...lines.map((line) => `  ${line}`)]
      : undefined;
  }
  const ternary = ternaryParts(value);
  if (ternary) {
    const { test, yes, no, binary } = ternary;
    if (binary && room(2, `${flat};`)) return [head, `  ${flat};`];
    const broken = binary
      ? [head, `  ${test}`, `    ? ${yes}`, `    : ${no};`]
      : [`${head} ${test}`, `  ? ${yes}`, `  : ${no};`];
    return broken.every((line) => room(0, line)) ? broken : undefined;
  }
  const call = callParts(value);
  if (!call) return undefined;
  const lines = call.args.map((arg) =>
    argument(arg, (extra, text) => room(2 + extra, text)),
  );
  if (lines.includes(undefined)) return undefined;
  return [
    `${head} ${call.name}(`,
    ...lines.flatMap((each) => each!).map((line) => `  ${line}`),
    ");",
  ];
}

/** Lines of one argument, the comma behind it included. */
function argument(
  value: Code,
  room: (extra: number, text: string) => boolean,
): string[] | undefined {
  const flat = `${showNumber(value)},`;
  if (room(0, flat)) return [flat];
  const terms = sum(value);
  if (!terms) return undefined;
  const [first, ...rest] = terms as [string, ...string[]];
  const lines = [first, ...rest.map((line) => `  ${line}`)].map(
    (line, i, all) => (i === all.length - 1 ? `${line},` : line),
  );
  return lines.every((line) => room(0, line)) ? lines : undefined;
}

/** Terms of a chain of one precedence, each with the operator that follows it. */
function sum(value: Code): string[] | undefined {
  const chain = flatTerms(value);
  return chain?.map(({ text, operator }) =>
    operator === undefined ? text : `${text} ${operator}`,
  );
}

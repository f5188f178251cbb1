/** Pieces of WebAssembly text: folded instructions of type i32 and loops. Vectors are in `expression.ts`. */

/** A folded instruction. */
export type Wat = string;

export const constant = (value: number): Wat => `(i32.const ${value})`;
export const get = (name: string): Wat => `(local.get $${name})`;
export const set = (name: string, value: Wat): Wat =>
  `(local.set $${name} ${value})`;

const zero = constant(0);
const one = constant(1);

export const add = (a: Wat, b: Wat): Wat =>
  a === zero ? b : b === zero ? a : `(i32.add ${a} ${b})`;
export const subtract = (a: Wat, b: Wat): Wat =>
  b === zero ? a : `(i32.sub ${a} ${b})`;
export const multiply = (a: Wat, b: Wat): Wat =>
  a === zero || b === zero
    ? zero
    : a === one
      ? b
      : b === one
        ? a
        : `(i32.mul ${a} ${b})`;

export const call = (name: string, ...args: readonly Wat[]): Wat =>
  args.length === 0 ? `(call $${name})` : `(call $${name} ${args.join(" ")})`;

const indented = (lines: readonly Wat[], by: string): Wat[] =>
  lines.flatMap((line) => line.split("\n").map((each) => by + each));

export const when = (condition: Wat, body: readonly Wat[]): Wat =>
  [`(if ${condition}`, "  (then", ...indented(body, "    "), "  ))"].join("\n");

/** for (v = from; v < to; v += by), all unsigned. */
export const countUp = (
  v: string,
  from: Wat,
  to: Wat,
  by: number,
  body: readonly Wat[],
): Wat =>
  [
    set(v, from),
    `(if (i32.lt_u ${get(v)} ${to})`,
    "  (then",
    `    (loop $each_${v}`,
    ...indented(body, "      "),
    `      ${set(v, add(get(v), constant(by)))}`,
    `      (br_if $each_${v} (i32.lt_u ${get(v)} ${to})))))`,
  ].join("\n");

/** for (v = from; v > 0; ) with v one less at the start of each turn. */
export const countDown = (v: string, from: Wat, body: readonly Wat[]): Wat =>
  [
    set(v, from),
    `(if ${get(v)}`,
    "  (then",
    `    (loop $each_${v}`,
    `      ${set(v, subtract(get(v), one))}`,
    ...indented(body, "      "),
    `      (br_if $each_${v} ${get(v)}))))`,
  ].join("\n");

export const textOf = (lines: readonly Wat[], by = "  "): string =>
  indented(lines, by).join("\n");

/**
 * Prints the inner loop of products: a block of rows and columns in registers, for each k one number of every
 * row and `vec4`s of the matrix. Four invocations next to each other that compute columns of the same rows may
 * share the loads of these: each loads one k of four, and all get it from there.
 */
import type { WgslFile } from "./file.js";
import { indented } from "./lines.js";

const each = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export interface Block {
  /** Rows, and `vec4`s of columns. */
  readonly height: number;
  readonly width: number;
  /** The variable that rows are read from; row i begins at `x${i}`. */
  readonly source: string;
  /** Of the matrix; the first `vec4` is at `w_at`. */
  readonly panels: string;
  /** `vec4`s from one k to the next. */
  readonly stride: string;
  readonly k: string;
}

/** The longest sum that is made at a stretch: the stretches of a longer one are added up. */
const longest = 256;

/**
 * Makes the sums, an array `sums` with the columns of a row next to each other. With the feature `quads` the
 * variable `quarter` is the invocation's place among four.
 */
export function blockSums(block: Block, file: WgslFile): string[] {
  const { height, width, source, panels, stride, k } = block;
  const names = each(height).flatMap((i) =>
    each(width).map((c) => `sum${i}_${c}`),
  );
  const step = (value: (row: number) => string): string[] => [
    ...each(width).map(
      (c) => `  let w${c} = ${panels}[w_at${c === 0 ? "" : ` + ${c}`}];`,
    ),
    ...each(height).flatMap((i) => [
      `  let v${i} = ${value(i)};`,
      ...each(width).map((c) => `  sum${i}_${c} += v${i} * w${c};`),
    ]),
    `  w_at += ${stride};`,
  ];
  const plain = (from: string): string[] => [
    `for (var k = ${from}; k < until; k++) {`,
    ...step((i) => `${source}[x${i} + k]`),
    "}",
  ];
  const shared = (): string[] => [
    "let shared_k = until & ~3;",
    "for (var k = stretch; k < shared_k; k += 4) {",
    ...each(height).map((i) => `  let u${i} = ${source}[x${i} + k + quarter];`),
    ...each(4).flatMap((q) => [
      "  {",
      ...step((i) => `quadBroadcast(u${i}, ${q}u)`).map((line) => `  ${line}`),
      "  }",
    ]),
    "}",
    ...plain("shared_k"),
  ];
  const loop =
    height === 1
      ? plain("stretch")
      : file.either("quads", shared(), plain("stretch"));
  return [
    `var sums = array<vec4f, ${names.length}>();`,
    `for (var stretch = 0; stretch < ${k}; stretch += ${longest}) {`,
    ...indented([
      `let until = min(stretch + ${longest}, ${k});`,
      ...names.map((name) => `var ${name} = vec4f();`),
      ...loop,
      ...names.map((name, i) => `sums[${i}] += ${name};`),
    ]),
    "}",
  ];
}

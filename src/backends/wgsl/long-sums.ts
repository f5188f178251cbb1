/**
 * Prints loops whose sums are made in parts of parts, so that long sums lose no more to rounding than short ones.
 * Summation that compensates for rounding would not do everywhere: WGSL allows to reorder it away.
 */
import { indented } from "./lines.js";

/** Turns whose sum is added to that of so many parts, which is added to the whole. */
export const partTurns = 64;

/** The variable that the body of the loop adds to. */
export const partOf = (sum: string): string => `part_of_${sum}`;

export interface SumLoop {
  readonly variable: string;
  readonly from: string;
  readonly to: string;
  readonly by: string | number;
  readonly body: readonly string[];
}

/** A loop whose body adds to the parts of variables that are there. */
export function inParts(
  sums: readonly string[],
  { variable, from, to, by, body }: SumLoop,
): string[] {
  const stretch = `${variable}_0`;
  const turns = `${partTurns} * ${by}`;
  const parts = `parts_along_${variable}`;
  return [
    "{",
    ...indented([
      ...sums.map((sum) => `var some_of_${sum} = 0.0;`),
      `var ${parts} = 0;`,
      `for (var ${stretch} = ${from}; ${stretch} < ${to}; ${stretch} += ${turns}) {`,
      ...indented([
        ...sums.map((sum) => `var ${partOf(sum)} = 0.0;`),
        `for (var ${variable} = ${stretch}; ${variable} < min(${stretch} + ${turns}, ${to}); ${variable} += ${by}) {`,
        ...indented(body),
        "}",
        ...sums.map((sum) => `some_of_${sum} += ${partOf(sum)};`),
        `${parts}++;`,
        `if (${parts} == ${partTurns}) {`,
        ...sums.flatMap((sum) => [
          `  ${sum} += some_of_${sum};`,
          `  some_of_${sum} = 0.0;`,
        ]),
        `  ${parts} = 0;`,
        "}",
      ]),
      "}",
      ...sums.map((sum) => `${sum} += some_of_${sum};`),
    ]),
    "}",
  ];
}

/** One kind of problem: what the catalogue is made of. */
import type { Description, Severity } from "./diagnostic.js";

export interface Problem<Details> {
  readonly code: string;
  readonly severity: Severity;
  /** One sentence for the list of all problems in the documentation. */
  readonly summary: string;
  readonly describe: (details: Details) => Description;
}

export const error = <Details>(
  code: string,
  summary: string,
  describe: (details: Details) => Description,
): Problem<Details> => ({ code, severity: "error", summary, describe });

export const warning = <Details>(
  code: string,
  summary: string,
  describe: (details: Details) => Description,
): Problem<Details> => ({ code, severity: "warning", summary, describe });

/** `a`, `b` and `c`, each between backticks. */
export function listNames(names: readonly string[], last = "and"): string {
  const quoted = names.map((name) => `\`${name}\``);
  if (quoted.length < 2) return quoted.join("");
  return `${quoted.slice(0, -1).join(", ")} ${last} ${quoted.at(-1)}`;
}

/** `1 argument`, `2 arguments`. */
export const count = (n: number, noun: string): string =>
  `${n} ${noun}${n === 1 ? "" : "s"}`;

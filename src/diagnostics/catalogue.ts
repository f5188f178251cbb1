/**
 * Every problem the compiler can report, by a key that the code uses and a number that users see.
 * The records stand in `problems/`, one file per family; messages and documentation come from them.
 */
import type { Problem } from "./problem.js";
import { limitProblems } from "./problems/limits.js";
import { nameProblems } from "./problems/names.js";
import { shapeProblems } from "./problems/shapes.js";
import { structureProblems } from "./problems/structure.js";
import { syntaxProblems } from "./problems/syntax.js";
import { warnings } from "./problems/warnings.js";

export const catalogue = {
  ...syntaxProblems,
  ...nameProblems,
  ...shapeProblems,
  ...structureProblems,
  ...limitProblems,
  ...warnings,
} as const;

export type ProblemKey = keyof typeof catalogue;

/** What the record of a problem wants to know. */
export type Details<Key extends ProblemKey> =
  (typeof catalogue)[Key] extends Problem<infer D> ? D : never;

export interface CatalogueEntry {
  readonly key: ProblemKey;
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly summary: string;
}

/** All problems by code, for the documentation and for the test that each has a test. */
export const listCatalogue = (): CatalogueEntry[] =>
  (Object.keys(catalogue) as ProblemKey[])
    .map((key) => {
      const { code, severity, summary } = catalogue[key];
      return { key, code, severity, summary };
    })
    .sort((a, b) => (a.code < b.code ? -1 : 1));

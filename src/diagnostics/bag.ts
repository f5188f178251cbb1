/** Collects the problems of one run, together with the texts that their frames are drawn from. */
import { catalogue, type Details, type ProblemKey } from "./catalogue.js";
import type { Description, Diagnostic } from "./diagnostic.js";
import { nearest } from "./nearest.js";
import type { Problem } from "./problem.js";
import type { Span } from "./span.js";

/** A file of noise has an error in every line; nobody reads more than this many. */
export const problemLimit = 200;

export class DiagnosticBag {
  readonly #diagnostics: Diagnostic[] = [];
  readonly #seen = new Set<string>();
  readonly #sources = new Map<string, string>();
  #errors = 0;
  #full = false;
  #errorReports = 0;

  /** Reports a problem of the catalogue. The same problem at the same place counts once. */
  report<Key extends ProblemKey>(key: Key, details: Details<Key>): void {
    const { code, severity, describe } = catalogue[key] as Problem<
      Details<Key>
    >;
    if (severity === "error") this.#errorReports++;
    if (this.#full) return;
    this.#add({ code, severity, ...complete(describe(details)) });
  }

  /** The name that a mistyped one most likely stands for. Past the last problem that is shown none is looked for. */
  nearest(
    name: string,
    candidates: () => Iterable<string>,
  ): string | undefined {
    return this.#full ? undefined : nearest(name, candidates());
  }

  #add(diagnostic: Diagnostic): void {
    const { code, message, span } = diagnostic;
    const identity = JSON.stringify([
      code,
      span.file,
      span.start,
      span.end,
      message,
    ]);
    if (this.#seen.has(identity)) return;
    this.#seen.add(identity);
    this.#diagnostics.push(diagnostic);
    // Warnings are as many as there are declarations and need no limit; they may not crowd out an error.
    if (diagnostic.severity === "error") this.#errors++;
    if (this.#errors >= problemLimit) {
      const { code, severity, describe } = catalogue.tooManyProblems;
      this.#full = true;
      this.#diagnostics.push({
        code,
        severity,
        ...complete(describe({ span, limit: problemLimit })),
      });
    }
  }

  /** Whether an error was reported inside of a place: what follows from it need not be told. */
  hasErrorWithin({ file, start, end }: Span): boolean {
    return this.#diagnostics.some(
      ({ severity, span }) =>
        severity === "error" &&
        span.file === file &&
        span.start >= start &&
        span.end <= end,
    );
  }

  /** What stands at a place. */
  textOf({ file, start, end }: Span): string {
    return this.#sources.get(file)?.slice(start, end) ?? "";
  }

  /** Remembers the text of a file, for frames. */
  addSource(file: string, text: string): void {
    this.#sources.set(file, text);
  }

  get sources(): ReadonlyMap<string, string> {
    return this.#sources;
  }

  /** Errors reported so far, repeated and unshown ones too: tells whether a stage went wrong. */
  get errorReports(): number {
    return this.#errorReports;
  }

  /** Number of problems so far, warnings included. */
  get size(): number {
    return this.#diagnostics.length;
  }

  /** All problems: files in the order of their first text, within a file from top to bottom. */
  get diagnostics(): Diagnostic[] {
    const ranks = new Map(
      [...this.#sources.keys()].map((file, i) => [file, i]),
    );
    const rank = (file: string) => ranks.get(file) ?? ranks.size;
    return [...this.#diagnostics].sort(
      (a, b) =>
        rank(a.span.file) - rank(b.span.file) ||
        a.span.start - b.span.start ||
        a.span.end - b.span.end,
    );
  }
}

const complete = (description: Description) => ({
  message: description.message,
  span: description.span,
  labels: description.labels ?? [],
  notes: description.notes ?? [],
  help: description.help,
  fix: description.fix,
});

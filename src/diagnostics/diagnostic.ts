/** A problem as data. It is collected in a bag and turned into text or JSON at the very end. */
import type { Span } from "./span.js";

export type Severity = "error" | "warning";

/** Underlines a second place. One on the line of the problem, or near it, is drawn into its frame. */
export interface Label {
  readonly span: Span;
  /** May be empty: the place is underlined and nothing is written below it. */
  readonly text: string;
}

/** Something worth knowing, with the place it speaks of. */
export interface Note {
  readonly text: string;
  readonly span?: Span | undefined;
}

/** Text that mends the problem when it takes the place of `span`. */
export interface Fix {
  readonly span: Span;
  readonly replacement: string;
}

/** What a record of the catalogue makes of the details of one problem. */
export interface Description {
  /** One sentence, no full stop; names of the spec stand between backticks. */
  readonly message: string;
  readonly span: Span;
  readonly labels?: readonly Label[] | undefined;
  readonly notes?: readonly Note[] | undefined;
  /** The mend, in words. */
  readonly help?: string | undefined;
  readonly fix?: Fix | undefined;
}

export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly span: Span;
  readonly labels: readonly Label[];
  readonly notes: readonly Note[];
  readonly help: string | undefined;
  readonly fix: Fix | undefined;
}

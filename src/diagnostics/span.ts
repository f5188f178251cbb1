/** Where something stands in a source file: half-open range of UTF-16 offsets. */
export interface Span {
  /** Path as the user gave it (or a label such as `<prelude>`). */
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

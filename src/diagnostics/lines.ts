/** Lines and columns of a text, both from 1; columns count UTF-16 units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export class Lines {
  readonly #starts: readonly number[];

  constructor(readonly text: string) {
    const starts = [0];
    for (const match of text.matchAll(/\r\n|\r|\n/g))
      starts.push(match.index + match[0].length);
    this.#starts = starts;
  }

  position(offset: number): Position {
    const within = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= within) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: within - this.#starts[low]! + 1 };
  }

  /** Offset of the first character of a line. */
  start(line: number): number {
    return this.#starts[line - 1] ?? this.text.length;
  }

  /** The line without its end. */
  line(line: number): string {
    const start = this.start(line);
    return this.text.slice(start, this.start(line + 1)).replace(/[\r\n]+$/, "");
  }
}

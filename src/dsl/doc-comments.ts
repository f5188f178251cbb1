/** Finds the `///` lines that belong to a declaration: the last block of them before it. */
import type { IToken } from "chevrotain";
import { endOf } from "./cst.js";

export class DocComments {
  #next = 0;

  constructor(
    readonly text: string,
    readonly comments: readonly IToken[],
  ) {}

  /** Lines before `start` that no earlier declaration took. Call it in the order of the text. */
  before(start: number): string[] {
    let block: IToken[] = [];
    for (; this.#next < this.comments.length; this.#next++) {
      const comment = this.comments[this.#next]!;
      if (comment.startOffset >= start) break;
      const last = block.at(-1);
      const continues =
        last !== undefined &&
        /^\r?\n?[ \t]*$/.test(
          this.text.slice(endOf(last), comment.startOffset),
        );
      if (continues) block.push(comment);
      else block = [comment];
    }
    const last = block.at(-1);
    if (last === undefined || !this.#reaches(endOf(last), start)) return [];
    return block.map(({ image }) => image.slice(3).replace(/^ /, "").trimEnd());
  }

  /** Nothing but white space and comments lies between: the lines are not from inside an earlier cell. */
  #reaches(from: number, to: number): boolean {
    const between = this.text
      .slice(from, to)
      .replace(/\/\*[^]*?\*\/|\/\/[^\r\n]*/g, "");
    return between.trim() === "";
  }
}

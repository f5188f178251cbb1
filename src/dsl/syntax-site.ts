/** Where a syntax error stands: its item, its line, the brackets around it. */
import {
  EOF,
  tokenMatcher,
  type IRecognitionException,
  type IToken,
} from "chevrotain";
import type { Span } from "../diagnostics/span.js";
import { endOf, tokenSpan } from "./cst.js";
import * as type from "./tokens.js";

export interface SyntaxProblems {
  readonly file: string;
  readonly text: string;
  readonly lexed: type.LexedText;
  readonly errors: readonly IRecognitionException[];
  /** The token at which the parser gave up. */
  readonly overflow: IToken | undefined;
}

/** Where a parser error stands, and what is around it. */
export class Site {
  readonly rule: string;
  readonly span: Span;
  readonly offset: number;
  readonly region: number;
  readonly previous: IToken | undefined;
  readonly next: IToken | undefined;
  readonly #index: number;

  constructor(
    readonly problems: SyntaxProblems,
    regions: Regions,
    readonly error: IRecognitionException,
  ) {
    const { tokens } = problems.lexed;
    const { token, context } = error;
    this.rule = context.ruleStack.at(-1) ?? "file";
    this.#index =
      token.tokenType === EOF ? tokens.length : regions.indexOf(token);
    this.previous = tokens[this.#index - 1];
    this.next = tokens[this.#index + 1];
    this.span = this.#place();
    this.offset = this.span.start;
    this.region = regions.of(Math.max(0, this.#index - 1));
  }

  /** The error stands where an item of a cell begins. */
  get isItem(): boolean {
    return ["cell", "cellItem", "stray"].includes(this.rule);
  }

  /** The token to blame. */
  get found(): IToken {
    return this.rule === "stray" && this.previous !== undefined
      ? this.previous
      : this.error.token;
  }

  /** Names at the start of a broken item, which were probably meant to be declared or defined. */
  unreadNames(): IToken[] {
    return this.isItem && (this.rule === "stray" || !this.sameLine)
      ? [...new Set([this.found, this.error.token])].filter((token) =>
          tokenMatcher(token, type.AnyName),
        )
      : [];
  }

  /** The found token stands on the line of the one before it. */
  get sameLine(): boolean {
    if (this.previous === undefined || this.error.token.tokenType === EOF)
      return false;
    const between = this.problems.text.slice(
      endOf(this.previous),
      this.error.token.startOffset,
    );
    return !/[\r\n]/.test(between);
  }

  /** The token that is wrong; when it stands on a later line, the end of the line where something is missing. */
  #place(): Span {
    const { file, text } = this.problems;
    if (this.rule === "stray") return tokenSpan(file, this.found);
    if (this.previous !== undefined && !this.sameLine) {
      const end = endOf(this.previous);
      return { file, start: end, end };
    }
    return this.error.token.tokenType === EOF
      ? { file, start: text.length, end: text.length }
      : tokenSpan(file, this.error.token);
  }

  /** Of the brackets that `closing` would close, the innermost that is still open here. */
  openBracket(closing: string): { span: Span; text: string } | undefined {
    const { file, lexed } = this.problems;
    const opening = { ")": "(", "]": "[", "}": "{" }[closing];
    let closed = 0;
    for (let i = this.#index - 1; i >= 0; i--) {
      const token = lexed.tokens[i]!;
      if (token.image === closing) closed++;
      else if (token.image === opening && closed-- === 0)
        return { span: tokenSpan(file, token), text: token.image };
    }
    return undefined;
  }
}

/** Numbers the items of a file, so that each is blamed once. */
export class Regions {
  readonly #regions: number[] = [];
  readonly #indices = new Map<IToken, number>();

  constructor(readonly tokens: readonly IToken[]) {
    let region = 0;
    tokens.forEach((token, index) => {
      if (tokenMatcher(token, type.ItemStart)) region++;
      this.#regions.push(region);
      this.#indices.set(token, index);
    });
  }

  indexOf(token: IToken): number {
    return this.#indices.get(token) ?? 0;
  }

  of(index: number): number {
    return this.#regions[index] ?? 0;
  }

  /** Region of the last token that starts before the offset. */
  at(offset: number): number {
    let low = 0;
    let high = this.tokens.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.tokens[middle]!.startOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return this.of(low - 1);
  }
}

/**
 * Says in the user's words what the parser expected. The message of a parser error is that phrase
 * alone; `syntax-errors.ts` makes the diagnostic of it.
 *
 * It also stops a parse that has too many errors: the parser's recovery recurs once per error.
 */
import {
  EOF,
  tokenLabel,
  type IParserErrorMessageProvider,
  type IToken,
} from "chevrotain";
import { problemLimit } from "../diagnostics/bag.js";

class ParseOverflow extends Error {
  constructor(readonly token: IToken) {
    super("too many syntax errors");
  }
}

const afterOperand = "an operator";

/** What may stand where a rule wants one more of its parts, or its closing bracket. */
const closing: Readonly<Record<string, string>> = {
  file: "`cell`, `fn`, `const` or `import`",
  cell: "a declaration, a definition or `}`",
  fnBody: "`name = …` or `return`",
  args: "`,` or `)`",
  operand: "`)`",
  shape: "`,` or `]`",
};

const choices: Readonly<Record<string, string>> = {
  topLevel: "`cell`, `fn`, `const` or `import`",
  fnItem: "`=` or `{`",
  cellItem: "a declaration or a definition",
  declared: "a shape such as `[N]`, or `token[V]`",
  operand: "an expression",
};

export class ParseMessages implements IParserErrorMessageProvider {
  #errors = 0;
  #limit = problemLimit;

  static isOverflow(fault: unknown): fault is ParseOverflow {
    return fault instanceof ParseOverflow;
  }

  /** Recovery may look at all tokens for each error: the longer the text, the sooner it ends. */
  restart(tokens: number): void {
    this.#errors = 0;
    this.#limit = Math.max(
      20,
      Math.min(problemLimit, Math.floor(5_000_000 / tokens)),
    );
  }

  #phrase(actual: IToken, phrase: string): string {
    this.#errors++;
    if (this.#errors > this.#limit) throw new ParseOverflow(actual);
    return phrase;
  }

  buildMismatchTokenMessage({
    expected,
    actual,
    ruleName,
  }: Parameters<
    IParserErrorMessageProvider["buildMismatchTokenMessage"]
  >[0]): string {
    const label =
      expected === EOF
        ? closing["file"]!
        : ruleName === "stray"
          ? choices["cellItem"]!
          : tokenLabel(expected);
    const closes = /^`[)}\]]`$/.test(label) || label === "`return`";
    return this.#phrase(
      actual,
      (closes ? closing[ruleName] : undefined) ?? label,
    );
  }

  buildNotAllInputParsedMessage({
    firstRedundant,
  }: Parameters<
    IParserErrorMessageProvider["buildNotAllInputParsedMessage"]
  >[0]): string {
    return this.#phrase(firstRedundant, closing["file"]!);
  }

  buildNoViableAltMessage({
    actual,
    ruleName,
  }: Parameters<
    IParserErrorMessageProvider["buildNoViableAltMessage"]
  >[0]): string {
    return this.#phrase(actual[0]!, choices[ruleName] ?? afterOperand);
  }

  buildEarlyExitMessage({
    actual,
  }: Parameters<
    IParserErrorMessageProvider["buildEarlyExitMessage"]
  >[0]): string {
    return this.#phrase(actual[0]!, "a name");
  }
}

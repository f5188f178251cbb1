/**
 * The grammar, without actions. An expression is a flat list of operands and operators: precedence is
 * the business of `expressions.ts`, so that a long or deeply nested expression costs few stack frames
 * here and a broken one is mended at the nearest operator.
 */
import { CstParser, tokenMatcher, type IToken } from "chevrotain";
import { ParseMessages } from "./parse-messages.js";
import * as token from "./tokens.js";

/**
 * Never made up by the recovery: what only the author knows, and `=`, after which the next line would be
 * taken for the missing value.
 */
const irreplaceable: readonly unknown[] = [
  token.Equals,
  token.Name,
  token.AnyName,
  token.DefinedName,
  token.NumberLiteral,
  token.StringLiteral,
  token.BinarySign,
  token.ItemStart,
];

class CellParser extends CstParser {
  constructor(messages: ParseMessages) {
    super(token.vocabulary, {
      recoveryEnabled: true,
      maxLookahead: 2,
      nodeLocationTracking: "onlyOffset",
      errorMessageProvider: messages,
    });
    this.performSelfAnalysis();
  }

  protected override canTokenTypeBeInsertedInRecovery(
    type: IToken["tokenType"],
  ): boolean {
    return !irreplaceable.includes(type);
  }

  protected override canTokenTypeBeDeletedInRecovery(
    type: IToken["tokenType"],
  ): boolean {
    return (
      type !== token.ItemStart &&
      !tokenMatcher(this.LA(1), token.ItemStart) &&
      !tokenMatcher(this.LA(1), token.RightBrace)
    );
  }

  readonly file = this.RULE("file", () => {
    this.MANY(() => this.SUBRULE(this.topLevel));
  });

  readonly topLevel = this.RULE("topLevel", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.importItem) },
      { ALT: () => this.SUBRULE(this.constItem) },
      { ALT: () => this.SUBRULE(this.fnItem) },
      { ALT: () => this.SUBRULE(this.cell) },
    ]);
  });

  readonly importItem = this.RULE("importItem", () => {
    this.CONSUME(token.Import);
    this.CONSUME(token.LeftBrace);
    this.SUBRULE(this.names);
    this.CONSUME(token.RightBrace);
    this.CONSUME(token.From);
    this.CONSUME(token.StringLiteral);
  });

  readonly constItem = this.RULE("constItem", () => {
    this.CONSUME(token.Const);
    this.CONSUME(token.AnyName);
    this.CONSUME(token.Equals);
    this.SUBRULE(this.expression);
  });

  readonly fnItem = this.RULE("fnItem", () => {
    this.CONSUME(token.Fn);
    this.CONSUME(token.AnyName);
    this.CONSUME(token.LeftParen);
    this.OPTION(() => this.SUBRULE(this.names));
    this.CONSUME(token.RightParen);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(token.Equals);
          this.SUBRULE(this.expression);
        },
      },
      { ALT: () => this.SUBRULE(this.fnBody) },
    ]);
  });

  readonly fnBody = this.RULE("fnBody", () => {
    this.CONSUME(token.LeftBrace);
    this.MANY(() => this.SUBRULE(this.local));
    this.CONSUME(token.Return);
    this.SUBRULE(this.expression);
    this.CONSUME(token.RightBrace);
  });

  readonly local = this.RULE("local", () => {
    this.CONSUME(token.DefinedName);
    this.CONSUME(token.Equals);
    this.SUBRULE(this.expression);
  });

  readonly cell = this.RULE("cell", () => {
    this.CONSUME(token.Cell);
    this.CONSUME(token.AnyName);
    this.OPTION(() => {
      this.CONSUME(token.Extends);
      this.CONSUME2(token.AnyName);
    });
    this.CONSUME(token.LeftBrace);
    this.MANY(() => this.SUBRULE(this.cellItem));
    this.CONSUME(token.RightBrace);
  });

  readonly cellItem = this.RULE("cellItem", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.declaration) },
      { ALT: () => this.SUBRULE(this.constItem) },
      { ALT: () => this.SUBRULE(this.fixItem) },
      { ALT: () => this.SUBRULE(this.gate) },
      { ALT: () => this.SUBRULE(this.definition) },
      { ALT: () => this.SUBRULE(this.outputItem) },
      { ALT: () => this.SUBRULE(this.stray) },
    ]);
  });

  /** Never right: gives a line that starts wrongly an error, and an end, of its own. */
  readonly stray = this.RULE("stray", () => {
    this.CONSUME(token.StrayName);
    this.CONSUME(token.ItemStart);
  });

  readonly declaration = this.RULE("declaration", () => {
    this.OR([
      { ALT: () => this.CONSUME(token.Input) },
      { ALT: () => this.CONSUME(token.Context) },
      { ALT: () => this.CONSUME(token.State) },
      { ALT: () => this.CONSUME(token.Param) },
      { ALT: () => this.CONSUME(token.Buffer) },
    ]);
    this.AT_LEAST_ONE_SEP({
      SEP: token.Comma,
      DEF: () => this.SUBRULE(this.declared),
    });
  });

  /** `h, c: [N] = 0`, one group of a declaration. */
  readonly declared = this.RULE("declared", () => {
    this.SUBRULE(this.names);
    this.CONSUME(token.Colon);
    this.OR([
      { ALT: () => this.SUBRULE(this.shape) },
      { ALT: () => this.SUBRULE(this.tokenType) },
    ]);
    this.OPTION(() => {
      this.OR2([
        {
          ALT: () => {
            this.CONSUME(token.Equals);
            this.SUBRULE(this.expression);
          },
        },
        { ALT: () => this.SUBRULE(this.distribution) },
      ]);
    });
  });

  readonly tokenType = this.RULE("tokenType", () => {
    this.CONSUME(token.Token);
    this.CONSUME(token.LeftSquare);
    this.SUBRULE(this.expression);
    this.CONSUME(token.RightSquare);
  });

  readonly distribution = this.RULE("distribution", () => {
    this.CONSUME(token.Tilde);
    this.CONSUME(token.Name);
    this.OPTION(() => this.SUBRULE(this.args));
  });

  readonly fixItem = this.RULE("fixItem", () => {
    this.CONSUME(token.Fix);
    this.SUBRULE(this.names);
    this.CONSUME(token.Equals);
    this.SUBRULE(this.expression);
  });

  readonly gate = this.RULE("gate", () => {
    this.CONSUME(token.Gate);
    this.SUBRULE(this.definition);
  });

  readonly definition = this.RULE("definition", () => {
    this.CONSUME(token.DefinedName);
    this.OPTION(() => {
      this.CONSUME(token.Colon);
      this.SUBRULE(this.shape);
    });
    this.CONSUME(token.Equals);
    this.SUBRULE(this.expression);
  });

  readonly outputItem = this.RULE("outputItem", () => {
    this.CONSUME(token.Output);
    this.SUBRULE(this.names);
  });

  readonly names = this.RULE("names", () => {
    this.AT_LEAST_ONE_SEP({
      SEP: token.Comma,
      DEF: () => this.CONSUME(token.AnyName),
    });
  });

  readonly shape = this.RULE("shape", () => {
    this.CONSUME(token.LeftSquare);
    this.MANY_SEP({
      SEP: token.Comma,
      DEF: () => this.SUBRULE(this.expression),
    });
    this.CONSUME(token.RightSquare);
  });

  readonly expression = this.RULE("expression", () => {
    this.SUBRULE(this.operand);
    this.MANY(() => {
      this.CONSUME(token.BinarySign);
      this.SUBRULE2(this.operand);
    });
  });

  readonly operand = this.RULE("operand", () => {
    this.MANY(() => this.CONSUME(token.PrefixSign));
    this.OR([
      { ALT: () => this.CONSUME(token.NumberLiteral) },
      {
        ALT: () => {
          this.CONSUME(token.Name);
          this.OPTION(() => this.SUBRULE(this.args));
        },
      },
      {
        ALT: () => {
          this.CONSUME(token.LeftParen);
          this.SUBRULE(this.expression);
          this.CONSUME(token.RightParen);
        },
      },
    ]);
    this.MANY2(() => this.SUBRULE(this.suffix));
  });

  readonly args = this.RULE("args", () => {
    this.CONSUME(token.LeftParen);
    this.MANY_SEP({
      SEP: token.Comma,
      DEF: () => this.SUBRULE(this.expression),
    });
    this.CONSUME(token.RightParen);
  });

  /** `.T` or `[t-1]` */
  readonly suffix = this.RULE("suffix", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(token.Dot);
          this.CONSUME(token.Name);
        },
      },
      {
        ALT: () => {
          this.CONSUME(token.LeftSquare);
          this.SUBRULE(this.expression);
          this.CONSUME(token.RightSquare);
        },
      },
    ]);
  });
}

// Built once: the analysis of the grammar takes longer than most parses. A parse sets all of its state anew.
const messages = new ParseMessages();
const parser = new CellParser(messages);

/** The tree and the problems of a token list. The tree is missing where there were too many problems. */
export function parseTokens(tokens: IToken[]) {
  messages.restart(tokens.length);
  parser.input = tokens;
  try {
    const tree = parser.file();
    return { tree, errors: parser.errors, overflow: undefined };
  } catch (fault) {
    if (!ParseMessages.isOverflow(fault)) throw fault;
    return { tree: undefined, errors: parser.errors, overflow: fault.token };
  }
}

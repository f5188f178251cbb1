/**
 * The words and signs of the language.
 *
 * All words come out of the lexer as names; `classify` then tells keywords from names, and marks a name
 * that `=` or `:` follows. Such a name starts a definition, so that the parser, which knows no line
 * breaks, finds the next item again after a broken one. Line breaks count only for guesses at errors.
 */
import { createToken, Lexer, type IToken, type TokenType } from "chevrotain";

const word = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy;

function matchWord(text: string, offset: number): RegExpExecArray | null {
  word.lastIndex = offset;
  return word.exec(text);
}

/** First characters for the lexer's table; above 255 it is told one per block, for all letters. */
const wordStarts: number[] = [];
for (let code = 0; code < 0x10000; code += code < 256 ? 1 : 128)
  if (code >= 256 || /[\p{L}_]/u.test(String.fromCharCode(code)))
    wordStarts.push(code);

/** Where an item of a cell or of a file may start. */
export const ItemStart = createToken({ name: "ItemStart", pattern: Lexer.NA });
export const BinarySign = createToken({
  name: "BinarySign",
  pattern: Lexer.NA,
  label: "an operator",
});
export const PrefixSign = createToken({
  name: "PrefixSign",
  pattern: Lexer.NA,
});

/** What can be declared: any name, wherever it stands. */
export const AnyName = createToken({
  name: "AnyName",
  label: "a name",
  pattern: Lexer.NA,
});
/** What an expression may refer to: not a name that begins the next item. */
export const Name = createToken({
  name: "Name",
  label: "a name",
  pattern: { exec: matchWord },
  start_chars_hint: wordStarts,
  line_breaks: false,
  categories: AnyName,
});
/** A name that `=` or `:` follows. */
export const DefinedName = createToken({
  name: "DefinedName",
  label: "a name",
  pattern: Lexer.NA,
  categories: [AnyName, ItemStart],
});
/** A name that starts a line and is followed by `==`: part of an expression, or a mistyped definition. */
const ComparedName = createToken({
  name: "ComparedName",
  label: "a name",
  pattern: Lexer.NA,
  categories: [Name, DefinedName],
});
/**
 * A name that starts a line and is followed by another word on it, which no expression allows: most
 * likely a mistyped keyword or a forgotten `=`.
 */
export const StrayName = createToken({
  name: "StrayName",
  label: "a name",
  pattern: Lexer.NA,
  categories: [AnyName, ItemStart],
});

const keyword = (image: string, categories: TokenType[] = []) =>
  createToken({
    name: image[0]!.toUpperCase() + image.slice(1),
    label: `\`${image}\``,
    pattern: Lexer.NA,
    categories,
  });

export const Import = keyword("import", [ItemStart]);
export const Const = keyword("const", [ItemStart]);
export const Fn = keyword("fn", [ItemStart]);
export const Cell = keyword("cell", [ItemStart]);
export const Input = keyword("input", [ItemStart]);
export const Context = keyword("context", [ItemStart]);
export const State = keyword("state", [ItemStart]);
export const Param = keyword("param", [ItemStart]);
export const Buffer = keyword("buffer", [ItemStart]);
export const Gate = keyword("gate", [ItemStart]);
export const Output = keyword("output", [ItemStart]);
export const Fix = keyword("fix", [ItemStart]);
export const Extends = keyword("extends");
export const Return = keyword("return", [ItemStart]);
export const And = keyword("and", [BinarySign]);
export const Or = keyword("or", [BinarySign]);
export const Not = keyword("not", [PrefixSign]);
// Words only where the grammar asks for them, names everywhere else.
export const From = keyword("from", [Name]);
export const Token = keyword("token", [Name]);

const keywords: ReadonlyMap<string, TokenType> = new Map(
  Object.entries({
    import: Import,
    const: Const,
    fn: Fn,
    cell: Cell,
    input: Input,
    context: Context,
    state: State,
    param: Param,
    buffer: Buffer,
    gate: Gate,
    output: Output,
    fix: Fix,
    extends: Extends,
    return: Return,
    and: And,
    or: Or,
    not: Not,
    from: From,
    token: Token,
  }),
);

/** Keywords that start an item, for guesses at a mistyped one. */
export const itemKeywords: readonly string[] = [...keywords]
  .filter(([, type]) => type.CATEGORIES?.includes(ItemStart))
  .map(([image]) => image);

const sign = (
  name: string,
  pattern: RegExp,
  label: string,
  categories: TokenType[] = [],
) => createToken({ name, pattern, label: `\`${label}\``, categories });

export const LeftBrace = sign("LeftBrace", /\{/, "{");
export const RightBrace = sign("RightBrace", /\}/, "}");
export const LeftParen = sign("LeftParen", /\(/, "(");
export const RightParen = sign("RightParen", /\)/, ")");
export const LeftSquare = sign("LeftSquare", /\[/, "[");
export const RightSquare = sign("RightSquare", /\]/, "]");
export const Comma = sign("Comma", /,/, ",");
export const Colon = sign("Colon", /:/, ":");
export const Tilde = sign("Tilde", /~/, "~");
export const Dot = sign("Dot", /\./, ".");
export const Equals = sign("Equals", /=/, "=");
export const Minus = sign("Minus", /-/, "-", [BinarySign, PrefixSign]);

const binary = (name: string, pattern: RegExp, image: string) =>
  sign(name, pattern, image, [BinarySign]);

const EqualTo = binary("EqualTo", /==/, "==");
const signs = [
  EqualTo,
  binary("NotEqualTo", /!=/, "!="),
  binary("AtLeast", />=/, ">="),
  binary("AtMost", /<=/, "<="),
  binary("Greater", />/, ">"),
  binary("Less", /</, "<"),
  Equals,
  binary("Plus", /\+/, "+"),
  Minus,
  binary("Star", /\*/, "*"),
  binary("Slash", /\//, "/"),
  binary("Caret", /\^/, "^"),
  binary("At", /@/, "@"),
  LeftBrace,
  RightBrace,
  LeftParen,
  RightParen,
  LeftSquare,
  RightSquare,
  Comma,
  Colon,
  Tilde,
  Dot,
];

export const NumberLiteral = createToken({
  name: "NumberLiteral",
  label: "a number",
  pattern: /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/,
});
export const StringLiteral = createToken({
  name: "StringLiteral",
  label: "a file name in quotes",
  pattern: /"[^"\r\n]*"/,
});
export const OpenString = createToken({
  name: "OpenString",
  label: "a string",
  pattern: /"[^"\r\n]*/,
  categories: [StringLiteral],
});

const Space = createToken({
  name: "Space",
  pattern: /[ \t\r\n\f\v\u00a0]+/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});
const comment = (name: string, pattern: RegExp, group: string) =>
  createToken({ name, pattern, group, line_breaks: true });
const DocComment = comment("DocComment", /\/\/\/[^\r\n]*/, "docs");
const LineComment = comment("LineComment", /\/\/[^\r\n]*/, Lexer.SKIPPED);
const BlockComment = comment(
  "BlockComment",
  /\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\//,
  Lexer.SKIPPED,
);
const OpenComment = comment("OpenComment", /\/\*[^]*/, "openComments");

/** All that the grammar may speak of. */
export const vocabulary: TokenType[] = [
  Space,
  DocComment,
  LineComment,
  BlockComment,
  OpenComment,
  StringLiteral,
  OpenString,
  NumberLiteral,
  ...signs,
  ItemStart,
  BinarySign,
  PrefixSign,
  ...keywords.values(),
  AnyName,
  DefinedName,
  ComparedName,
  StrayName,
  Name,
];

const lexer = new Lexer(vocabulary, { positionTracking: "onlyOffset" });

export interface LexedText {
  readonly tokens: IToken[];
  readonly docs: readonly IToken[];
  /** Block comments without an end: at most one. */
  readonly openComments: readonly IToken[];
  /** Characters that no token starts with. */
  readonly unexpected: readonly {
    readonly start: number;
    readonly end: number;
  }[];
}

export function lex(text: string): LexedText {
  const { tokens, groups, errors } = lexer.tokenize(text);
  classify(text, tokens);
  return {
    tokens,
    docs: groups["docs"] ?? [],
    openComments: groups["openComments"] ?? [],
    unexpected: errors.map(({ offset, length }) => ({
      start: offset,
      end: offset + length,
    })),
  };
}

function classify(text: string, tokens: readonly IToken[]): void {
  tokens.forEach((token, index) => {
    token.endOffset = token.startOffset + token.image.length - 1;
    if (token.tokenType !== Name) return;
    const keyword = keywords.get(token.image);
    const name = nameType(text, tokens[index - 1], token, tokens[index + 1]);
    // `from` and `token` are words of the grammar nowhere in front of `=` or `:`.
    const isWord =
      keyword !== undefined &&
      !(keyword.CATEGORIES?.includes(Name) && name === DefinedName);
    const type = isWord ? keyword : name;
    token.tokenType = type;
    token.tokenTypeIdx = type.tokenTypeIdx!;
  });
}

function nameType(
  text: string,
  previous: IToken | undefined,
  token: IToken,
  next: IToken | undefined,
): TokenType {
  if (next === undefined) return Name;
  if (next.tokenType === Equals || next.tokenType === Colon)
    return previous?.tokenType === StrayName ? Name : DefinedName;
  if (!startsLine(text, previous, token)) return Name;
  if (next.tokenType === EqualTo) return ComparedName;
  const isFollowed =
    next.tokenType === Name &&
    next.image !== "and" &&
    next.image !== "or" &&
    !startsLine(text, token, next);
  return isFollowed ? StrayName : Name;
}

const startsLine = (
  text: string,
  previous: IToken | undefined,
  token: IToken,
): boolean =>
  previous === undefined ||
  /[\r\n]/.test(
    text.slice(previous.startOffset + previous.image.length, token.startOffset),
  );

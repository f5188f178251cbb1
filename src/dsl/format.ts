/**
 * The one way to lay out a spec. Line breaks stay where the author set them, except that each item begins a line
 * (a body of one item may stay on the line of its cell); indentation, the space between words and signs, and blank
 * lines are not the author's business. Nothing but white space is ever changed.
 */
import type { IToken } from "chevrotain";
import {
  And,
  Buffer,
  Cell,
  Colon,
  Comma,
  Const,
  Context,
  Dot,
  Equals,
  Fix,
  Fn,
  Gate,
  Input,
  ItemStart,
  LeftBrace,
  LeftParen,
  LeftSquare,
  lex,
  Minus,
  Not,
  NumberLiteral,
  Or,
  Output,
  Param,
  Return,
  RightBrace,
  RightParen,
  RightSquare,
  State,
  Tilde,
  Token,
} from "./tokens.js";
import type { TokenType } from "chevrotain";

/** A token or a comment, with the line breaks in front of it. */
interface Piece {
  readonly text: string;
  readonly token?: IToken;
  breaks: number;
}

const is = (piece: Piece | undefined, ...types: TokenType[]): boolean =>
  types.some((type) => piece?.token?.tokenType === type);

/** Words behind which a name is declared, not yet an item of its own. */
const declaring = [
  Const,
  Fn,
  Cell,
  Input,
  Context,
  State,
  Param,
  Buffer,
  Gate,
  Output,
  Fix,
];

const opening = [LeftParen, LeftSquare];
const closing = [RightParen, RightSquare];

const binaryImages = new Set("== != >= <= > < + - * / ^ @".split(" "));
const isSign = (piece: Piece | undefined): boolean =>
  piece?.token !== undefined && binaryImages.has(piece.text);
/** What an expression goes on behind. */
const wantsMore = (piece: Piece | undefined): boolean =>
  isSign(piece) || is(piece, Equals, Comma, Colon, Tilde, And, Or, Not);

/**
 * The text of a spec, laid out. Give it texts without syntax errors: it knows tokens, not the grammar.
 * @returns text that ends with a line break; empty for an empty spec
 */
export function formatSource(text: string): string {
  const pieces = piecesOf(text);
  separate(pieces);
  const formatted = print(pieces);
  if (!sameWords(pieces, piecesOf(formatted)))
    throw new Error("formatting would change more than white space");
  return formatted;
}

const sameWords = (a: readonly Piece[], b: readonly Piece[]): boolean =>
  a.length === b.length && a.every(({ text }, i) => text === b[i]!.text);

const comment = /\/\*[^]*?\*\/|\/\/[^\r\n]*/g;
const lineBreak = /\r\n|\r|\n/g;
const countBreaks = (text: string): number =>
  text.match(lineBreak)?.length ?? 0;

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  const add = (start: number, image: string, token?: IToken): void => {
    const breaks = countBreaks(text.slice(end, start));
    pieces.push({ text: image.trimEnd(), breaks, ...(token ? { token } : {}) });
    end = start + image.length;
  };
  const comments = (until: number): void => {
    const from = end;
    for (const found of text.slice(from, until).matchAll(comment))
      add(from + found.index, found[0]);
  };
  for (const token of lex(text).tokens) {
    comments(token.startOffset);
    add(token.startOffset, token.image, token);
  }
  comments(text.length);
  return pieces;
}

/** Breaks lines in front of items and around bodies, except those of one item on one line. */
function separate(pieces: Piece[]): void {
  const bodies: { readonly broken: boolean }[] = [];
  pieces.forEach((piece, i) => {
    const before = pieces[i - 1];
    if (is(piece, LeftBrace)) {
      bodies.push({ broken: isBroken(pieces, i) });
      return;
    }
    const broken = bodies.at(-1)?.broken ?? true;
    if (is(piece, RightBrace)) bodies.pop();
    const begins =
      startsItem(pieces, i) || is(piece, RightBrace) || is(before, LeftBrace);
    const trails = piece.token === undefined && piece.breaks === 0;
    if (before && broken && begins && !trails && piece.breaks === 0)
      piece.breaks = 1;
    // Nothing goes on behind such a comment.
    if (before?.text.startsWith("//")) piece.breaks = Math.max(1, piece.breaks);
    // A brace stays with what it opens.
    if (is(before, LeftBrace) || is(piece, RightBrace))
      piece.breaks = Math.min(1, piece.breaks);
  });
  for (const [i, piece] of pieces.entries())
    if (is(piece, LeftBrace) && !pieces[i - 1]?.text.startsWith("//"))
      piece.breaks = 0;
}

const startsItem = (pieces: readonly Piece[], i: number): boolean => {
  const { token } = pieces[i]!;
  if (!token?.tokenType.CATEGORIES?.includes(ItemStart)) return false;
  let before = i - 1;
  while (before >= 0 && !pieces[before]!.token) before--;
  return !is(pieces[before], Comma, ...declaring);
};

/** Whether the body that begins at i has more than one item or line. */
function isBroken(pieces: readonly Piece[], start: number): boolean {
  let items = 0;
  for (let i = start + 1; i < pieces.length; i++) {
    const piece = pieces[i]!;
    if (piece.breaks > 0) return true;
    if (is(piece, RightBrace)) return false;
    if (startsItem(pieces, i) && ++items > 1) return true;
  }
  return true;
}

function print(pieces: readonly Piece[]): string {
  const lines: string[] = [];
  let line = "";
  /** Brackets that are open, innermost last. */
  const open: TokenType[] = [];
  pieces.forEach((piece, i) => {
    const before = pieces[i - 1];
    if (piece.token && is(piece, RightBrace, ...closing)) open.pop();
    if (i === 0 || piece.breaks > 0) {
      if (i > 0) lines.push(line);
      if (i > 0 && piece.breaks > 1) lines.push("");
      line = " ".repeat(indentOf(piece, before, open)) + piece.text;
    } else line += (needsSpace(pieces, i, open) ? " " : "") + piece.text;
    if (is(piece, LeftBrace, ...opening)) open.push(piece.token!.tokenType);
  });
  if (pieces.length > 0) lines.push(line);
  return lines.map((each) => `${each}\n`).join("");
}

function indentOf(
  piece: Piece,
  before: Piece | undefined,
  open: readonly TokenType[],
): number {
  const inside = open.some((type) => opening.includes(type));
  const goesOn =
    !inside &&
    piece.token !== undefined &&
    (wantsMore(before) || isSign(piece) || is(piece, And, Or, Dot));
  return 2 * (open.length + (goesOn ? 1 : 0));
}

/** Whether a space stands between a piece and the one before it on its line. */
function needsSpace(
  pieces: readonly Piece[],
  i: number,
  open: readonly TokenType[],
): boolean {
  const [piece, before] = [pieces[i]!, pieces[i - 1]!];
  if (!piece.token || !before.token) return true;
  if (is(before, LeftBrace) && is(piece, RightBrace)) return false;
  if (is(before, ...opening) || is(piece, ...closing, Comma, Colon))
    return false;
  // Behind a number a dot would be its own.
  if (is(piece, Dot)) return is(before, NumberLiteral);
  if (is(before, Dot)) return false;
  if (isPrefix(pieces, i - 1)) return false;
  const isWord = /^[\p{L}_]/u.test(before.text) || is(before, ...closing);
  const isJoin = is(before, And, Or, Not, Return) || is(before, ...declaring);
  if (is(piece, ...opening) && isWord && !isJoin) return false;
  if (is(before, Token) && is(piece, LeftSquare)) return false;
  // `h[t-1]`, `[2*N, M]`
  const inSquare = open.includes(LeftSquare);
  return !(inSquare && (isSign(piece) || isSign(before)));
}

/** Whether this is a minus that makes one number negative. */
const isPrefix = (pieces: readonly Piece[], i: number): boolean => {
  const before = pieces[i - 1];
  return (
    is(pieces[i], Minus) &&
    (!before?.token ||
      wantsMore(before) ||
      is(before, LeftBrace, Return, ...opening))
  );
};

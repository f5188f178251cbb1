/**
 * Turns errors of lexer and parser into diagnostics. The first of an item counts: those that follow in
 * the same item mostly come from the parser's attempt to go on.
 */
import { EOF, tokenMatcher, type IToken } from "chevrotain";
import type { DiagnosticBag } from "../diagnostics/bag.js";
import { tokenSpan } from "./cst.js";
import type { Unread } from "./reader.js";
import { syntaxHelp } from "./syntax-help.js";
import { Regions, Site, type SyntaxProblems } from "./syntax-site.js";
import * as type from "./tokens.js";
import { describeCharacters } from "./unexpected-characters.js";

/** Reports all problems; returns what stood where an item should have begun. */
export function reportSyntaxErrors(
  problems: SyntaxProblems,
  bag: DiagnosticBag,
): Unread {
  const { file, lexed, errors, overflow } = problems;
  const regions = new Regions(lexed.tokens);
  const taken = new Set<number>();
  const places: number[] = [];
  for (const { start, end } of lexed.unexpected) {
    const region = regions.at(start);
    places.push(start);
    if (taken.has(region)) continue;
    taken.add(region);
    bag.report("unexpectedCharacter", {
      span: { file, start, end },
      ...describeCharacters(problems.text.slice(start, end)),
    });
  }
  for (const comment of lexed.openComments) {
    const { startOffset: start } = comment;
    places.push(start);
    taken.add(regions.at(start));
    bag.report("unterminatedComment", {
      span: { file, start, end: start + 2 },
    });
  }
  for (const token of lexed.tokens) {
    if (token.tokenType !== type.OpenString) continue;
    places.push(token.startOffset);
    taken.add(regions.at(token.startOffset));
    bag.report("unterminatedString", { span: tokenSpan(file, token) });
  }
  const names: IToken[] = [];
  for (const error of errors) {
    const site = new Site(problems, regions, error);
    places.push(site.offset);
    if (taken.has(site.region)) continue;
    taken.add(site.region);
    for (const name of site.unreadNames()) names.push(name);
    reportSyntaxError(site, bag);
  }
  if (overflow !== undefined)
    bag.report("tooManyProblems", {
      span: tokenSpan(file, overflow),
      limit: errors.length,
    });
  return { names, places };
}

function reportSyntaxError(site: Site, bag: DiagnosticBag): void {
  const { error, span } = site;
  if (
    site.rule === "file" &&
    tokenMatcher(error.token, type.ItemStart) &&
    error.token.tokenType !== type.DefinedName
  ) {
    bag.report("misplacedItem", { span, item: error.token.image });
    return;
  }
  const closing = /`([)\]}])`/.exec(error.message)?.[1];
  bag.report("unexpectedToken", {
    span,
    found: describeToken(site.found),
    expected: error.message,
    open: closing ? site.openBracket(closing) : undefined,
    help: syntaxHelp(site),
  });
}

function describeToken(token: IToken): string {
  if (token.tokenType === EOF) return "the end of the file";
  const image =
    token.image.length > 40 ? `${token.image.slice(0, 40)}…` : token.image;
  if (tokenMatcher(token, type.AnyName)) return `the name \`${image}\``;
  if (token.tokenType === type.NumberLiteral) return `the number ${image}`;
  if (tokenMatcher(token, type.StringLiteral)) return "a string";
  return `\`${image}\``;
}

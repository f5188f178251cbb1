/** From text to the syntax tree. What could not be read is reported and left as a hole, or left out. */
import { nestingLimit } from "./limits.js";
import type { CstNode, IToken } from "chevrotain";
import type { DiagnosticBag } from "../diagnostics/bag.js";
import type { SourceFile, TopLevel } from "./ast.js";
import { nodesOf } from "./cst.js";
import { DocComments } from "./doc-comments.js";
import { parseTokens } from "./grammar.js";
import { ItemBuilder } from "./items.js";
import { decodeSource } from "./source.js";
import { reportSyntaxErrors } from "./syntax-errors.js";
import {
  LeftBrace,
  LeftParen,
  LeftSquare,
  lex,
  RightBrace,
  RightParen,
  RightSquare,
} from "./tokens.js";

/**
 * The tree of a file. There is one even where there are errors; `undefined` is for a file of which nothing
 * can be read (too large, not UTF-8, nested too deeply).
 */
export function parseSource(
  file: string,
  bytes: Uint8Array,
  bag: DiagnosticBag,
): SourceFile | undefined {
  const text = decodeSource(file, bytes, bag);
  if (text === undefined) return undefined;
  const lexed = lex(text);
  const tooDeep = firstTooDeep(lexed.tokens);
  if (tooDeep !== undefined) {
    bag.report("nestingTooDeep", {
      span: { file, start: tooDeep.startOffset, end: tooDeep.startOffset + 1 },
      limit: nestingLimit,
    });
    return undefined;
  }
  const { tree, errors, overflow } = parseTokens(lexed.tokens);
  const unread = reportSyntaxErrors(
    { file, text, lexed, errors, overflow },
    bag,
  );
  if (tree === undefined) return undefined;
  const items = readItems(
    tree,
    new ItemBuilder(file, bag, unread),
    new DocComments(text, lexed.docs),
  );
  return { file, text, items };
}

function readItems(
  tree: CstNode,
  builder: ItemBuilder,
  docs: DocComments,
): TopLevel[] {
  const items: TopLevel[] = [];
  for (const node of nodesOf(tree, "topLevel")) {
    const start = node.location?.startOffset;
    const doc = start === undefined ? [] : docs.before(start);
    const item = builder.topLevel(node, doc);
    if (item !== undefined) items.push(item);
  }
  return items;
}

const opening: readonly unknown[] = [LeftBrace, LeftParen, LeftSquare];
const closing: readonly unknown[] = [RightBrace, RightParen, RightSquare];

function firstTooDeep(tokens: readonly IToken[]): IToken | undefined {
  let depth = 0;
  for (const token of tokens) {
    if (opening.includes(token.tokenType)) depth++;
    else if (closing.includes(token.tokenType)) depth = Math.max(0, depth - 1);
    if (depth > nestingLimit) return token;
  }
  return undefined;
}

/** Reads the parser's tree, parts of which may be missing after a syntax error. */
import type { CstElement, CstNode, IToken } from "chevrotain";
import type { Span } from "../diagnostics/span.js";
import type { Identifier } from "./ast.js";

const isNode = (element: CstElement): element is CstNode =>
  "children" in element;

export const nodesOf = (node: CstNode, rule: string): CstNode[] =>
  (node.children[rule] ?? []).filter(isNode);

/** Tokens that really stand in the text: those made up by the recovery are left out. */
export const tokensOf = (node: CstNode, name: string): IToken[] =>
  (node.children[name] ?? []).filter(
    (element): element is IToken =>
      !isNode(element) && element.isInsertedInRecovery !== true,
  );

export const nodeOf = (node: CstNode, rule: string): CstNode | undefined =>
  nodesOf(node, rule)[0];

export const tokenOf = (node: CstNode, name: string): IToken | undefined =>
  tokensOf(node, name)[0];

export const endOf = (token: IToken): number =>
  token.startOffset + token.image.length;

export const tokenSpan = (file: string, token: IToken): Span => ({
  file,
  start: token.startOffset,
  end: endOf(token),
});

export const identifier = (file: string, token: IToken): Identifier => ({
  name: token.image,
  span: tokenSpan(file, token),
});

/** What the node covers; an empty one, which only a syntax error leaves, stands at `fallback`. */
export function nodeSpan(file: string, node: CstNode, fallback = 0): Span {
  const start = node.location?.startOffset ?? NaN;
  const end = node.location?.endOffset ?? NaN;
  return Number.isNaN(start) || Number.isNaN(end)
    ? { file, start: fallback, end: fallback }
    : { file, start, end: end + 1 };
}

export const joinSpans = (a: Span, b: Span): Span => ({
  file: a.file,
  start: Math.min(a.start, b.start),
  end: Math.max(a.end, b.end),
});

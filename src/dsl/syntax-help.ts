/** Guesses what was meant at a syntax error. */
import { tokenMatcher } from "chevrotain";
import { nearest } from "../diagnostics/nearest.js";
import type { Site } from "./syntax-site.js";
import * as type from "./tokens.js";

const declarationWords: readonly string[] = [
  "input",
  "context",
  "state",
  "param",
  "buffer",
  "const",
  "fix",
  "gate",
  "output",
];
const fileWords: readonly string[] = ["import", "const", "fn", "cell"];
const laterWords: readonly string[] = ["use", "repeat", "blocks"];

export function syntaxHelp(site: Site): string | undefined {
  const token = site.found;
  const isName = tokenMatcher(token, type.AnyName);
  if (token.image === "=" && site.error.message !== "`=`")
    return "`=` defines a name, `==` compares";
  if (token.image === "==" && site.error.message === "`=`")
    return "a definition is written with a single `=`";
  if (isName && (site.isItem || site.rule === "file")) {
    if (laterWords.includes(token.image))
      return `\`${token.image}\` is kept for later versions of the language`;
    const words = site.isItem ? declarationWords : fileWords;
    const word = nearest(token.image, words);
    if (word !== undefined) return `did you mean \`${word}\`?`;
  }
  if (site.rule === "definition" && site.error.message === "`=`")
    return "a declaration starts with its kind, such as `state h: [N]`";
  if (site.rule === "stray")
    return `a definition is written \`${token.image} = …\``;
  return missingOperator(site, isName);
}

function missingOperator(site: Site, isName: boolean): string | undefined {
  const { previous } = site;
  const { token } = site.error;
  if (previous === undefined || !site.sameLine) return undefined;
  const begins =
    isName || token.tokenType === type.NumberLiteral || token.image === "(";
  const ends =
    tokenMatcher(previous, type.AnyName) ||
    previous.tokenType === type.NumberLiteral ||
    /^[)\]]$/.test(previous.image);
  if (!begins || !ends || site.error.message === "`=`") return undefined;
  return previous.tokenType === type.NumberLiteral && isName
    ? `a product is written \`${previous.image}*${token.image}\``
    : "is an operator missing? A product is written `a * b`";
}

/** Names characters that mean nothing, and the sign that was probably meant. */

const meant: Readonly<Record<string, string>> = {
  ";": "definitions need no sign between them",
  "'": 'strings stand between `"`',
  "“": 'strings stand between `"`',
  "”": 'strings stand between `"`',
  "#": "comments start with `//`",
  "%": "a remainder is written `mod(a, b)`",
  "!": "negation is written `not`",
  "&": "conditions are joined by `and`",
  "|": "conditions are joined by `or`",
  "?": "a choice is written `where(condition, a, b)`",
  "−": "the minus is written `-`",
  "–": "the minus is written `-`",
  "·": "the elementwise product is written `*`, the matrix product `@`",
  "⋅": "the elementwise product is written `*`, the matrix product `@`",
  "⊙": "the elementwise product is written `*`",
  "∘": "the elementwise product is written `*`",
  "×": "the product is written `*`",
  "≤": "written `<=`",
  "≥": "written `>=`",
  "≠": "written `!=`",
  "√": "a root is written `sqrt(…)`",
  "∑": "a sum is written `sum(…)`",
};

export function describeCharacters(characters: string): {
  text: string;
  help: string | undefined;
} {
  const first = String.fromCodePoint(characters.codePointAt(0)!);
  const shown = [...characters].slice(0, 20).join("");
  const isVisible = /^[\p{P}\p{S}\p{N}\p{L}]+$/u.test(shown);
  const code = first.codePointAt(0)!.toString(16).toUpperCase();
  const text = isVisible
    ? `\`${shown}${shown.length < characters.length ? "…" : ""}\``
    : `the character U+${code.padStart(4, "0")}`;
  return { text, help: Object.hasOwn(meant, first) ? meant[first] : undefined };
}

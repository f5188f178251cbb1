/** Names that stand twice in one object of a JSON text, of which `JSON.parse` silently takes the last. */

const [quote, backslash, colon] = [0x22, 0x5c, 0x3a];
const [openObject, closeObject] = [0x7b, 0x7d];
const [openList, closeList] = [0x5b, 0x5d];

/** @param text JSON that was parsed: it is well-formed */
export function repeatedName(text: string): string | undefined {
  /** The names so far of each object that is open; undefined for lists. */
  const inside: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === openObject) inside.push(new Set());
    else if (code === openList) inside.push(undefined);
    else if (code === closeObject || code === closeList) inside.pop();
    else if (code === quote) {
      const from = at;
      at = endOfText(text, at);
      const names = inside.at(-1);
      if (!names || !isBefore(text, at + 1, colon)) continue;
      const name = JSON.parse(text.slice(from, at + 1)) as string;
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}

function endOfText(text: string, from: number): number {
  let at = from + 1;
  for (; text.charCodeAt(at) !== quote; at++)
    if (text.charCodeAt(at) === backslash) at++;
  return at;
}

/** Only white space stands between the place and the character. */
function isBefore(text: string, from: number, code: number): boolean {
  let at = from;
  while (/\s/.test(text.charAt(at))) at++;
  return text.charCodeAt(at) === code;
}

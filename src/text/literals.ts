/** Writes values as literals of JavaScript and TypeScript. Nothing in a text can end its literal. */
import { escaped, hidden } from "./hidden.js";

/** Ends of scripts that the file may be pasted into. */
const parted = (text: string): string =>
  text.replaceAll(/<(?=\/script|!--)/gi, "\\u003c");

/** Text in double quotes; JSON reads it too, and it may stand in a comment. */
export const stringLiteral = (text: string): string =>
  parted(escaped(JSON.stringify(text))).replaceAll("*/", "*\\/");

/** The text of such a literal; `undefined` for what is none. */
export function readLiteral(literal: string): string | undefined {
  try {
    const text: unknown = JSON.parse(literal);
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Text in backquotes, lines as they are. */
export const templateLiteral = (text: string): string =>
  `\`${text
    .split("\n")
    .map((line) =>
      parted(
        escaped(
          line
            .replaceAll("\\", "\\\\")
            .replaceAll("`", "\\`")
            .replaceAll("${", "\\${"),
        ),
      ),
    )
    .join("\n")}\``;

/** Data on one line; flags that are not set are left out. */
export const dataLiteral = (data: unknown): string =>
  parted(
    escaped(
      JSON.stringify(data, (_, value: unknown) =>
        value === false ? undefined : value,
      ),
    ),
  );

const plain = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A name where types and exports are declared: as it is, or in quotes. */
export const declaredName = (name: string): string =>
  plain.test(name) ? name : stringLiteral(name);

/** The key of a property in an object literal. Without brackets `__proto__` would be no property. */
export const propertyKey = (name: string): string =>
  name === "__proto__" ? `["__proto__"]` : declaredName(name);

/** `object.name`, or with brackets. */
export const propertyOf = (object: string, name: string): string =>
  plain.test(name) ? `${object}.${name}` : `${object}[${stringLiteral(name)}]`;

/** Text in double quotes for Graphviz, whose labels would read other backslashes as line ends and names. */
export const dotString = (text: string): string =>
  `"${hidden(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

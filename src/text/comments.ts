/**
 * Writes text that others chose (documentation, paths, names) as comments of generated files: whatever it
 * holds, it stays a comment, in JavaScript, TypeScript and WGSL alike.
 */
import { hidden } from "./hidden.js";

/**
 * One line. All that some language takes for the end of one is spelled out, and what would end a comment or
 * the script that the file may be pasted into is parted.
 */
const oneLine = (text: string): string =>
  hidden(text.replaceAll("\t", " "))
    .replaceAll("*/", "* /")
    .replaceAll(/<(?=\/script|!--)/gi, "< ");

/** `// text` for every line. */
export const lineComments = (lines: readonly string[]): string[] =>
  lines.map((line) => `// ${oneLine(line)}`.trimEnd());

/** A documentation comment on one line. */
export const shortComment = (line: string): string => `/** ${oneLine(line)} */`;

/** A documentation comment of JavaScript and TypeScript, over several lines. */
export const docComment = (lines: readonly string[]): string[] => [
  "/**",
  ...lines.map((line) => ` * ${oneLine(line)}`.trimEnd()),
  " */",
];

/**
 * All that commands print goes through here: file names, options and texts of specs must not move the cursor,
 * turn the writing direction or colour anything. Colours of the command's own carry a mark that nobody outside
 * of the process can know.
 */
import { randomInt } from "node:crypto";
import { escaped } from "../text/hidden.js";
import type { Io } from "./io.js";

/** Prints what does not show spelled out, as in JSON; lines and tabs stay. */
const harmless = (text: string): string =>
  text.replaceAll(/[^\n\t]+/g, (part) => escaped(part));

export function guarded(io: Io): Io {
  const mark = Array.from({ length: 4 }, () => randomInt(1000, 10_000)).join(
    ";",
  );
  // Still what terminals and tables know as a colour.
  const own = new RegExp(`(\\u001b\\[\\d+;${mark}m)`);
  const keepingOwn = (text: string): string =>
    text
      .split(own)
      .map((part, i) => (i % 2 === 1 ? part : harmless(part)))
      .join("");
  const shown = (text: string): string =>
    keepingOwn(text).replaceAll(`;${mark}m`, "m");
  return {
    ...io,
    out: (text) => io.out(shown(text)),
    err: (text) => io.err(shown(text)),
    paint: (color) => (text) =>
      color(keepingOwn(text)).replaceAll(
        // oxlint-disable-next-line no-control-regex -- what colours are made of
        /\u001b\[(\d+)m/g,
        `\u001b[$1;${mark}m`,
      ),
  };
}

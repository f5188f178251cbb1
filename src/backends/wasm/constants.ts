/** Vector constants as locals: engines make a constant anew, in three instructions, wherever it stands in a loop. */
import { get } from "./wat.js";
import type { Wat } from "./wat.js";

/** The text with the local that `local` names in place of each constant. */
export const withoutConstants = (
  text: Wat,
  local: (constant: Wat) => string,
): Wat =>
  text.replaceAll(/\(v128\.const [^()]*\)/g, (constant) =>
    get(local(constant)),
  );

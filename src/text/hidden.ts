/**
 * Characters that do not show as themselves: controls, line ends of all kinds, marks that turn the writing
 * direction, byte order marks, halves of surrogate pairs.
 */
const unseen =
  /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** The text with such characters spelled out, as `\u{2028}`. */
export const hidden = (text: string): string =>
  text.replace(
    unseen,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );

/** The same as a string literal spells them; quotes and backslashes stay. */
export const escaped = (text: string): string =>
  text.replace(
    unseen,
    (character) =>
      // All of them lie in the first plane.
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

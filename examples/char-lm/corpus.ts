/** The text to learn, in two parts. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Vocabulary } from "cellc/nn";

export interface Corpus {
  /** Where the text is from, for people. */
  readonly source: string;
  readonly vocabulary: Vocabulary;
  readonly train: Int32Array;
  /** The end of the text, never trained on. */
  readonly valid: Int32Array;
}

/** Rarer characters than this many kinds are left out. */
const mostCharacters = 96;
const mostOwnText = 2_000_000;

/** The user's own file, or prose and code that every checkout has: the declarations of Node's own modules. */
export function loadCorpus(file: string | undefined, held = 0.1): Corpus {
  const text =
    file === undefined
      ? declarations().slice(0, mostOwnText)
      : readFileSync(file, "utf8");
  return makeCorpus(file ?? "the declaration files of @types/node", text, held);
}

export function makeCorpus(source: string, text: string, held = 0.1): Corpus {
  const vocabulary = Vocabulary.of(text, mostCharacters);
  const tokens = vocabulary.encode(text);
  const border = Math.floor(tokens.length * (1 - held));
  return {
    source,
    vocabulary,
    train: tokens.subarray(0, border),
    valid: tokens.subarray(border),
  };
}

function declarations(): string {
  const folder = dirname(
    createRequire(import.meta.url).resolve("@types/node/package.json"),
  );
  return (
    readdirSync(folder)
      .filter((name) => name.endsWith(".d.ts"))
      .sort()
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("\n")
      // Without indentation and the stars of comments: what is left is mostly English.
      .replaceAll(/^[ \t]*(\/\*\*|\*\/|\*)? ?/gm, "")
      .replaceAll(/\n{3,}/g, "\n\n")
  );
}

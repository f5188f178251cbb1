/** The text to learn: characters as tokens, cut into streams that are read side by side. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export interface Corpus {
  /** Where the text is from, for people. */
  readonly source: string;
  readonly tokens: Int32Array;
  /** The character of each token. */
  readonly characters: readonly string[];
}

/** Rarer characters than this many kinds are left out. */
const mostCharacters = 96;
const mostText = 2_000_000;

/** The user's own file, or prose and code that every checkout has: the declarations of Node's own modules. */
export function loadCorpus(file: string | undefined): Corpus {
  const text = (
    file === undefined ? declarations() : readFileSync(file, "utf8")
  ).slice(0, mostText);
  const counts = new Map<string, number>();
  for (const character of text)
    counts.set(character, (counts.get(character) ?? 0) + 1);
  const characters = [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, mostCharacters)
    .map(([character]) => character)
    .sort();
  const tokenOf = new Map(characters.map((character, i) => [character, i]));
  const tokens = Int32Array.from(
    [...text].flatMap((character) => tokenOf.get(character) ?? []),
  );
  return {
    source: file ?? "the declaration files of @types/node",
    tokens,
    characters,
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

/**
 * B places in the text, evenly apart, that move on T characters at a time: a state carried from one
 * piece to the next belongs to the text just before. Fills arrays that are made once.
 */
export class Streams {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  #position = 0;

  constructor(
    readonly tokens: Int32Array,
    readonly steps: number,
    readonly batch: number,
  ) {
    this.inputs = new Int32Array(steps * batch);
    this.targets = new Int32Array(steps * batch);
  }

  /** The next piece, time first. */
  advance(): void {
    const { tokens, steps, batch } = this;
    const apart = Math.floor(tokens.length / batch);
    for (let t = 0; t < steps; t++)
      for (let b = 0; b < batch; b++) {
        const at = b * apart + this.#position + t;
        this.inputs[t * batch + b] = tokens[at % tokens.length]!;
        this.targets[t * batch + b] = tokens[(at + 1) % tokens.length]!;
      }
    this.#position += steps;
  }
}

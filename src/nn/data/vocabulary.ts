/** Characters as tokens. */
export class Vocabulary {
  readonly #tokens: ReadonlyMap<string, number>;

  /** The character of each token, each once. */
  constructor(readonly characters: readonly string[]) {
    this.#tokens = new Map(
      characters.map((character, token) => [character, token]),
    );
    if (this.#tokens.size < characters.length)
      throw new RangeError("a vocabulary has every character once");
  }

  /** All characters of a text (code points), or the `most` frequent ones, in the order of their codes. */
  static of(text: string, most = Infinity): Vocabulary {
    if (typeof text !== "string")
      throw new TypeError("Vocabulary.of takes a text, one string");
    const counts = new Map<string, number>();
    for (const character of text)
      counts.set(character, (counts.get(character) ?? 0) + 1);
    const kept = [...counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([character]) => character);
    return new Vocabulary(
      kept.sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!),
    );
  }

  get size(): number {
    return this.characters.length;
  }

  /** The token of a character, if it has one. */
  token(character: string): number | undefined {
    return this.#tokens.get(character);
  }

  /** Characters without a token are left out. */
  encode(text: string): Int32Array {
    const tokens: number[] = [];
    for (const character of text) {
      const token = this.#tokens.get(character);
      if (token !== undefined) tokens.push(token);
    }
    return Int32Array.from(tokens);
  }

  decode(tokens: ArrayLike<number>): string {
    return Array.from(tokens, (token) => this.characters[token] ?? "").join("");
  }
}

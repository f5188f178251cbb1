/** Reads the words of IR text: names, numbers, sizes, shapes. */
import {
  addSizes,
  divideSizes,
  multiplySizes,
  negateSize,
  sizeName,
  sizeNumber,
} from "./size.js";
import type { Shape, Size } from "./size.js";

/** What is wrong with a piece of IR text, and in which line. */
export class IrTextError extends Error {
  override readonly name = "IrTextError";
}

const word = /[\p{L}_?][\p{L}\p{N}_]*/uy;
const real = /[-+]?(?:Infinity|NaN|\d+(?:\.\d+)?(?:e[-+]?\d+)?)/y;
const whole = /\d+/y;
const quoted = /"(?:[^"\\]|\\.)*"/y;
const blank = /[ \t]*/y;

export class Scanner {
  #at = 0;

  constructor(
    readonly text: string,
    readonly line: number,
  ) {}

  fail(expected: string): never {
    throw new IrTextError(
      `line ${this.line}, column ${this.#at + 1}: expected ${expected}: ${this.text.trim()}`,
    );
  }

  #match(pattern: RegExp): string | undefined {
    this.#skip();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skip(): void {
    blank.lastIndex = this.#at;
    this.#at += blank.exec(this.text)![0].length;
  }

  /** Whether `text` comes next; if so it is read. */
  take(text: string): boolean {
    this.#skip();
    if (!this.text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) this.fail(`\`${text}\``);
  }

  end(): void {
    this.#skip();
    if (this.#at < this.text.length) this.fail("the end of the line");
  }

  word(): string {
    return this.#match(word) ?? this.fail("a name");
  }

  /** A word, or a quoted string. */
  name(): string {
    return this.peek('"') ? this.string() : this.word();
  }

  string(): string {
    const found = this.#match(quoted) ?? this.fail("a quoted string");
    return JSON.parse(found) as string;
  }

  peek(text: string): boolean {
    this.#skip();
    return this.text.startsWith(text, this.#at);
  }

  number(): number {
    return Number(this.#match(real) ?? this.fail("a number"));
  }

  whole(): number {
    return Number(this.digits());
  }

  digits(): string {
    return this.#match(whole) ?? this.fail("a whole number");
  }

  /** `%7` */
  reference(): number {
    this.expect("%");
    return this.whole();
  }

  shape(): Shape {
    this.expect("[");
    const sizes: Size[] = [];
    while (!this.take("]")) {
      if (sizes.length > 0) this.expect(",");
      sizes.push(this.size());
    }
    return sizes;
  }

  /** A sum of products of numbers and powers of names, as `showSize` writes it. */
  size(): Size {
    let sum = this.take("-") ? negateSize(this.#term()) : this.#term();
    for (;;) {
      if (this.take("+")) sum = addSizes(sum, this.#term());
      else if (this.take("-")) sum = addSizes(sum, negateSize(this.#term()));
      else return sum;
    }
  }

  #term(): Size {
    let product = this.#factor();
    for (;;) {
      if (this.take("*")) product = multiplySizes(product, this.#factor());
      else if (this.take("/"))
        product =
          divideSizes(product, this.#factor()) ??
          this.fail("a divisor that is not zero");
      else return product;
    }
  }

  #factor(): Size {
    const digits = this.#match(whole);
    if (digits !== undefined) return sizeNumber(Number(digits));
    const base = sizeName(this.word());
    const exponent = this.take("^") ? this.whole() : 1;
    if (exponent > 64) this.fail("an exponent of at most 64");
    let power = sizeNumber(1);
    for (let i = 0; i < exponent; i++) power = multiplySizes(power, base);
    return power;
  }
}

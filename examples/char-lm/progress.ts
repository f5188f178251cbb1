/** What the training shows while it runs. */

/** One line that is written again and again on a terminal, and now and then elsewhere. */
export class Progress {
  #smooth: number | undefined;
  #last = 0;
  #line = "";
  readonly #terminal = process.stderr.isTTY;

  report(nats: number, seen: number, elapsed: number, seconds: number): void {
    this.#smooth =
      this.#smooth === undefined ? nats : 0.98 * this.#smooth + 0.02 * nats;
    const speed = Math.round(seen / Math.max(elapsed, 1e-3));
    this.#line = `${elapsed.toFixed(0).padStart(3)}/${seconds} s   loss ${this.#smooth.toFixed(3)} nats, ${(this.#smooth / Math.LN2).toFixed(3)} bits per character   ${speed.toLocaleString("en")} characters/s`;
    if (elapsed - this.#last < (this.#terminal ? 0.2 : 5)) return;
    this.#last = elapsed;
    process.stderr.write(
      this.#terminal ? `\r\x1b[K${this.#line}` : `${this.#line}\n`,
    );
  }

  end(): void {
    process.stderr.write(this.#terminal ? "\r\x1b[K" : "");
    console.log(`Trained: ${this.#line.trim()}\n`);
  }
}

export const indent = (text: string): string =>
  text
    .split("\n")
    .map((line) => `  ${line}`.trimEnd())
    .join("\n");

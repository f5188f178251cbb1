/** Prints what is measured as soon as it is there: a run that is cut off has shown all that it had. */
import type { Comparison } from "./compare.js";
import { showCase } from "./show.js";

const write = (text: string): void => {
  process.stdout.write(text);
};

export class Report {
  /** Of JSON, before anything that was chosen is measured. */
  #pending: string[] = [];
  #begun = false;
  #items = 0;

  /** @param title the first line of the text */
  constructor(
    readonly json: boolean,
    readonly title: string,
    readonly machine: object,
  ) {}

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    write(
      this.json
        ? `{\n  "machine": ${JSON.stringify(this.machine)}${this.#pending.join("")}`
        : `${this.title}\n`,
    );
  }

  /** One case of the section `kernels`, whose table comes at its end. */
  readonly measured = (result: Comparison): void => {
    this.#begin();
    const first = this.#items++ === 0;
    write(
      this.json
        ? `,\n${first ? '  "kernels": [\n' : ""}    ${JSON.stringify(result)}`
        : `${first ? "\n" : ""}${showCase(result)}\n`,
    );
  };

  kernels(text: string): void {
    if (this.#items === 0) this.section("kernels", [], "");
    else write(this.json ? "\n  ]" : `\n${text}\n`);
  }

  /** @param data as JSON has it @param text nothing where nothing of it was chosen */
  section(name: string, data: unknown, text: string): void {
    if (this.json && data !== undefined) {
      const part = `,\n  "${name}": ${JSON.stringify(data)}`;
      if (text === "" && !this.#begun) {
        this.#pending.push(part);
        return;
      }
      this.#begin();
      write(part);
    } else if (text !== "") {
      this.#begin();
      write(`\n${text}\n`);
    }
  }

  end(): void {
    if (this.json) write("\n}\n");
  }
}

/** Lines of TypeScript or, without annotations, of JavaScript; and names that do not collide. */

/** Widest line that prettier leaves as it is. */
export const width = 80;

export class Writer {
  readonly #lines: string[] = [];
  #depth = 0;

  constructor(readonly types: boolean) {}

  /** `text` where types are printed, else nothing. */
  typed(text: string): string {
    return this.types ? text : "";
  }

  get indent(): number {
    return 2 * this.#depth;
  }

  line(text = ""): void {
    this.#lines.push(text === "" ? "" : " ".repeat(this.indent) + text);
  }

  /** Lines of a text that is indented already as a whole. */
  text(text: string): void {
    for (const each of text.split("\n")) this.line(each);
  }

  /** `head {`, the body one step in, `}`. */
  block(head: string, body: () => void, tail = "}"): void {
    this.line(`${head} {`);
    this.#depth++;
    body();
    this.#depth--;
    this.line(tail);
  }

  /** Lines that are indented already as they are. */
  raw(text: string): void {
    for (const line of text.replace(/\n$/, "").split("\n"))
      this.#lines.push(line);
  }

  /** Runs `body` some steps further in. */
  nested(steps: number, body: () => void): void {
    this.#depth += steps;
    body();
    this.#depth -= steps;
  }

  /** `head(a, b)` on one line, or one item a line. */
  list(
    head: string,
    items: readonly string[],
    open: string,
    close: string,
  ): void {
    const pad = open === "{" ? " " : "";
    const flat = `${head}${open}${pad}${items.join(", ")}${pad}${close}`;
    if (this.indent + flat.length <= width) {
      this.line(flat);
      return;
    }
    this.line(`${head}${open}`);
    for (const item of items) this.line(`  ${item},`);
    this.line(close);
  }

  /** `const { a, b } = from;`, broken where prettier breaks it. */
  destructure(names: readonly string[], from: string): void {
    const left = `const { ${names.join(", ")} } =`;
    const renames = names.some((name) => name.includes(":"));
    if (
      !renames &&
      this.indent + left.length <= width &&
      this.indent + left.length + from.length + 2 > width
    ) {
      this.line(left);
      this.line(`  ${from};`);
    } else this.list("const ", names, "{", `} = ${from};`);
  }

  toString(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}

/** Names of one function. */
export class Scope {
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();

  /** @param outer names of the module, which all its functions share */
  constructor(readonly outer: ReadonlySet<string>) {}

  unique(hint: string): string {
    const base = hint.replaceAll(/[^A-Za-z0-9_]/g, "_") || "v";
    let name = base;
    let count = this.#counts.get(base) ?? 0;
    while (this.#taken.has(name) || this.outer.has(name))
      name = `${base}_${++count}`;
    this.#counts.set(base, count);
    this.#taken.add(name);
    return name;
  }
}

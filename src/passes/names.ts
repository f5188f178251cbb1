/** Names for values and arrays: the cell's own where there is one, and always identifiers. */
import { showTerm } from "../ir/equations.js";
import type { Node } from "../ir/graph.js";
import type { AdjointProgram } from "../ir/program.js";
import { equationsOf, NameTable } from "../ir/naming.js";

/** Letters, digits and `_`; other characters (a prime, a letter that a target does not know) become `_`. */
const identifier = (text: string): string => {
  const plain = text.replaceAll(/[^A-Za-z0-9_]/g, "_");
  return /^[0-9]/.test(plain) ? `_${plain}` : plain;
};

/** Longest description of a value. */
const longest = 60;

/** Most values that a description looks into. */
const farthest = 200;

/** Names that targets or the printers' own variables have taken. */
const reserved = [
  ..."T B t b w from to kept t0 sizes options lengths given".split(" "),
  ..."abstract arguments array as async atomic await bool boolean break case catch class const".split(
    " ",
  ),
  ..."const_assert continue continuing create debugger default delete diagnostic discard do else".split(
    " ",
  ),
  ..."enable enum eval export extends f32 false final finally fn for forward backward function get".split(
    " ",
  ),
  ..."goto if implements import in instanceof interface let loop mat2x2 new null override package".split(
    " ",
  ),
  ..."private protected public requires return set static step struct super switch target this throw".split(
    " ",
  ),
  ..."true try type typeof undefined var void while with yield Math Map Set Floats Object".split(
    " ",
  ),
];

export class Names {
  readonly #hints = new Map<Node, string>();
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #known: NameTable;

  constructor(adjoint: AdjointProgram) {
    for (const name of [...reserved, ...adjoint.cell.sizes])
      this.#taken.add(name);
    const { cotangents, cell } = adjoint;
    for (const { name, node } of cotangents) this.#hint(node, `d_${name}`);
    for (const { name, node } of cell.definitions) this.#hint(node, name);
    this.#known = new NameTable([
      ...cell.definitions,
      ...cotangents.map(({ name, node }) => ({ name: `d ${name}`, node })),
    ]);
  }

  /** The cell's name for a value, or its formula over named values. */
  describe(node: Node): string {
    const name = this.#hints.get(node);
    if (name !== undefined) return name;
    const own = equationsOf(
      [{ name: "", node }],
      "v",
      this.#known,
      farthest,
    ).find((equation) => equation.node === node);
    const text = own ? showTerm(own.term) : node.op;
    return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  }

  #hint(node: Node, name: string): void {
    if (!this.#hints.has(node)) this.#hints.set(node, identifier(name));
  }

  /** The cell's name for a value, or what computes it. */
  of(node: Node): string {
    return this.#hints.get(node) ?? node.op;
  }

  /** An identifier that was not given out before. */
  unique(hint: string): string {
    const base = identifier(hint);
    let name = base;
    let count = this.#counts.get(base) ?? 1;
    while (this.#taken.has(name)) name = `${base}_${++count}`;
    this.#counts.set(base, count);
    this.#taken.add(name);
    return name;
  }
}

/** Where everything lies in the memory of a loaded cell: the work table, arrays, packed matrices. */
import { header, longRows } from "./description.js";
import type { ArrayIndex, WasmArray, WasmPlan } from "./description.js";

/** Kernels read whole vectors, past the end of a row by up to 12 bytes. */
const slack = 16;
/** A cache line. */
const alignment = 64;
/** Bytes of a number. */
const element = 4;
/**
 * Rows that are so many bytes apart, or a multiple, fall on few sets of the first-level cache, and products
 * over several of them wait for memory.
 */
const crowded = 1024;

export interface Rows {
  readonly steps: number;
  readonly batch: number;
  /** With everything that a backward pass needs. */
  readonly adjoint: boolean;
}

export class WasmLayout {
  readonly #addresses: number[];
  readonly #panels: number[];
  #rows: Rows = { steps: 0, batch: 0, adjoint: false };
  #end = 0;

  readonly #sizes: readonly number[];

  /**
   * @param sizes the numbers behind the size indices
   * @param panelBytes what the module says a packed matrix needs
   */
  constructor(
    readonly description: WasmPlan,
    sizes: readonly number[],
    readonly panelBytes: (n: number, k: number) => number,
  ) {
    this.#sizes = sizes;
    this.#addresses = description.arrays.map(() => 0);
    this.#panels = description.panels.map(() => 0);
  }

  get rows(): Rows {
    return this.#rows;
  }

  /** Bytes of memory in use. */
  get end(): number {
    return this.#end;
  }

  /**
   * Gives everything an address: what a forward pass needs first, so that it stays where it is when a
   * backward pass is prepared.
   */
  place(rows: Rows): void {
    this.#rows = rows;
    const { arrays, panels, fields, keys } = this.description;
    // Elements that a choice leaves out are read all the same: before the first array, behind the last.
    const margin =
      element * Math.max(...arrays.map(({ width }) => this.#sizes[width]!));
    this.#end = element * (header.given + keys.length + fields.length) + margin;
    for (const adjoint of rows.adjoint ? [false, true] : [false]) {
      arrays.forEach((array, i) => {
        const late = array.adjoint || (array.tape && rows.adjoint);
        if (Boolean(late) !== adjoint) return;
        this.#addresses[i] = this.#isThere(array)
          ? this.#take(this.length(i))
          : 0;
      });
      panels.forEach((panel, i) => {
        if (Boolean(panel.adjoint) !== adjoint) return;
        const [n, k] = [this.#sizes[panel.n]!, this.#sizes[panel.k]!];
        this.#panels[i] = this.#take(this.panelBytes(n, k));
      });
    }
    this.#end += margin;
  }

  #take(bytes: number): number {
    const address = Math.ceil(this.#end / alignment) * alignment;
    this.#end = address + bytes + slack;
    return address;
  }

  #isThere({ long }: WasmArray): boolean {
    const { steps, batch } = this.#rows;
    return !long || steps * batch > longRows;
  }

  address(array: ArrayIndex): number {
    return this.#addresses[array]!;
  }

  /** Bytes from one entry to the next. */
  #stride(array: WasmArray): number {
    const bytes = element * this.#sizes[array.width]!;
    return array.apart && bytes % crowded === 0 ? bytes + alignment : bytes;
  }

  /** Bytes of one row of all entries. */
  row(array: WasmArray): number {
    return this.#stride(array) * (array.entries ? this.#rows.batch : 1);
  }

  /** Bytes of an array. */
  length(index: ArrayIndex): number {
    const array = this.description.arrays[index]!;
    if (!this.#isThere(array)) return 0;
    const { steps, adjoint } = this.#rows;
    const repeated = !array.steps ? 0 : array.tape && !adjoint ? 1 : steps;
    return this.row(array) * (array.rows + repeated);
  }

  /** Writes the fields behind the header. */
  write(memory: ArrayBuffer, kept: boolean): void {
    const { fields, keys, arrays } = this.description;
    const first = header.given + keys.length;
    const table = new Int32Array(memory, element * first, fields.length);
    const floats = new Float32Array(memory, element * first, fields.length);
    fields.forEach((field, i) => {
      const [kind, index] = field;
      switch (kind) {
        case "size":
          table[i] = this.#sizes[index]!;
          return;
        case "float":
          floats[i] = this.#sizes[index]!;
          return;
        case "bytes":
          table[i] = element * this.#sizes[index]!;
          return;
        case "address":
          table[i] =
            this.#addresses[index]! +
            field[2] * this.row(arrays[index]!) +
            element * this.#sizes[field[3]]!;
          return;
        case "row":
          table[i] = this.#stride(arrays[index]!);
          return;
        case "step":
          table[i] =
            arrays[index]!.tape && !kept ? 0 : this.row(arrays[index]!);
          return;
        case "length":
          table[i] = this.length(index);
          return;
        case "panel":
          table[i] = this.#panels[index]!;
      }
    });
  }
}

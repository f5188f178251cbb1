/** Where everything lies: arrays in their buffers, packed matrices, and what the kernels' tables hold. */
import type { Sizes } from "../kernel.js";
import { block } from "./description.js";
import type {
  ArrayIndex,
  GpuDescription,
  GpuField,
  GpuGroup,
} from "./description.js";

/** Arrays begin at a whole number of so many elements. */
const alignment = 16;

export interface Rows {
  readonly steps: number;
  readonly batch: number;
  /** With everything that a backward pass needs. */
  readonly adjoint: boolean;
}

/** What a call changes in the tables. */
export interface CallValues {
  readonly t0: number;
  /** Batch entries of a workgroup that does a whole loop. */
  readonly slice: number;
  readonly given: ReadonlySet<string>;
}

const up = (n: number, to: number): number => Math.ceil(n / to) * to;

export class GpuLayout {
  /** The numbers behind the size indices. */
  readonly sizes: readonly number[];
  readonly #addresses: number[];
  readonly #panels: number[];
  readonly #lengths = new Map<GpuGroup | "panels", number>();
  #rows: Rows = { steps: 0, batch: 0, adjoint: false };

  constructor(
    readonly description: GpuDescription,
    sizes: Sizes,
  ) {
    this.sizes = description.sizes(sizes);
    this.#addresses = description.arrays.map(() => 0);
    this.#panels = description.panels.map(() => 0);
  }

  get rows(): Rows {
    return this.#rows;
  }

  /** Elements of a buffer. */
  groupLength(group: GpuGroup | "panels"): number {
    return this.#lengths.get(group) ?? 0;
  }

  place(rows: Rows): void {
    this.#rows = rows;
    const { arrays, panels } = this.description;
    this.#lengths.clear();
    const take = (group: GpuGroup | "panels", length: number): number => {
      const at = up(this.#lengths.get(group) ?? 0, alignment);
      this.#lengths.set(group, at + length);
      return at;
    };
    arrays.forEach((array, i) => {
      this.#addresses[i] =
        array.group === "adjoint" && !rows.adjoint
          ? 0
          : take(array.group, this.length(i));
    });
    panels.forEach(({ n, parts, k, adjoint }, i) => {
      this.#panels[i] =
        adjoint && !rows.adjoint
          ? 0
          : take("panels", parts * up(this.sizes[n]!, block) * this.sizes[k]!);
    });
  }

  /** The first element, in elements of the array's buffer. */
  address(array: ArrayIndex): number {
    return this.#addresses[array]!;
  }

  /** Elements of one row of all entries. */
  row(index: ArrayIndex): number {
    const { width, entries } = this.description.arrays[index]!;
    return this.sizes[width]! * (entries ? this.#rows.batch : 1);
  }

  /** Elements of an array. */
  length(index: ArrayIndex): number {
    const { rows, steps } = this.description.arrays[index]!;
    return this.row(index) * (rows + (steps ? this.#rows.steps : 0));
  }

  /** The number that a field of a table holds. */
  field(field: GpuField, call: CallValues): number {
    const { arrays, panels, keys } = this.description;
    switch (field[0]) {
      case "number":
        return field[1];
      case "size":
        return this.sizes[field[1]]!;
      case "steps":
        return this.#rows.steps;
      case "batch":
        return this.#rows.batch;
      case "t0":
        return call.t0;
      case "slice":
        return call.slice;
      case "at":
        return (
          this.#addresses[field[1]]! +
          field[2] * this.row(field[1]) +
          this.sizes[field[3]]!
        );
      case "step": {
        const { steps, rows } = arrays[field[1]]!;
        return steps || rows > 1 ? this.row(field[1]) : 0;
      }
      case "panel":
        return this.#panels[field[1]]! / 4;
      case "quads": {
        const { n, parts } = panels[field[1]]!;
        return (parts * up(this.sizes[n]!, block)) / 4;
      }
      case "given":
        return call.given.has(keys[field[1]]!) ? 1 : 0;
    }
  }
}

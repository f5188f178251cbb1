/** Addresses: pointers to the row at hand, which move from entry to entry, and to elements in it. */
import { addSizes, multiplySizes, sizeNumber } from "../../ir/size.js";
import type { Shape, Size } from "../../ir/size.js";
import type {
  Expression,
  Index,
  Place,
  StageKind,
} from "../../passes/kernels.js";
import type { WatFunction } from "./function.js";
import type { Axis } from "./vector-axis.js";
import { add, get, multiply, set } from "./wat.js";
import type { Wat } from "./wat.js";

interface Pointer {
  readonly local: string;
  readonly base: Wat;
  readonly row: Wat;
  /** Bytes to the next step; undefined for what has no steps. */
  readonly step: Wat | undefined;
}

/** Where an element stands, as a place and what has to be added for each index that moves. */
export interface Element {
  readonly place: Place;
  readonly moves: readonly Move[];
}

/** `by` elements for each unit of a loop index or of a token. */
export interface Move {
  readonly along: Axis | Expression;
  readonly by: Size;
}

/** Offsets that do not move join the place's own. */
export function elementOf(at: {
  readonly place: Place;
  readonly dims: Shape;
  readonly index: readonly Index[];
}): Element {
  let { offset } = at.place;
  const moves: Move[] = [];
  at.index.forEach(({ loop, token, plus }, axis) => {
    const by = at.dims.slice(axis + 1).reduce(multiplySizes, sizeNumber(1));
    offset = addSizes(offset, multiplySizes(plus, by));
    if (loop !== null) moves.push({ along: loop, by });
    else if (token) moves.push({ along: token, by });
  });
  return { place: { ...at.place, offset }, moves };
}

/** Pointers of one kernel. */
export class RowPointers {
  readonly #pointers = new Map<string, Pointer>();

  constructor(
    readonly fn: WatFunction,
    readonly kind: StageKind,
  ) {}

  /** The address of a place in the row at hand. */
  at(place: Place): Wat {
    const { array, offset, shift } = place;
    const { extent, id } = array;
    if (this.kind === "static" || extent === "static" || extent === "row")
      return this.fn.base(place);
    const key = `${id} ${shift} ${offset.key}`;
    let pointer = this.#pointers.get(key);
    if (!pointer) {
      const timed = this.kind === "rows" || this.kind === "loop";
      pointer = {
        local: this.fn.local(`to_${id}`),
        base: this.fn.base(place),
        row: this.fn.rowBytes(array),
        step:
          timed && extent === "sequence" ? this.fn.stepBytes(array) : undefined,
      };
      this.#pointers.set(key, pointer);
    }
    return get(pointer.local);
  }

  /** Sets all pointers to the first entry of step `t`. */
  start(t: Wat): Wat[] {
    return [...this.#pointers.values()].map(({ local, base, step }) =>
      set(local, step ? add(base, multiply(t, step)) : base),
    );
  }

  /** Moves all pointers to the next entry. */
  next(): Wat[] {
    return [...this.#pointers.values()].map(({ local, row }) =>
      set(local, add(get(local), row)),
    );
  }
}

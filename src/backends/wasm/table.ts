/**
 * The work table: 32-bit fields at the start of the memory, from which kernels read sizes, addresses and
 * strides. The host works them out from sizes, so that the code has no arithmetic on sizes of its own.
 */
import { sizeValue } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type { ArrayPlan } from "../../passes/kernels.js";
import { header } from "../../runtime/wasm/description.js";
import type {
  ArrayIndex,
  WasmArray,
  WasmField,
  WasmPanel,
} from "../../runtime/wasm/description.js";
import { constant } from "./wat.js";
import type { Wat } from "./wat.js";

/** Fields by what they hold; made when they are first asked for. */
export class WorkTable {
  readonly sizes: Size[] = [];
  readonly arrays: WasmArray[] = [];
  readonly panels: WasmPanel[] = [];
  readonly fields: WasmField[] = [];
  /** Arrays that are zero at the start of a backward pass, besides those of the schedule. */
  readonly cleared = new Set<ArrayIndex>();
  readonly #keys = new Map<string, number>();
  readonly #arrays = new Map<string, ArrayIndex>();

  /**
   * @param flags number of state keys, each with a flag in the header
   * @param apart arrays whose rows need not follow each other
   */
  constructor(
    readonly flags: number,
    readonly apart: ReadonlySet<ArrayPlan> = new Set(),
  ) {}

  size(size: Size): number {
    return this.#intern(this.sizes, `size ${size.key}`, size);
  }

  /** An array of the schedule. */
  array(plan: ArrayPlan): ArrayIndex {
    const { extent, lead, tail } = plan;
    const steps = extent === "sequence";
    return this.ownArray({
      name: plan.id,
      width: this.size(plan.width),
      rows: steps ? lead + tail : 1,
      steps,
      entries: extent !== "static" && extent !== "row",
      token: plan.element === "token",
      adjoint: plan.adjoint,
      tape: plan.tape,
      apart: this.apart.has(plan),
    });
  }

  /** Any array, by its name. */
  ownArray(array: WasmArray): ArrayIndex {
    let index = this.#arrays.get(array.name);
    if (index === undefined) {
      index = this.arrays.push(array) - 1;
      this.#arrays.set(array.name, index);
    }
    return index;
  }

  clearedArray(array: WasmArray): ArrayIndex {
    const index = this.ownArray(array);
    this.cleared.add(index);
    return index;
  }

  arrayNamed(name: string): ArrayIndex {
    return this.#arrays.get(name)!;
  }

  panel(key: string, panel: WasmPanel): number {
    return this.#intern(this.panels, `panel ${key}`, panel);
  }

  /** The byte at which a field stands. */
  field(field: WasmField): number {
    const index = this.#intern(this.fields, JSON.stringify(field), field);
    return 4 * (header.given + this.flags + index);
  }

  #intern<T>(list: T[], key: string, item: T): number {
    let index = this.#keys.get(key);
    if (index === undefined) {
      index = list.push(item) - 1;
      this.#keys.set(key, index);
    }
    return index;
  }
}

const zero = constant(0);

/** An i32 of the table; `byte` is where it stands. */
export const loadField = (byte: number): Wat =>
  `(i32.load offset=${byte} ${zero})`;

export const headerField = (name: keyof typeof header): Wat =>
  loadField(4 * header[name]);

/** A float field in all four lanes. */
export const splatField = (byte: number): Wat =>
  `(v128.load32_splat offset=${byte} ${zero})`;

/** A number of elements or bytes without the table, where it is known. */
export const knownSize = (size: Size, scale = 1): Wat | undefined => {
  const value = sizeValue(size);
  return value === undefined ? undefined : constant(scale * value);
};

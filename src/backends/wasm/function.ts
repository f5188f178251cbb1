/** One WebAssembly function in the making: its locals, and what it reads from the work table at its start. */
import type { Size } from "../../ir/size.js";
import type { ArrayPlan, Place } from "../../passes/kernels.js";
import type { WasmField } from "../../runtime/wasm/description.js";
import { withoutConstants } from "./constants.js";
import { headerField, knownSize, loadField } from "./table.js";
import type { WorkTable } from "./table.js";
import { get, set, textOf } from "./wat.js";
import type { Wat } from "./wat.js";

type Type = "i32" | "v128";

export class WatFunction {
  readonly #locals = new Map<string, Type>();
  readonly #counts = new Map<string, number>();
  readonly #loaded = new Map<string, string>();
  readonly #prologue: Wat[] = [];

  constructor(
    readonly name: string,
    readonly parameters: readonly string[],
    readonly table: WorkTable,
  ) {}

  /** A new local; its name is the hint, or the hint with a number. */
  local(hint: string, type: Type = "i32"): string {
    const base = hint.replaceAll(/[^A-Za-z0-9_]/g, "_");
    let name = base;
    let count = this.#counts.get(base) ?? 0;
    while (this.#locals.has(name) || this.parameters.includes(name))
      name = `${base}_${++count}`;
    this.#counts.set(base, count);
    this.#locals.set(name, type);
    return name;
  }

  /** A field of the table, read once. */
  field(field: WasmField, hint: string): Wat {
    return this.#read(loadField(this.table.field(field)), hint);
  }

  #read(value: Wat, hint: string): Wat {
    return get(this.#once(value, hint, "i32"));
  }

  #once(value: Wat, hint: string, type: Type): string {
    let name = this.#loaded.get(value);
    if (name === undefined) {
      name = this.local(hint, type);
      this.#loaded.set(value, name);
      this.#prologue.push(set(name, value));
    }
    return name;
  }

  /** Number of batch entries, or of steps. */
  rows(what: "batch" | "steps"): Wat {
    return this.#read(headerField(what), what);
  }

  size(size: Size): Wat {
    return (
      knownSize(size) ??
      this.field(["size", this.table.size(size)], `size_${size.key}`)
    );
  }

  bytes(size: Size): Wat {
    return (
      knownSize(size, 4) ??
      this.field(["bytes", this.table.size(size)], `bytes_${size.key}`)
    );
  }

  /** Address of a place in the first step of the sequence. */
  base({ array, offset, shift }: Place): Wat {
    const { table } = this;
    const step =
      array.extent === "sequence" && !array.tape ? array.lead + shift : 0;
    return this.field(
      ["address", table.array(array), step, table.size(offset)],
      `at_${array.id}`,
    );
  }

  rowBytes(array: ArrayPlan): Wat {
    return this.field(["row", this.table.array(array)], `row_${array.id}`);
  }

  stepBytes(array: ArrayPlan): Wat {
    return this.field(["step", this.table.array(array)], `step_${array.id}`);
  }

  /** @param body its vector constants become locals */
  print(body: readonly Wat[], exported = false): string {
    const lines = body.map((line) =>
      withoutConstants(line, (value) => this.#once(value, "constant", "v128")),
    );
    const head = [
      `(func $${this.name}`,
      ...(exported ? [`(export "${this.name}")`] : []),
      ...this.parameters.map((name) => `(param $${name} i32)`),
    ].join(" ");
    const locals = [...this.#locals].map(
      ([name, type]) => `(local $${name} ${type})`,
    );
    return [head, textOf([...locals, ...this.#prologue, ...lines]), ")"].join(
      "\n",
    );
  }
}

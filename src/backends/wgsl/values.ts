/** Expressions and statements of map kernels as WGSL, at one step t, batch entry b and element. */
import { multiplySizes, sameSize, sizeNumber } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type {
  ArrayPlan,
  Expression,
  Index,
  Local,
  Place,
  StageKind,
  Statement,
} from "../../passes/kernels.js";
import {
  addIndices,
  asNumber,
  boolean,
  functionOf,
  literal,
  multiplyIndices,
  number,
  operate,
  unwritable,
} from "./expression.js";
import type { Code } from "./expression.js";
import { repeatedLoads } from "./accesses.js";
import type { Load } from "./accesses.js";
import type { SharedMemory, WgslFile } from "./file.js";
import { unrolledScratch } from "./work.js";

/** One number of a value. */
interface Element {
  readonly place: Place;
  readonly dims: readonly Size[];
  readonly index: readonly Index[];
}

const nameOf = ({ array, offset }: Place): string =>
  array.parts.find((part) => sameSize(part.offset, offset))?.name ?? array.id;

/** Names of loop indices: outer, inner, and of a local product. */
const indices = ["n", "m", "k"] as const;

export class Values {
  readonly #locals = new Map<Local, string>();
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #scratch = new Map<string, ArrayPlan>();
  /** Of the block at hand: loads that it repeats, and the names that they have got. */
  #repeated: ReadonlySet<string> = new Set();
  readonly #loaded = new Map<string, string>();
  #loading: string[] = [];

  /**
   * @param kernel its name, by which the scratch arrays are told apart
   */
  constructor(
    readonly file: WgslFile,
    readonly kind: StageKind,
    readonly kernel: string,
    readonly adjoint: boolean,
  ) {}

  get timed(): boolean {
    return this.kind === "rows" || this.kind === "loop";
  }

  name(local: Local): string {
    let name = this.#locals.get(local);
    if (name === undefined) {
      // As in papers, the value at this step: c_t.
      name = this.#free(local.hint);
      this.#locals.set(local, name);
    }
    return name;
  }

  /** A name that nothing has yet, for what `hint` says. */
  #free(hint: string): string {
    const clean = hint.replaceAll(/[^\p{L}\p{N}_]/gu, "_");
    const wanted = clean === "" ? "v" : `${clean}_t`;
    let name = wanted;
    let count = this.#counts.get(wanted) ?? 0;
    while (this.#taken.has(name)) name = `${wanted}_${++count}`;
    this.#counts.set(wanted, count);
    this.#taken.add(name);
    return name;
  }

  code(value: Expression): Code {
    switch (value.kind) {
      case "number":
        for (const name of unwritable) {
          const odd =
            name === "infinity"
              ? Math.abs(Math.fround(value.value)) === Infinity
              : Number.isNaN(value.value);
          if (odd) this.file.use(name);
        }
        return literal(value.value);
      case "size":
        return number(`f32(${this.file.size(value.size)})`);
      case "step":
        return number(`f32(${this.file.field("t0", ["t0"])} + t)`);
      case "index":
        return number(`f32(${this.index(value.index)})`);
      case "local":
        return value.local.boolean
          ? boolean(this.name(value.local), 6)
          : number(this.name(value.local));
      case "load":
        return number(this.#load(value));
      case "op": {
        const name = functionOf(value.op);
        if (name !== undefined) this.file.use(name);
        return operate(
          value.op,
          value.args.map((arg) => this.code(arg)),
        );
      }
      case "within": {
        const at = this.index(value.index);
        const [from, to] = [value.from, value.to].map((size) =>
          this.file.size(size),
        );
        const upper = `${at} < ${to}`;
        return from === "0"
          ? boolean(upper, 2)
          : boolean(`${at} >= ${from} && ${upper}`);
      }
    }
  }

  /** The text of a number. */
  number(value: Expression): string {
    return asNumber(this.code(value)).text;
  }

  index(index: Index): string {
    const base =
      index.loop === null
        ? index.token
          ? `i32(${this.number(index.token)})`
          : "0"
        : indices[index.loop];
    return addIndices([base, this.file.size(index.plus)]);
  }

  /** Prints statements of one block, in which what is loaded several times is loaded once. */
  block<T>(statements: readonly Statement[], print: () => T): T {
    this.#repeated = repeatedLoads(statements, (load) => this.element(load));
    const printed = print();
    this.#repeated = new Set();
    this.#loaded.clear();
    return printed;
  }

  #load(load: Load): string {
    const text = this.element(load);
    if (!this.#repeated.has(text)) return text;
    let name = this.#loaded.get(text);
    if (name === undefined) {
      name = this.#free(nameOf(load.place));
      this.#loaded.set(text, name);
      this.#loading.push(`let ${name} = ${text};`);
    }
    return name;
  }

  /** Where a number is read from. */
  element(at: Element): string {
    const { memory } = this.file;
    if (!memory?.has(at.place.array)) return this.#inBuffer(at);
    return this.#inMemory(at, memory);
  }

  #inMemory({ place, dims, index }: Element, memory: SharedMemory): string {
    const parts = [
      memory.at(place, "b", this.file),
      ...this.#within(dims, index),
    ];
    return `shared_values[${addIndices(parts)}]`;
  }

  /** What is added to the address of a value for one of its elements. */
  #within(dims: readonly Size[], index: readonly Index[]): string[] {
    return index.map((each, axis) => {
      const stride = dims.slice(axis + 1).reduce(multiplySizes, sizeNumber(1));
      return multiplyIndices(this.index(each), this.file.size(stride));
    });
  }

  #inBuffer(at: Element): string {
    const place = this.#unrolled(at.place);
    const { array } = place;
    const parts = [this.file.at(place)];
    const width = this.file.size(array.width);
    if (array.extent === "batch" || array.extent === "step")
      parts.push(multiplyIndices("b", width));
    if (array.extent === "step") parts.push(this.file.row(array, "t"));
    else if (array.extent === "sequence")
      parts.push(multiplyIndices("r", width));
    parts.push(...this.#within(at.dims, at.index));
    return `${this.file.buffer(array)}[${addIndices(parts)}]`;
  }

  statement(statement: Statement): string[] {
    const lines = this.#statement(statement);
    return [...this.loads(), ...lines];
  }

  /** Lines that have to stand before those that were printed last. */
  loads(): string[] {
    return this.#loading.splice(0);
  }

  #statement(statement: Statement): string[] {
    const value = this.code(statement.value);
    if (statement.kind === "let")
      return [
        `let ${this.name(statement.local)} = ${
          statement.local.boolean ? value.text : asNumber(value).text
        };`,
      ];
    const { array } = statement.place;
    const { memory } = this.file;
    const targets = [
      ...(memory?.has(array) ? [this.#inMemory(statement, memory)] : []),
      ...(memory?.isOnly(array) ? [] : [this.#inBuffer(statement)]),
    ];
    const assign = statement.add ? "+=" : "=";
    const text = asNumber(value).text;
    // What goes to two places is computed once.
    const once = targets.length > 1 && !/^\w+$/u.test(text);
    const shown = once ? this.#free(nameOf(statement.place)) : text;
    const computed = once ? [`let ${shown} = ${text};`] : [];
    const { results, carried } = this.file.work;
    if (this.timed && carried.has(array)) {
      // A finished entry keeps what arrives from the end.
      const [shared, kept] = targets;
      const otherwise =
        kept === undefined
          ? ["}"]
          : ["} else {", `  ${shared} = ${kept};`, "}"];
      return [
        ...computed,
        "if (live) {",
        ...targets.map((target) => `  ${target} ${assign} ${shown};`),
        ...otherwise,
      ];
    }
    // What an entry starts from is there also for one without any step.
    const ofThisStep = statement.place.shift === 0;
    const stored =
      this.kind !== "static" && ofThisStep && results.has(array)
        ? `select(0.0, ${shown}, live)`
        : shown;
    return [
      ...computed,
      ...targets.map((target) => `${target} ${assign} ${stored};`),
    ];
  }

  /** Names of the row at hand, for the first lines of a function; only those that `text` mentions. */
  row(text: string): string[] {
    const used = (name: string): boolean =>
      new RegExp(`\\b${name}\\b`).test(text);
    return [
      ...(used("r") ? [`let r = t * ${this.file.batch} + b;`] : []),
      ...(used("live") ? [`let live = ${this.file.lives("t", "b")};`] : []),
    ];
  }

  #unrolled(place: Place): Place {
    if (place.array.extent !== "row") return place;
    const { id } = place.array;
    let array = this.#scratch.get(id);
    if (!array) {
      array = unrolledScratch(
        place.array,
        this.kernel,
        this.kind,
        this.adjoint,
      );
      this.#scratch.set(id, array);
    }
    return { ...place, array };
  }
}

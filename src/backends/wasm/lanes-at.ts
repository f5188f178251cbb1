/** Expressions at the indices of a loop nest: what is read, and in which lanes. */
import type { Expression, Local, Statement } from "../../passes/kernels.js";
import { elementOf, RowPointers } from "./access.js";
import type { Element } from "./access.js";
import {
  asMask,
  asNumbers,
  everywhere,
  laneNumbers,
  mask,
  numbers,
  operate,
} from "./expression.js";
import type { Lanes } from "./expression.js";
import type { WatFunction } from "./function.js";
import { intrinsics } from "./intrinsics.js";
import { mathFunctions } from "./math.js";
import { knownSize, splatField } from "./table.js";
import { isUnit, strideAlong } from "./vector-axis.js";
import type { Axis } from "./vector-axis.js";
import { add, call, constant, get, multiply, set, subtract } from "./wat.js";
import type { Wat } from "./wat.js";

/** The loop that runs four lanes at a time, while its body is printed. */
export interface VectorLoop {
  readonly axis: Axis;
  /** The last one to three elements, not four. */
  readonly partial: boolean;
  /** Loops inside of it. */
  readonly inside: readonly Axis[];
  /** Addresses that are the same in all turns: what to compute, by the local that holds it. */
  readonly hoisted: Map<Wat, string>;
}

/** Names of the loop variables; that of the vector loop counts bytes, the others elements. */
const variables = ["n", "m", "k"] as const;

export class LanesAt {
  readonly #locals = new Map<Local, string>();
  readonly #pointers: RowPointers;
  readonly #variables = new Map<Axis, string>();
  /** Locals of functions that are written out; one after the other they share them. */
  readonly #scratch = new Map<string, string>();
  /** The vector loop around the statement at hand, if any. */
  vector: VectorLoop | undefined;

  constructor(
    readonly fn: WatFunction,
    pointers: RowPointers,
  ) {
    this.#pointers = pointers;
  }

  /** The variable of a loop. */
  variable(axis: Axis): string {
    return this.#named(this.#variables, axis, variables[axis], "i32");
  }

  /** The variable of a value. */
  local(local: Local): string {
    return this.#named(this.#locals, local, local.hint || "v", "v128");
  }

  #named<K>(
    names: Map<K, string>,
    key: K,
    hint: string,
    type: "i32" | "v128",
  ): string {
    let name = names.get(key);
    if (name === undefined) {
      name = this.fn.local(hint, type);
      names.set(key, name);
    }
    return name;
  }

  /** Lanes that the partial vector has. */
  get left(): Wat {
    return get("left");
  }

  value(value: Expression): Lanes {
    switch (value.kind) {
      case "number":
        return numbers(everywhere(value.value));
      case "size": {
        const { table } = this.fn;
        const field = table.field(["float", table.size(value.size)]);
        return numbers(splatField(field));
      }
      case "step":
        return numbers(this.#converted(`(i32x4.splat ${get("t_number")})`));
      case "index":
        return numbers(this.#converted(this.#index(value.index)));
      case "local": {
        const wat = get(this.local(value.local));
        return value.local.boolean ? mask(wat) : numbers(wat);
      }
      case "load":
        return numbers(this.#load(value));
      case "op":
        return operate(
          value.op,
          value.args.map((arg) => this.value(arg)),
          (name, args) => this.#call(name, args),
        );
      case "within": {
        const index = this.#index(value.index);
        const bound = (size: typeof value.from): Wat =>
          `(i32x4.splat ${this.fn.size(size)})`;
        return mask(
          `(v128.and (i32x4.ge_s ${index} ${bound(value.from)}) (i32x4.lt_s ${index} ${bound(value.to)}))`,
        );
      }
    }
  }

  statement(statement: Statement): Wat {
    const value = this.value(statement.value);
    if (statement.kind === "let")
      return set(
        this.local(statement.local),
        statement.local.boolean ? asMask(value) : asNumbers(value),
      );
    return this.#store(statement, asNumbers(value));
  }

  /** In the loop over whole vectors the function itself, as a block; behind it, once, a call. */
  #call(name: string, args: readonly Wat[]): Wat {
    const { vector } = this;
    const { inline } = mathFunctions[name] ?? intrinsics[name] ?? {};
    if (!inline || !vector || vector.partial) return call(name, ...args);
    const { locals, body } = inline;
    const named = new Map(
      locals.map((local) => [
        local,
        this.#named(this.#scratch, local, local, "v128"),
      ]),
    );
    const given = args.map((arg, i) => set(named.get(locals[i]!)!, arg));
    const lines = body.map((line) =>
      line.replaceAll(/\$(\w+)/g, (_, local: string) => `$${named.get(local)}`),
    );
    return [
      "(block (result v128)",
      ...[...given, ...lines].map((line) => `  ${line.trim()}`),
      ")",
    ].join("\n");
  }

  #converted(integers: Wat): Wat {
    return `(f32x4.convert_i32x4_s ${integers})`;
  }

  /** An index in all lanes, as integers. */
  #index(index: Extract<Expression, { kind: "index" }>["index"]): Wat {
    const { loop, token, plus } = index;
    const moved = (base: Wat): Wat =>
      `(i32x4.splat ${add(base, this.fn.size(plus))})`;
    if (loop === null) return moved(token ? this.#integer(token) : constant(0));
    const variable = get(this.variable(loop));
    return this.vector?.axis === loop
      ? `(i32x4.add ${moved(`(i32.shr_u ${variable} ${constant(2)})`)} ${laneNumbers})`
      : moved(variable);
  }

  /** A token as an integer. */
  #integer(token: Expression): Wat {
    if (token.kind === "load" && token.place.array.element === "token")
      return `(i32.load ${this.#address(elementOf(token))})`;
    return `(i32.trunc_sat_f32_s (f32x4.extract_lane 0 ${asNumbers(this.value(token))}))`;
  }

  /** The address of an element, in the first lane. */
  #address({ place, moves }: Element): Wat {
    const { vector } = this;
    const along = ({ along, by }: Element["moves"][number]): Wat =>
      typeof along !== "number"
        ? multiply(this.#integer(along), this.fn.bytes(by))
        : along === vector?.axis
          ? multiply(get(this.variable(along)), this.fn.size(by))
          : multiply(get(this.variable(along)), this.fn.bytes(by));
    const moving = moves.filter(
      (move) =>
        typeof move.along === "number" &&
        (move.along === vector?.axis || vector?.inside.includes(move.along)),
    );
    const fixed = moves
      .filter((move) => !moving.includes(move))
      .map(along)
      .reduce(add, this.#pointers.at(place));
    return moving.map(along).reduce(add, this.#hoist(fixed));
  }

  #hoist(address: Wat): Wat {
    const { vector } = this;
    if (!vector || /^\(local\.get \S+\)$/.test(address)) return address;
    let name = vector.hoisted.get(address);
    if (name === undefined) {
      name = this.fn.local("at");
      vector.hoisted.set(address, name);
    }
    return get(name);
  }

  #load(value: Extract<Expression, { kind: "load" }>): Wat {
    const address = this.#address(elementOf(value));
    const loaded = this.#lanesFrom(address, value);
    return value.place.array.element === "token"
      ? this.#converted(loaded)
      : loaded;
  }

  #lanesFrom(
    address: Wat,
    { dims, index }: Extract<Expression, { kind: "load" }>,
  ): Wat {
    const { vector } = this;
    const stride = vector && strideAlong(vector.axis, dims, index);
    if (!stride) return `(v128.load32_splat ${address})`;
    if (isUnit(stride)) return `(v128.load ${address})`;
    let lanes = `(v128.load32_splat ${address})`;
    for (const lane of [1, 2, 3]) {
      const bytes =
        knownSize(stride, 4 * lane) ??
        multiply(constant(lane), this.fn.bytes(stride));
      const at = add(address, bytes);
      const allowed = vector.partial
        ? `(select ${at} ${address} (i32.gt_u ${this.left} ${constant(lane)}))`
        : at;
      lanes = `(v128.load32_lane ${lane} ${allowed} ${lanes})`;
    }
    return lanes;
  }

  #store(statement: Extract<Statement, { kind: "store" }>, value: Wat): Wat {
    const { vector } = this;
    const address = this.#address(elementOf(statement));
    const stride =
      vector && strideAlong(vector.axis, statement.dims, statement.index);
    if (vector && !(stride && isUnit(stride)))
      throw new TypeError(
        `${this.fn.name}: a store to ${statement.place.array.id} is not along the vector loop`,
      );
    const before = vector
      ? `(v128.load ${address})`
      : `(v128.load32_zero ${address})`;
    const sum = statement.add ? `(f32x4.add ${before} ${value})` : value;
    const stored =
      statement.place.array.element === "token"
        ? `(i32x4.trunc_sat_f32x4_s ${sum})`
        : sum;
    if (!vector) return `(v128.store32_lane 0 ${address} ${stored})`;
    return vector.partial
      ? `(call $store_left ${address} ${stored} ${this.left})`
      : `(v128.store ${address} ${stored})`;
  }

  /** How many bytes are left to the end of the vector loop, in lanes. */
  leftOf(extent: Wat, variable: string): Wat {
    return `(i32.shr_u ${subtract(extent, get(variable))} ${constant(2)})`;
  }
}

/**
 * Turns values into expressions at an index. Values with a local variable or a place are read; everything
 * else is computed on the spot, which is how repeated, cut and rearranged values cost nothing.
 */
import type { Node } from "../ir/graph.js";
import { operations } from "../ir/ops/index.js";
import type { ElementwiseName } from "../ir/ops/index.js";
import { addSizes, sizeNumber, subtractSizes } from "../ir/size.js";
import type { Size } from "../ir/size.js";
import type { Expression, Index, Local, Statement } from "./kernels.js";
import type { Storage } from "./storage.js";
import { isElementwise, isLeaf } from "./traits.js";

const zero = sizeNumber(0);

export const loopIndex = (loop: 0 | 1 | 2): Index => ({
  loop,
  token: undefined,
  plus: zero,
});

const shiftIndex = (index: Index, by: Size): Index => ({
  ...index,
  plus: addSizes(index.plus, by),
});

const number = (value: number): Expression => ({ kind: "number", value });

const operation = (op: ElementwiseName, ...args: Expression[]): Expression => ({
  kind: "op",
  op,
  args,
});

/** The index of each loop of a nest with as many loops as the value has axes. */
export const ownIndex = (node: Node): Index[] =>
  node.shape.map((_, axis) => loopIndex(axis as 0 | 1));

const isOwnIndex = (index: readonly Index[]): boolean =>
  index.every(
    (each, axis) => each.loop === axis && !each.token && each.plus.key === "0",
  );

const isBoolean = (op: ElementwiseName): boolean => {
  const { ts } = (operations[op] as { spell: { ts: object } }).spell;
  return "boolean" in ts && ts.boolean === true;
};

/** The values of one map kernel while it is being written. */
export class KernelValues {
  readonly #storage: Storage;
  /** Scalars, valid in all later segments, and the elements of the segment at hand. */
  readonly #scalars = new Map<Node, Local>();
  #elements = new Map<Node, Local>();
  #body: Statement[] = [];
  #before: Statement[] = [];
  /** Scalars of the segment's own body, which nothing before it can read. */
  #late = new Set<Local>();
  #count = 0;

  constructor(
    storage: Storage,
    readonly backward: boolean,
  ) {
    this.#storage = storage;
  }

  /** Starts a segment; afterwards `body` and `before` collect its statements. */
  startSegment(): void {
    this.#elements = new Map();
    this.#body = [];
    this.#before = [];
    this.#late = new Set();
  }

  /** Starts another loop nest of the segment. */
  startPart(): void {
    this.#elements = new Map();
    this.#body = [];
  }

  get body(): Statement[] {
    return this.#body;
  }

  /** Statements on scalars that have to stand before the segment's loops. */
  get before(): Statement[] {
    return this.#before;
  }

  local(node: Node): Local {
    const boolean =
      isElementwise(node) && isBoolean(node.op as ElementwiseName);
    const named = this.#storage.nameOf(node);
    return {
      id: this.#count++,
      hint: named === node.op ? "" : named,
      boolean,
      rounded: !this.backward && this.#storage.isCompared(node),
    };
  }

  /** Makes a local known as the value of a node, from here on. */
  bind(node: Node, local: Local): void {
    if (node.shape.length > 0) {
      this.#elements.set(node, local);
      return;
    }
    this.#scalars.set(node, local);
    this.#late.add(local);
  }

  /** The value of a task's own operation, even where the task has a place. */
  compute(node: Node, index: readonly Index[] = ownIndex(node)): Expression {
    return isElementwise(node)
      ? operation(
          node.op as ElementwiseName,
          ...node.args.map((arg) => this.read(arg, index)),
        )
      : this.#rearranged(node, index);
  }

  /** A value at an index. */
  read(node: Node, index: readonly Index[]): Expression {
    const local =
      this.#scalars.get(node) ??
      (isOwnIndex(index) ? this.#elements.get(node) : undefined);
    if (local) return { kind: "local", local };
    const place = this.#storage.placeOf(node, this.backward);
    if (place) return { kind: "load", place, dims: node.shape, index };
    if (isLeaf(node)) return leafValue(node);
    if (!isElementwise(node)) return this.#rearranged(node, index);
    if (node.shape.length > 0 && !isOwnIndex(index))
      return this.compute(node, index);
    const bound = this.local(node);
    const value = this.compute(node, index);
    const early = node.shape.length === 0 && !readsAny(value, this.#late);
    (early ? this.#before : this.#body).push({
      kind: "let",
      local: bound,
      value,
    });
    if (early) this.#scalars.set(node, bound);
    else this.bind(node, bound);
    return { kind: "local", local: bound };
  }

  #rearranged(node: Node, index: readonly Index[]): Expression {
    const [first, second] = node.args as [Node, Node];
    const [i, j] = index as [Index, Index];
    switch (node.op) {
      case "stop":
        return this.read(first, index);
      case "broadcast":
        return this.read(
          first,
          first.shape.length === 0 ? [] : [index.at(-1)!],
        );
      case "spread":
        return this.read(first, [i]);
      case "transpose":
        return this.read(first, [j, i]);
      case "outer":
        return operation("mul", this.read(first, [i]), this.read(second, [j]));
      case "iota":
        return { kind: "index", index: i };
      case "onehot":
        return operation(
          "select",
          operation("eq", { kind: "index", index: i }, this.read(first, [])),
          number(1),
          number(0),
        );
      case "pick":
        return this.read(first, [
          { loop: null, token: this.read(second, []), plus: zero },
        ]);
      case "slice":
        return this.read(first, [shiftIndex(i, node.attrs.from!)]);
      case "pad": {
        const from = node.attrs.from!;
        const length = first.shape[0]!;
        return operation(
          "select",
          { kind: "within", index: i, from, to: addSizes(from, length) },
          this.read(first, [shiftIndex(i, subtractSizes(zero, from))]),
          number(0),
        );
      }
      case "concat":
        return this.#concatenated(node, i);
      default:
        throw new TypeError(
          `${node.op} has no place and cannot be computed where it is read`,
        );
    }
  }

  #concatenated(node: Node, index: Index): Expression {
    const starts: Size[] = [];
    let end = zero;
    for (const part of node.args) {
      starts.push(end);
      end = addSizes(end, part.shape[0]!);
    }
    const partAt = (k: number): Expression =>
      this.read(node.args[k]!, [
        shiftIndex(index, subtractSizes(zero, starts[k]!)),
      ]);
    let value = partAt(node.args.length - 1);
    for (let k = node.args.length - 2; k >= 0; k--)
      value = operation(
        "select",
        { kind: "within", index, from: starts[k]!, to: starts[k + 1]! },
        partAt(k),
        value,
      );
    return value;
  }
}

/** Whether an expression reads one of some scalars. */
const readsAny = (value: Expression, locals: ReadonlySet<Local>): boolean =>
  value.kind === "local"
    ? locals.has(value.local)
    : value.kind === "op" && value.args.some((arg) => readsAny(arg, locals));

function leafValue(node: Node): Expression {
  if (node.op === "const") return number(node.attrs.value!);
  if (node.op === "size") return { kind: "size", size: node.attrs.size! };
  if (node.op === "step") return { kind: "step" };
  throw new TypeError(`the leaf ${node.op} ${node.attrs.name} has no place`);
}

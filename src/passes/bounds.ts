/** Between which numbers a value lies, whatever finite numbers the leaves hold, as far as is easily seen. */
import type { Node } from "../ir/graph.js";
import { operations } from "../ir/ops/index.js";

export interface Range {
  readonly low: number;
  readonly high: number;
}

const anything: Range = { low: -Infinity, high: Infinity };

export class Bounds {
  readonly #known = new Map<Node, Range>();

  of(node: Node): Range {
    let range = this.#known.get(node);
    if (!range) this.#known.set(node, (range = this.#find(node)));
    return range;
  }

  #find(node: Node): Range {
    const { op, args, attrs } = node;
    const [x, y] = args as [Node, Node];
    switch (op) {
      case "const":
        return { low: attrs.value!, high: attrs.value! };
      case "size":
        return { low: 1, high: Infinity };
      case "broadcast":
      case "spread":
      case "transpose":
      case "slice":
      case "stop":
      case "max_of":
      case "min_of":
        return this.of(x);
      case "neg":
        return { low: -this.of(x).high, high: -this.of(x).low };
      case "add":
        return sumOf(this.of(x), this.of(y));
      case "gap":
      case "sub": {
        const { low, high } = this.of(y);
        const range = sumOf(this.of(x), { low: -high, high: -low });
        return isBelowItsMaximum(node)
          ? { low: range.low, high: Math.min(range.high, 0) }
          : range;
      }
      case "mul":
        return x === y || (this.of(x).low >= 0 && this.of(y).low >= 0)
          ? { low: 0, high: Infinity }
          : anything;
      case "div":
        return this.of(x).low >= 0 && this.of(y).low >= 0
          ? { low: 0, high: Infinity }
          : anything;
      case "max":
        return combined(Math.max, this.of(x), this.of(y));
      case "min":
        return combined(Math.min, this.of(x), this.of(y));
      case "select": {
        if (isWithoutZero(node)) return { low: 1, high: Infinity };
        const no = this.of(args[2]!);
        return {
          low: Math.min(this.of(y).low, no.low),
          high: Math.max(this.of(y).high, no.high),
        };
      }
      case "exp":
        return {
          low: Math.exp(this.of(x).low),
          high: Math.exp(this.of(x).high),
        };
      case "sum":
        // One of these is e to the power 0; a gap is there where that one may be of nothing.
        if (
          x.op === "exp" &&
          x.args[0]!.op === "sub" &&
          isBelowItsMaximum(x.args[0]!)
        )
          return { low: 1, high: Infinity };
        return this.of(x).low >= 0
          ? { low: this.of(x).low, high: Infinity }
          : anything;
      default: {
        const record = operations[op];
        if (record.kind !== "elementwise") return anything;
        return { low: record.range[0], high: record.range[1] };
      }
    }
  }
}

const sumOf = (a: Range, b: Range): Range => ({
  low: a.low + b.low,
  high: a.high + b.high,
});

const combined = (
  choose: (a: number, b: number) => number,
  a: Range,
  b: Range,
): Range => ({ low: choose(a.low, b.low), high: choose(a.high, b.high) });

/** The sum of e to the power of v − max_of(v), or 1 where it is 0: one of these is e to the power 0, unless none is any. */
function isWithoutZero({ args: [test, one, sum] }: Node): boolean {
  const exponential = sum?.op === "sum" ? sum.args[0]! : undefined;
  return (
    test!.op === "eq" &&
    test!.args[0] === sum &&
    one!.attrs.value === 1 &&
    exponential?.op === "exp" &&
    isBelowItsMaximum(exponential.args[0]!)
  );
}

/** v − max_of(v), as all exponentials that must not overflow have it. */
function isBelowItsMaximum({ op, args }: Node): boolean {
  if (op !== "sub" && op !== "gap") return false;
  let shift = args[1]!;
  while (["broadcast", "spread", "stop", "max"].includes(shift.op))
    shift = shift.args[0]!;
  return shift.op === "max_of" && shift.args[0] === args[0];
}

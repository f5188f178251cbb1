/** Makes nodes by the operations' own names: `b.mul(x, b.tanh(y))`. */
import type { Span } from "../diagnostics/span.js";
import { Domain } from "./node.js";
import type { Attributes, Node, NodeStore } from "./node.js";
import { sameShape } from "./size.js";
import type { Shape, Size } from "./size.js";

export class Builder {
  constructor(readonly graph: NodeStore) {}

  at<T>(span: Span | undefined, body: () => T): T {
    return this.graph.at(span, body);
  }

  make(op: Node["op"], args: readonly Node[], attrs: Attributes = {}): Node {
    return this.graph.make(op, args, attrs);
  }

  constant(value: number): Node {
    return this.make("const", [], { value, domain: Domain.static });
  }

  /** The constant, repeated to `shape`. */
  filled(value: number, shape: Shape): Node {
    return this.broadcast(this.constant(value), shape);
  }

  size(size: Size): Node {
    return this.make("size", [], { size, domain: Domain.static });
  }

  /** Repeats a scalar everywhere, or a `[D]` in each row of `[S, D]`. */
  broadcast(x: Node, shape: Shape): Node {
    return sameShape(x.shape, shape)
      ? x
      : this.make("broadcast", [x], { shape });
  }

  /** Repeats element s of `[S]` along row s of `[S, D]`. */
  spread(x: Node, shape: Shape): Node {
    return this.make("spread", [x], { shape });
  }

  /** Elementwise operation; scalar operands are repeated to the shape of the others. */
  elementwise(op: Node["op"], ...args: Node[]): Node {
    const shape = args.reduce(
      (a, b) => (b.shape.length > a.length ? b.shape : a),
      args[0]!.shape,
    );
    return this.make(
      op,
      args.map((arg) => this.broadcast(arg, shape)),
    );
  }

  add = (a: Node, b: Node): Node => this.elementwise("add", a, b);
  sub = (a: Node, b: Node): Node => this.elementwise("sub", a, b);
  mul = (a: Node, b: Node): Node => this.elementwise("mul", a, b);
  div = (a: Node, b: Node): Node => this.elementwise("div", a, b);
  pow = (a: Node, b: Node): Node => this.elementwise("pow", a, b);
  neg = (a: Node): Node => this.elementwise("neg", a);
  exp = (a: Node): Node => this.elementwise("exp", a);
  log = (a: Node): Node => this.elementwise("log", a);
  sigmoid = (a: Node): Node => this.elementwise("sigmoid", a);
  sign = (a: Node): Node => this.elementwise("sign", a);
  sin = (a: Node): Node => this.elementwise("sin", a);
  cos = (a: Node): Node => this.elementwise("cos", a);
  eq = (a: Node, b: Node): Node => this.elementwise("eq", a, b);
  gt = (a: Node, b: Node): Node => this.elementwise("gt", a, b);
  lt = (a: Node, b: Node): Node => this.elementwise("lt", a, b);
  select = (c: Node, a: Node, b: Node): Node =>
    this.elementwise("select", c, a, b);

  sum = (v: Node): Node => this.make("sum", [v]);
  sumRows = (a: Node): Node => this.make("sum_rows", [a]);
  transpose = (a: Node): Node => this.make("transpose", [a]);
  outer = (a: Node, b: Node): Node => this.make("outer", [a, b]);
  matvec = (a: Node, x: Node, transA = false): Node =>
    this.make("matvec", [a, x], { transA });
  matmul = (a: Node, b: Node, transA = false, transB = false): Node =>
    this.make("matmul", [a, b], { transA, transB });
  slice = (v: Node, from: Size, length: Size): Node =>
    this.make("slice", [v], { from, shape: [length] });
  pad = (v: Node, from: Size, total: Size): Node =>
    this.make("pad", [v], { from, shape: [total] });
  concat = (...args: Node[]): Node =>
    args.length === 1 ? args[0]! : this.make("concat", args);
  onehot = (k: Node, size: Size): Node =>
    this.make("onehot", [k], { shape: [size] });
  reduce = (x: Node, domain: Domain): Node =>
    x.domain <= domain ? x : this.make("reduce", [x], { domain });
}

/**
 * Every rewrite rule: a value before and the value it becomes. Nodes are interned, so that "becomes" is
 * identity. Rules that claim to be exact are evaluated on both sides as well.
 */
import { describe, expect, it } from "vitest";
import { Builder } from "../../src/ir/builder.js";
import { Domain, Graph } from "../../src/ir/graph.js";
import type { Node } from "../../src/ir/graph.js";
import { Interpreter } from "../../src/ir/interpret.js";
import type { CellProgram } from "../../src/ir/program.js";
import {
  addSizes,
  multiplySizes,
  sizeName,
  sizeNumber,
} from "../../src/ir/size.js";
import { rewrite } from "../../src/passes/rewrite.js";
import { simplifyRules, unstop } from "../../src/passes/rules.js";
import { randomData } from "../../src/gradcheck/data.js";

const N = sizeName("N");
const S = sizeName("S");

class Values extends Builder {
  constructor(readonly owner: Graph) {
    super(owner);
  }

  input = (name: string, ...shape: (typeof N)[]): Node =>
    this.make("input", [], { name, shape, domain: Domain.row });
  v = this.input("v", N);
  w = this.input("w", N);
  s = this.input("s");
  r = this.input("r", S);
  A = this.input("A", S, N);
  B = this.input("B", N, S);
  fixed = this.make("const", [], {
    value: 0,
    fixed: true,
    domain: Domain.static,
  });
  transposed = (a: Node): Node => this.transpose(a);
  element = (op: Node["op"], ...args: Node[]): Node =>
    this.elementwise(op, ...args);
}

type Case = readonly [
  rule: string,
  before: (b: Values) => Node,
  after: (b: Values) => Node,
];

const cases: readonly Case[] = [
  [
    "operations on constants",
    (b) => b.add(b.constant(2), b.constant(3)),
    (b) => b.constant(5),
  ],
  ["size that is a number", (b) => b.size(sizeNumber(4)), (b) => b.constant(4)],
  [
    "repeat after computing",
    (b) => b.exp(b.broadcast(b.s, [N])),
    (b) => b.broadcast(b.exp(b.s), [N]),
  ],
  [
    "repeat once",
    (b) => b.broadcast(b.make("broadcast", [b.s], { shape: [N] }), [S, N]),
    (b) => b.broadcast(b.s, [S, N]),
  ],
  [
    "spread a repeated scalar",
    (b) => b.spread(b.broadcast(b.s, [S]), [S, N]),
    (b) => b.broadcast(b.s, [S, N]),
  ],
  [
    "repeat rows after comparing",
    (b) => b.gt(b.spread(b.r, [S, N]), b.broadcast(b.s, [S, N])),
    (b) => b.spread(b.gt(b.r, b.broadcast(b.s, [S])), [S, N]),
  ],
  [
    "outer product with ones",
    (b) =>
      b.add(b.outer(b.r, b.filled(1, [N])), b.outer(b.filled(1, [S]), b.v)),
    (b) => b.add(b.spread(b.r, [S, N]), b.broadcast(b.v, [S, N])),
  ],
  [
    "commuted operands",
    (b) => b.sub(b.mul(b.v, b.w), b.mul(b.w, b.v)),
    (b) => b.sub(b.mul(b.v, b.w), b.mul(b.v, b.w)),
  ],
  ["x + 0", (b) => b.add(b.v, b.constant(0)), (b) => b.v],
  ["x − 0, 0 − x", (b) => b.sub(b.constant(0), b.v), (b) => b.neg(b.v)],
  [
    "x · 1, x · −1",
    (b) => b.mul(b.mul(b.v, b.constant(1)), b.constant(-1)),
    (b) => b.neg(b.v),
  ],
  ["x / 1", (b) => b.div(b.v, b.constant(1)), (b) => b.v],
  ["−(−x)", (b) => b.neg(b.neg(b.v)), (b) => b.v],
  ["−(x − y)", (b) => b.neg(b.sub(b.v, b.w)), (b) => b.sub(b.w, b.v)],
  ["x + −y", (b) => b.add(b.v, b.neg(b.w)), (b) => b.sub(b.v, b.w)],
  ["x − −y", (b) => b.sub(b.v, b.neg(b.w)), (b) => b.add(b.v, b.w)],
  ["x · −y", (b) => b.mul(b.v, b.neg(b.w)), (b) => b.neg(b.mul(b.v, b.w))],
  ["−x / y", (b) => b.div(b.neg(b.v), b.w), (b) => b.neg(b.div(b.v, b.w))],
  [
    "select of a constant condition",
    (b) => b.select(b.constant(1), b.v, b.w),
    (b) => b.v,
  ],
  [
    "choice by the same condition",
    (b) => {
      const c = b.gt(b.v, b.w);
      return b.select(c, b.select(c, b.v, b.w), b.select(c, b.v, b.exp(b.w)));
    },
    (b) => b.select(b.gt(b.v, b.w), b.v, b.exp(b.w)),
  ],
  ["select of equals", (b) => b.select(b.gt(b.v, b.w), b.v, b.v), (b) => b.v],
  [
    "power 0, 1 and 2",
    (b) => b.pow(b.v, b.constant(2)),
    (b) => b.mul(b.v, b.v),
  ],
  [
    "power −1 and 3",
    (b) => b.pow(b.v, b.constant(3)),
    (b) => b.mul(b.v, b.mul(b.v, b.v)),
  ],
  [
    "transpose of a transpose",
    (b) => b.transposed(b.transposed(b.A)),
    (b) => b.A,
  ],
  [
    "product with a transpose",
    (b) => b.matvec(b.transposed(b.B), b.v),
    (b) => b.matvec(b.B, b.v, true),
  ],
  [
    "products with transposes",
    (b) => b.matmul(b.transposed(b.B), b.transposed(b.A)),
    (b) => b.matmul(b.B, b.A, true, true),
  ],
  [
    "product with a fixed 0",
    (b) => b.mul(b.broadcast(b.fixed, [N]), b.v),
    (b) => b.broadcast(b.fixed, [N]),
  ],
  ["fixed 0 divided", (b) => b.div(b.fixed, b.s), (b) => b.fixed],
  ["rearranged fixed 0", (b) => b.neg(b.fixed), (b) => b.fixed],
  ["whole slice", (b) => b.slice(b.v, sizeNumber(0), N), (b) => b.v],
  [
    "slice of a slice",
    (b) =>
      b.slice(
        b.slice(b.v, sizeNumber(1), sizeNumber(3)),
        sizeNumber(1),
        sizeNumber(2),
      ),
    (b) => b.slice(b.v, sizeNumber(2), sizeNumber(2)),
  ],
  [
    "slice that is a part of concat",
    (b) => b.slice(b.concat(b.v, b.w), N, N),
    (b) => b.w,
  ],
  [
    "slice of a repeated scalar",
    (b) => b.slice(b.broadcast(b.s, [N]), sizeNumber(1), sizeNumber(2)),
    (b) => b.broadcast(b.s, [sizeNumber(2)]),
  ],
  ["pad that adds nothing", (b) => b.pad(b.v, sizeNumber(0), N), (b) => b.v],
  [
    "pads side by side",
    (b) => {
      const whole = multiplySizes(sizeNumber(2), N);
      return b.add(
        b.pad(b.w, N, whole),
        b.pad(b.v, sizeNumber(0), addSizes(N, N)),
      );
    },
    (b) => b.concat(b.v, b.w),
  ],
  ["stop after differentiation", (b) => b.make("stop", [b.v]), (b) => b.v],
];

const rules = [...simplifyRules, unstop];

/** A cell whose only output is the value. */
function cellWith(b: Values, node: Node): CellProgram {
  const inputs = [b.v, b.w, b.s, b.r, b.A, b.B].map(({ attrs, shape }) => ({
    name: attrs.name!,
    shape,
    span: undefined,
    vocabulary: undefined,
  }));
  return {
    name: "Rule",
    doc: [],
    file: "rule.cell",
    graph: b.owner,
    sizes: ["N", "S"],
    inputs,
    contexts: [],
    params: [],
    buffers: [],
    states: [],
    definitions: [{ name: "y", node, gate: false, span: undefined }],
    outputs: [{ name: "y", node, shape: node.shape, span: undefined }],
  };
}

const evaluate = (b: Values, node: Node): Float64Array => {
  const sizes = { N: 5, S: 3 };
  const cell = cellWith(b, node);
  return new Interpreter(cell).forward(
    randomData(cell, sizes, { steps: 2, batch: 2, seed: 7 }),
  ).outputs["y"]!;
};

describe("rewrite rules", () => {
  it("has a case for every rule", () => {
    expect(cases.map(([name]) => name).sort()).toEqual(
      rules.map(({ name }) => name).sort(),
    );
  });

  for (const [name, before, after] of cases)
    it(name, () => {
      const b = new Values(new Graph());
      const expected = after(b);
      const start = before(b);
      const simpler = rewrite(b.owner, [start], rules)(start);
      expect(simpler).toBe(expected);

      const { keeps } = rules.find((rule) => rule.name === name)!;
      const [was, is] = [evaluate(b, start), evaluate(b, simpler)];
      expect(is).toHaveLength(was.length);
      is.forEach((value, i) => {
        // `rounding` may move a power by a few units in the last place.
        if (keeps === "rounding")
          expect(Math.abs(value - was[i]!)).toBeLessThanOrEqual(
            4 * Number.EPSILON * Math.abs(value),
          );
        else expect(value).toBe(was[i] === 0 ? value : was[i]);
      });
    });

  it("keeps a product with an ordinary zero, which may meet an infinity", () => {
    const b = new Values(new Graph());
    const product = b.mul(b.v, b.constant(0));
    expect(rewrite(b.owner, [product], rules)(product)).toBe(product);
  });

  it("ends on chains of any depth", () => {
    const b = new Values(new Graph());
    let node = b.v;
    for (let i = 0; i < 20_000; i++) node = b.neg(node);
    expect(rewrite(b.owner, [node], rules)(node)).toBe(b.v);
  });
});

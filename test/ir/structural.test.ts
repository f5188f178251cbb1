/** Walks the table of operations on whole arrays: what they compute, and their derivatives. */
import { describe, expect, it } from "vitest";
import { checkGradients } from "../../src/gradcheck/index.js";
import type { Builder } from "../../src/ir/builder.js";
import { Domain } from "../../src/ir/graph.js";
import type { Node } from "../../src/ir/graph.js";
import type { CellData } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import type { StructuralName } from "../../src/ir/ops/index.js";
import { parseCell } from "../../src/ir/parse.js";
import { printCell } from "../../src/ir/print.js";
import type { CellProgram } from "../../src/ir/program.js";
import { addSizes, sizeNumber } from "../../src/ir/size.js";
import type { Shape } from "../../src/ir/size.js";
import { differentiate } from "../../src/passes/differentiate.js";
import { HandMade, M, N, ofParams, V } from "./cells.js";

interface Case {
  readonly shapes: readonly Shape[];
  readonly make: (b: Builder, ...params: Node[]) => Node;
  readonly given: readonly (readonly number[])[];
  readonly expected: readonly number[];
}

const one = sizeNumber(1);
/** With N = 2 and M = 3. */
const sizes = { M: 3, N: 2 };
const A = [1, 2, 3, 4, 5, 6];
const B = [1, -1, 2, 0, 3, 1];

const cases: Record<
  Exclude<StructuralName, "onehot" | "pick" | "reduce" | "products">,
  readonly Case[]
> = {
  broadcast: [
    {
      shapes: [[]],
      make: (b, p) => b.broadcast(p, [N, M]),
      given: [[7]],
      expected: [7, 7, 7, 7, 7, 7],
    },
    {
      shapes: [[]],
      make: (b, p) => b.broadcast(p, [N]),
      given: [[7]],
      expected: [7, 7],
    },
    {
      shapes: [[M]],
      make: (b, p) => b.broadcast(p, [N, M]),
      given: [[1, 2, 3]],
      expected: [1, 2, 3, 1, 2, 3],
    },
  ],
  spread: [
    {
      shapes: [[N]],
      make: (b, p) => b.spread(p, [N, M]),
      given: [[8, 9]],
      expected: [8, 8, 8, 9, 9, 9],
    },
  ],
  sum: [
    {
      shapes: [[M]],
      make: (b, p) => b.sum(p),
      given: [[1, 2, 4]],
      expected: [7],
    },
    {
      shapes: [[N, M]],
      make: (b, p) => b.sum(p),
      given: [A],
      expected: [6, 15],
    },
  ],
  sum_rows: [
    {
      shapes: [[N, M]],
      make: (b, p) => b.sumRows(p),
      given: [A],
      expected: [5, 7, 9],
    },
  ],
  max_of: [
    {
      shapes: [[M]],
      make: (b, p) => b.make("max_of", [p]),
      given: [[-3, -1, -2]],
      expected: [-1],
    },
    {
      shapes: [[N, M]],
      make: (b, p) => b.make("max_of", [p]),
      given: [[1, 9, 2, -5, -4, -6]],
      expected: [9, -4],
    },
    {
      shapes: [[M]],
      make: (b, p) => b.make("max_of", [p]),
      given: [[1, NaN, 2]],
      expected: [NaN],
    },
  ],
  min_of: [
    {
      shapes: [[M]],
      make: (b, p) => b.make("min_of", [p]),
      given: [[3, 1, 2]],
      expected: [1],
    },
    {
      shapes: [[N, M]],
      make: (b, p) => b.make("min_of", [p]),
      given: [[1, 9, 2, -5, -4, -6]],
      expected: [1, -6],
    },
  ],
  transpose: [
    {
      shapes: [[N, M]],
      make: (b, p) => b.transpose(p),
      given: [A],
      expected: [1, 4, 2, 5, 3, 6],
    },
  ],
  matvec: [
    {
      shapes: [[N, M], [M]],
      make: (b, p, q) => b.matvec(p, q),
      given: [A, [1, 0, -1]],
      expected: [-2, -2],
    },
    {
      shapes: [[N, M], [N]],
      make: (b, p, q) => b.matvec(p, q, true),
      given: [A, [1, -1]],
      expected: [-3, -3, -3],
    },
  ],
  // [1 2 3; 4 5 6] times [1 −1; 2 0; 3 1], each stored as it is or transposed.
  matmul: [
    {
      shapes: [
        [N, M],
        [M, N],
      ],
      make: (b, p, q) => b.matmul(p, q),
      given: [A, B],
      expected: [14, 2, 32, 2],
    },
    {
      shapes: [
        [M, N],
        [M, N],
      ],
      make: (b, p, q) => b.matmul(p, q, true),
      given: [[1, 4, 2, 5, 3, 6], B],
      expected: [14, 2, 32, 2],
    },
    {
      shapes: [
        [N, M],
        [N, M],
      ],
      make: (b, p, q) => b.matmul(p, q, false, true),
      given: [A, [1, 2, 3, -1, 0, 1]],
      expected: [14, 2, 32, 2],
    },
    {
      shapes: [
        [M, N],
        [N, M],
      ],
      make: (b, p, q) => b.matmul(p, q, true, true),
      given: [
        [1, 4, 2, 5, 3, 6],
        [1, 2, 3, -1, 0, 1],
      ],
      expected: [14, 2, 32, 2],
    },
  ],
  outer: [
    {
      shapes: [[N], [M]],
      make: (b, p, q) => b.outer(p, q),
      given: [
        [1, 2],
        [3, 4, 5],
      ],
      expected: [3, 4, 5, 6, 8, 10],
    },
  ],
  concat: [
    {
      shapes: [[N], [M], [N]],
      make: (b, ...all) => b.concat(...all),
      given: [
        [1, 2],
        [3, 4, 5],
        [6, 7],
      ],
      expected: [1, 2, 3, 4, 5, 6, 7],
    },
    {
      shapes: [[N]],
      make: (b, p) => b.concat(p, p),
      given: [[1, 2]],
      expected: [1, 2, 1, 2],
    },
  ],
  slice: [
    {
      shapes: [[M]],
      make: (b, p) => b.slice(p, one, N),
      given: [[1, 2, 3]],
      expected: [2, 3],
    },
  ],
  pad: [
    {
      shapes: [[N]],
      make: (b, p) => b.pad(p, one, addSizes(N, M)),
      given: [[4, 5]],
      expected: [0, 4, 5, 0, 0],
    },
  ],
  iota: [
    {
      shapes: [[M]],
      make: (b, p) =>
        b.mul(p, b.make("iota", [], { shape: [M], domain: Domain.static })),
      given: [[5, 5, 5]],
      expected: [0, 5, 10],
    },
  ],
  stop: [
    {
      shapes: [[M]],
      make: (b, p) => b.mul(p, b.make("stop", [p])),
      given: [[2, 3, 4]],
      expected: [4, 9, 16],
    },
  ],
};

/** One step of one entry, of a cell that reads parameters alone. */
const nothing: CellData = {
  sizes,
  steps: 1,
  batch: 1,
  t0: 0,
  params: {},
  buffers: {},
  inputs: {},
  context: {},
  states: {},
};

const proven = (cell: CellProgram): void => {
  const report = checkGradients(cell, differentiate(cell), {
    sizes: { ...sizes, V: 5 },
    steps: 3,
    batch: 2,
    exhaustive: true,
  });
  expect(report.ok, report.summary).toBe(true);
};

describe.each(Object.entries(cases))("%s", (_, list) => {
  it.each(list)(
    "of $shapes.length operands: $expected",
    ({ shapes, make, given, expected }) => {
      const cell = ofParams(shapes, [M, N], make);
      const { outputs } = new Interpreter(cell).forward({
        ...nothing,
        params: Object.fromEntries(
          given.map((values, i) => [`p${i}`, Float64Array.from(values)]),
        ),
      });
      expect(outputs.y).toEqual(Float64Array.from(expected));
      proven(cell);
      // Once more with a gradient that differs from element to element.
      proven(
        ofParams(shapes, [M, N], (b, ...params) =>
          b.sin(b.mul(make(b, ...params), make(b, ...params))),
        ),
      );
    },
  );
});

it("products are the sum of their terms", () => {
  const cell = ofParams([[N, M], [M], [N, N], [N]], [M, N], (b, ...operands) =>
    b.make("products", operands, { transposed: "01" }),
  );
  const { outputs } = new Interpreter(cell).forward({
    ...nothing,
    params: {
      p0: Float64Array.from(A),
      p1: Float64Array.of(1, 0, -1),
      p2: Float64Array.of(1, 2, 3, 4),
      p3: Float64Array.of(10, 100),
    },
  });
  expect(outputs.y).toEqual(Float64Array.of(-2 + 310, -2 + 420));
  expect(printCell(parseCell(printCell(cell)))).toBe(printCell(cell));
  expect(() =>
    ofParams([[N, M], [N]], [M, N], (b, ...operands) =>
      b.make("products", operands, { transposed: "0" }),
    ),
  ).toThrow("[N, M] and [N] do not fit");
});

describe("tokens", () => {
  /** Tokens 0 … 4 over five steps of one entry. */
  const run = (
    make: (b: Builder, p: Node, k: Node) => Node,
    shape: Shape,
    given: readonly number[],
  ) => {
    const cell = new HandMade("Tokens");
    const k = cell.token("k", V);
    cell.define("y", make(cell.b, cell.param("p", shape), k));
    cell.output("y");
    const program = cell.program([V, N]);
    proven(program);
    return new Interpreter(program).forward({
      ...nothing,
      sizes: { V: 3, N: 2 },
      steps: 3,
      params: { p: Float64Array.from(given) },
      inputs: { k: Float64Array.of(2, 0, 1) },
    }).outputs.y;
  };

  it("pick elements", () => {
    expect(run((b, p, k) => b.make("pick", [p, k]), [V], [10, 20, 30])).toEqual(
      Float64Array.of(30, 10, 20),
    );
  });

  it("pick columns", () => {
    expect(run((b, p, k) => b.matvec(p, b.onehot(k, V)), [N, V], A)).toEqual(
      Float64Array.of(3, 6, 1, 4, 2, 5),
    );
  });

  it("pick rows", () => {
    expect(
      run((b, p, k) => b.matvec(p, b.onehot(k, V), true), [V, N], A),
    ).toEqual(Float64Array.of(5, 6, 1, 2, 3, 4));
  });
});

describe("max_of and min_of", () => {
  it.each(["max_of", "min_of"] as const)(
    "%s shares the gradient of a tie",
    (op) => {
      const cell = ofParams([[M]], [M], (b, p) => b.make(op, [p]));
      const interpreter = new Interpreter(cell, {
        adjoint: differentiate(cell),
      });
      const middle = op === "max_of" ? -1 : 9;
      interpreter.forward({
        ...nothing,
        params: { p0: Float64Array.of(4, middle, 4) },
      });
      expect(
        interpreter.backward({ outputs: { y: Float64Array.of(6) }, states: {} })
          .params.p0,
      ).toEqual(Float64Array.of(3, 0, 3));
    },
  );
});

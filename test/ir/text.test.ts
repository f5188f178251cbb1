import { describe, expect, it } from "vitest";
import { Builder } from "../../src/ir/builder.js";
import { Domain } from "../../src/ir/graph.js";
import { IrTextError, parseAdjoint, parseCell } from "../../src/ir/parse.js";
import { printAdjoint, printCell } from "../../src/ir/print.js";
import type { CellProgram } from "../../src/ir/program.js";
import { showShape } from "../../src/ir/size.js";
import { verify } from "../../src/ir/verify.js";
import { differentiate } from "../../src/passes/differentiate.js";
import {
  diagonalRnn,
  everything,
  gruResetAfter,
  M,
  N,
  ofParams,
  peepholeLstm,
} from "./cells.js";

describe("text form", () => {
  it("reads as equations", () => {
    expect(printCell(diagonalRnn())).toBe(`cell DiagonalRNN
  file "test.cell"
  doc "DiagonalRNN, built by hand."
  size M
  size N
  input x: [M]
  param W: [N, M] ~ glorot
  param a: [N] ~ constant(-0)
  state h: [N] lag 1 = %7
  let h = %7
  output h: [N] = %7
graph
  %0: [M] = input() {domain=row, name=x}
  %1: [N, M] = param() {domain=static, name=W}
  %2: [N] = matvec(%1, %0)
  %3: [N] = param() {domain=static, name=a}
  %4: [N] = state() {domain=row, lag=1, name=h}
  %5: [N] = mul(%3, %4)
  %6: [N] = add(%2, %5)
  %7: [N] = tanh(%6)
`);
  });

  for (const make of [peepholeLstm, gruResetAfter, everything, oddities])
    it(`comes back the same: ${make.name}`, () => {
      const cell = make();
      const text = printCell(cell);
      const again = parseCell(text);
      expect(printCell(again)).toBe(text);
      verify(again, "parse");
      expect(shapeOfCell(again)).toEqual(shapeOfCell(cell));

      const adjoint = differentiate(cell);
      const adjointText = printAdjoint(adjoint);
      const adjointAgain = parseAdjoint(adjointText);
      expect(printAdjoint(adjointAgain)).toBe(adjointText);
      verify(adjointAgain, "parse");
    });

  it("keeps every number to the last bit", () => {
    for (const value of [
      0.1,
      -0,
      1e-300,
      5e-324,
      -1.7976931348623157e308,
      Infinity,
      -Infinity,
      NaN,
    ]) {
      const cell = ofParams([[]], [], (b, p) => b.mul(p, b.constant(value)));
      const again = parseCell(printCell(cell)).outputs[0]!.node.args[1]!;
      expect(Object.is(again.attrs.value, value)).toBe(true);
    }
  });

  const good = printCell(diagonalRnn());
  for (const [what, from, to, message] of [
    ["an unknown operation", "= tanh(", "= tanhh(", "expected an operation"],
    [
      "a shape that does not follow",
      "%2: [N] = matvec",
      "%2: [M] = matvec",
      "expected the shape [N]",
    ],
    [
      "operands that do not fit",
      "= matvec(%1, %0)",
      "= matvec(%0, %1)",
      "a matrix and a vector are needed",
    ],
    [
      "a later operand",
      "= matvec(%1, %0)",
      "= matvec(%1, %99)",
      "expected an earlier node",
    ],
    ["a missing graph", "graph\n", "", "no `graph`"],
    ["a broken size", "input x: [M]", "input x: [M", "expected `,`"],
    [
      "an unknown declaration",
      "  size M",
      "  sighs M",
      "expected a declaration",
    ],
    [
      "an unknown node",
      "let h = %",
      "let h = %9",
      "expected a node of the graph",
    ],
    [
      "an unknown attribute",
      "{domain=row, name=x}",
      "{domain=row, nam=x}",
      "expected an attribute",
    ],
    [
      "a wrong domain",
      "{domain=row, name=x}",
      "{domain=rho, name=x}",
      "expected static, context or row",
    ],
    [
      "something behind the line",
      "  size N",
      "  size N N",
      "expected the end of the line",
    ],
  ] as const)
    it(`says what is wrong with ${what}`, () => {
      expect(good).toContain(from);
      const broken = good.replace(from, to);
      expect(() => parseCell(broken)).toThrow(IrTextError);
      expect(() => parseCell(broken)).toThrow(message);
    });
});

/** Names that need quotes, sizes with quotients and powers, all initialisers, fixed zeros, no doc. */
function oddities(): CellProgram {
  const cell = ofParams([[N, M], [M]], [M, N], (b: Builder, p, v) => {
    const product = b.matvec(p, v);
    const fixed = b.make("const", [], {
      value: 0,
      fixed: true,
      domain: Domain.static,
    });
    return b.add(
      product,
      b.mul(b.size(N), b.add(product, b.broadcast(fixed, [N]))),
    );
  });
  return {
    ...cell,
    name: "Odd ✓",
    doc: ['with "quotes"', ""],
    params: cell.params.map((param, i) => ({
      ...param,
      initializer:
        i === 0
          ? { kind: "normal", mean: -0.5, sd: 1e-7 }
          : { kind: "uniform", from: -1, to: 2.5e10 },
    })),
  };
}

/** Everything about a cell that does not depend on the numbering of its nodes. */
const shapeOfCell = (cell: CellProgram): unknown => ({
  name: cell.name,
  doc: cell.doc,
  file: cell.file,
  sizes: cell.sizes,
  declarations: [
    ...cell.inputs,
    ...cell.contexts,
    ...cell.params,
    ...cell.buffers,
  ].map(({ name, shape }) => `${name} ${showShape(shape)}`),
  initializers: cell.params.map(({ initializer }) => initializer),
  states: cell.states.map(({ name, lag, vocabulary, definition, initial }) => [
    name,
    lag,
    vocabulary?.key,
    definition.op,
    initial?.attrs.name,
  ]),
  definitions: cell.definitions.map(({ name, node, gate }) => [
    name,
    node.op,
    gate,
  ]),
  outputs: cell.outputs.map(({ name, node }) => [name, node.op]),
});

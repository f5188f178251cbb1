import { describe, expect, it } from "vitest";
import { CompilerFault } from "../../src/ir/fault.js";
import { Domain } from "../../src/ir/graph.js";
import type { Node } from "../../src/ir/graph.js";
import type { AdjointProgram, CellProgram } from "../../src/ir/program.js";
import { sizeName } from "../../src/ir/size.js";
import { verify } from "../../src/ir/verify.js";
import { differentiate } from "../../src/passes/differentiate.js";
import { everything, M, N, peepholeLstm, V } from "./cells.js";

type Break = (cell: CellProgram) => CellProgram | AdjointProgram;

/** The cell with the node behind its first output replaced. */
const withOutput = (cell: CellProgram, node: Node): CellProgram => ({
  ...cell,
  outputs: [{ ...cell.outputs[0]!, node, shape: node.shape }],
});

const leaf = (cell: CellProgram, op: Node["op"], attrs: Node["attrs"]): Node =>
  cell.graph.make(op, [], { domain: Domain.row, shape: [N], ...attrs });

/** A node that the graph would never make. */
const forged = (cell: CellProgram, change: Partial<Node>): CellProgram => {
  const node = { ...cell.outputs[0]!.node, ...change };
  return {
    ...withOutput(cell, node),
    graph: Object.create(cell.graph, {
      nodes: { value: [...cell.graph.nodes, node] },
    }) as CellProgram["graph"],
  };
};

const broken: readonly (readonly [string, Break, string])[] = [
  [
    "a node of another graph",
    (cell) => withOutput(cell, peepholeLstm().outputs[0]!.node),
    "not a node of the cell's graph",
  ],
  [
    "a forged shape",
    (cell) => forged(cell, { shape: [M] }),
    "should have the shape [N]",
  ],
  [
    "a forged domain",
    (cell) => forged(cell, { domain: Domain.static }),
    "but its operands are row",
  ],
  ["a missing operand", (cell) => forged(cell, { args: [] }), "has 0 operands"],
  [
    "an undeclared leaf",
    (cell) => withOutput(cell, leaf(cell, "input", { name: "nobody" })),
    "is not declared",
  ],
  [
    "a leaf of another shape",
    (cell) => withOutput(cell, leaf(cell, "input", { name: "x", shape: [N] })),
    "is declared as [M]",
  ],
  [
    "a leaf of another domain",
    (cell) => withOutput(cell, leaf(cell, "param", { name: "h0" })),
    "is row, not static",
  ],
  [
    "a lag beyond what is kept",
    (cell) => withOutput(cell, leaf(cell, "state", { name: "h", lag: 4 })),
    "reaches 4 steps back, 3 are kept",
  ],
  [
    "a token without its mark",
    (cell) => withOutput(cell, leaf(cell, "input", { name: "k", shape: [] })),
    "is a token but not marked",
  ],
  [
    "a token in a sum",
    (cell) => {
      const k = leaf(cell, "input", { name: "k", shape: [], token: true });
      return withOutput(cell, cell.graph.make("add", [k, k]));
    },
    "calculates with the token",
  ],
  [
    "a number as token",
    (cell) =>
      withOutput(
        cell,
        cell.graph.make(
          "onehot",
          [cell.graph.make("step", [], { domain: Domain.row })],
          { shape: [V] },
        ),
      ),
    "needs a token",
  ],
  [
    "a seed in a cell",
    (cell) => withOutput(cell, leaf(cell, "seed", { name: "h" })),
    "adjoint steps only",
  ],
  [
    "a sum over steps in a cell",
    (cell) =>
      withOutput(
        cell,
        cell.graph.make("reduce", [cell.outputs[0]!.node], {
          domain: Domain.static,
        }),
      ),
    "adjoint steps only",
  ],
  [
    "an unknown size",
    (cell) =>
      withOutput(cell, cell.graph.make("iota", [], { shape: [sizeName("Q")] })),
    "unknown size Q",
  ],
  [
    "an output of another shape",
    (cell) => ({ ...cell, outputs: [{ ...cell.outputs[0]!, shape: [M] }] }),
    "output h is declared as [M]",
  ],
  [
    "two states of one name",
    (cell) => ({ ...cell, states: [...cell.states, cell.states[0]!] }),
    "state h is declared twice",
  ],
  [
    "a definition of another shape",
    (cell) => ({
      ...cell,
      states: cell.states.map((state) =>
        state.name === "h"
          ? { ...state, definition: cell.outputs[1]!.node }
          : state,
      ),
    }),
    "state h is declared as [N]",
  ],
  [
    "an initial value that varies",
    (cell) => ({
      ...cell,
      states: cell.states.map((state) =>
        state.name === "h"
          ? { ...state, initial: cell.outputs[0]!.node }
          : state,
      ),
    }),
    "is row, not static",
  ],
  [
    "a gradient of nothing",
    (cell) => {
      const adjoint = differentiate(cell);
      return {
        ...adjoint,
        params: [
          ...adjoint.params,
          { name: "nobody", node: adjoint.params[0]!.node },
        ],
      };
    },
    "nothing of that name",
  ],
  [
    "a gradient of another shape",
    (cell) => {
      const adjoint = differentiate(cell);
      return {
        ...adjoint,
        params: [
          {
            name: "W",
            node: adjoint.params.find(({ name }) => name === "h0")!.node,
          },
        ],
      };
    },
    "is declared as [N, M]",
  ],
  [
    "a gradient that is not summed",
    (cell) => {
      const adjoint = differentiate(cell);
      return {
        ...adjoint,
        params: [{ name: "h0", node: adjoint.carried[0]!.node }],
      };
    },
    "so that sums are missing",
  ],
  [
    "a gradient of a token",
    (cell) => {
      const adjoint = differentiate(cell);
      return {
        ...adjoint,
        inputs: [
          {
            name: "k",
            node: cell.graph.make("const", [], {
              value: 0,
              domain: Domain.static,
            }),
          },
        ],
      };
    },
    "a token has no gradient",
  ],
  [
    "a sum over steps inside a step",
    (cell) => {
      const adjoint = differentiate(cell);
      const late = cell.graph.make("add", [
        adjoint.params.find(({ name }) => name === "a2")!.node,
        cell.outputs[0]!.node,
      ]);
      return { ...adjoint, carried: [{ name: "h", lag: 1, node: late }] };
    },
    "depends on a sum over steps",
  ],
  [
    "a carried lag beyond what is kept",
    (cell) => {
      const adjoint = differentiate(cell);
      return { ...adjoint, carried: [{ ...adjoint.carried[0]!, lag: 9 }] };
    },
    "the largest lag is",
  ],
];

describe("verify", () => {
  it("accepts cells and adjoint steps that are right", () => {
    for (const make of [peepholeLstm, everything]) {
      verify(make(), "building");
      verify(differentiate(make()), "differentiate");
    }
  });

  for (const [what, change, message] of broken)
    it(`finds ${what}`, () => {
      const program = change(everything());
      expect(() => verify(program, "some pass")).toThrow(CompilerFault);
      expect(() => verify(program, "some pass")).toThrow(message);
      expect(() => verify(program, "some pass")).toThrow("in some pass");
    });
});

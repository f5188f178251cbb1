/** Cells built by hand, so that the tests of the IR do not need the language. */
import { Builder } from "../../src/ir/builder.js";
import { Domain, Graph } from "../../src/ir/graph.js";
import type { Node } from "../../src/ir/graph.js";
import type {
  CellProgram,
  Initializer,
  StateDeclaration,
} from "../../src/ir/program.js";
import { sizeName } from "../../src/ir/size.js";
import type { Shape, Size } from "../../src/ir/size.js";

export const [M, N, S, V] = ["M", "N", "S", "V"].map(sizeName) as [
  Size,
  Size,
  Size,
  Size,
];

interface DeclaredState {
  readonly name: string;
  readonly shape: Shape;
  readonly lag: number;
  readonly initial: Node | undefined;
  readonly vocabulary: Size | undefined;
}

/** Declares by using: `cell.input("x", [M])` is the leaf and adds the declaration. */
export class HandMade {
  readonly graph = new Graph();
  readonly b = new Builder(this.graph);
  readonly #inputs: CellProgram["inputs"][number][] = [];
  readonly #contexts: CellProgram["contexts"][number][] = [];
  readonly #params: CellProgram["params"][number][] = [];
  readonly #buffers: CellProgram["buffers"][number][] = [];
  readonly #states: DeclaredState[] = [];
  readonly #definitions: CellProgram["definitions"][number][] = [];
  readonly #outputs: CellProgram["outputs"][number][] = [];

  constructor(readonly name: string) {}

  input(name: string, shape: Shape): Node {
    this.#inputs.push({ name, shape, span: undefined, vocabulary: undefined });
    return this.b.make("input", [], { name, shape, domain: Domain.row });
  }

  token(name: string, vocabulary: Size): Node {
    this.#inputs.push({ name, shape: [], span: undefined, vocabulary });
    return this.b.make("input", [], {
      name,
      shape: [],
      domain: Domain.row,
      token: true,
    });
  }

  context(name: string, shape: Shape): Node {
    this.#contexts.push({ name, shape, span: undefined });
    return this.b.make("context", [], { name, shape, domain: Domain.context });
  }

  param(
    name: string,
    shape: Shape,
    initializer: Initializer = { kind: "glorot" },
  ): Node {
    this.#params.push({ name, shape, span: undefined, initializer });
    return this.b.make("param", [], { name, shape, domain: Domain.static });
  }

  buffer(name: string, shape: Shape, value?: Node): Node {
    this.#buffers.push({ name, shape, span: undefined, value });
    return this.b.make("buffer", [], { name, shape, domain: Domain.static });
  }

  get step(): Node {
    return this.b.make("step", [], { domain: Domain.row });
  }

  state(
    name: string,
    shape: Shape,
    lag = 1,
    initial?: Node,
    vocabulary?: Size,
  ): void {
    this.#states.push({ name, shape, lag, initial, vocabulary });
  }

  /** The value of a declared state `lag` steps ago. */
  past(name: string, lag = 1): Node {
    const state = this.#states.find((entry) => entry.name === name)!;
    return this.b.make("state", [], {
      name,
      lag,
      shape: state.shape,
      domain: Domain.row,
      ...(state.vocabulary ? { token: true } : {}),
    });
  }

  define(name: string, node: Node, gate = false): Node {
    this.#definitions.push({ name, node, gate, span: undefined });
    return node;
  }

  output(...names: string[]): void {
    for (const name of names) {
      const { node } = this.#definitions.find((entry) => entry.name === name)!;
      this.#outputs.push({ name, node, shape: node.shape, span: undefined });
    }
  }

  program(sizes: readonly Size[]): CellProgram {
    const meant = (name: string): Node =>
      this.#definitions.find((entry) => entry.name === name)?.node ??
      this.graph.nodes.find(
        (node) => node.op === "input" && node.attrs.name === name,
      )!;
    return {
      name: this.name,
      doc: [`${this.name}, built by hand.`],
      file: "test.cell",
      graph: this.graph,
      sizes: sizes.map((size) => size.key),
      inputs: this.#inputs,
      contexts: this.#contexts,
      params: this.#params,
      buffers: this.#buffers,
      states: this.#states.map((state): StateDeclaration => ({
        ...state,
        span: undefined,
        definition: meant(state.name),
      })),
      definitions: this.#definitions,
      outputs: this.#outputs,
    };
  }
}

/** One output `y` of parameters alone, for the tests of single operations. */
export function ofParams(
  shapes: readonly Shape[],
  sizes: readonly Size[],
  make: (b: Builder, ...params: Node[]) => Node,
): CellProgram {
  const cell = new HandMade("One");
  const params = shapes.map((shape, i) => cell.param(`p${i}`, shape));
  cell.define("y", make(cell.b, ...params));
  cell.output("y");
  return cell.program(sizes);
}

/** The vanilla LSTM of Greff et al. with peepholes. */
export function peepholeLstm(): CellProgram {
  const cell = new HandMade("PeepholeLSTM");
  const { b } = cell;
  const x = cell.input("x", [M]);
  cell.state("y", [N]);
  cell.state("c", [N]);
  const y = cell.past("y");
  const c = cell.past("c");
  const affine = (gate: string): Node =>
    b.add(
      b.add(
        b.matvec(cell.param(`W_${gate}`, [N, M]), x),
        b.matvec(cell.param(`R_${gate}`, [N, N]), y),
      ),
      cell.param(`b_${gate}`, [N], { kind: "constant", value: 0 }),
    );
  const peep = (gate: string, value: Node): Node =>
    b.mul(cell.param(`p_${gate}`, [N], { kind: "constant", value: 0 }), value);
  const z = cell.define("z", b.make("tanh", [affine("z")]), true);
  const i = cell.define("i", b.sigmoid(b.add(affine("i"), peep("i", c))), true);
  const f = cell.define("f", b.sigmoid(b.add(affine("f"), peep("f", c))), true);
  const next = cell.define("c", b.add(b.mul(f, c), b.mul(i, z)));
  const o = cell.define(
    "o",
    b.sigmoid(b.add(affine("o"), peep("o", next))),
    true,
  );
  cell.define("y", b.mul(o, b.make("tanh", [next])));
  cell.output("y");
  return cell.program([M, N]);
}

/** GRU with the reset gate after the product. */
export function gruResetAfter(): CellProgram {
  const cell = new HandMade("GRUResetAfter");
  const { b } = cell;
  const x = cell.input("x", [M]);
  cell.state("h", [N]);
  const h = cell.past("h");
  const fromInput = (gate: string): Node =>
    b.add(
      b.matvec(cell.param(`W_${gate}`, [N, M]), x),
      cell.param(`b_${gate}`, [N]),
    );
  const fromState = (gate: string): Node =>
    b.matvec(cell.param(`R_${gate}`, [N, N]), h);
  const r = cell.define("r", b.sigmoid(b.add(fromInput("r"), fromState("r"))));
  const z = cell.define("z", b.sigmoid(b.add(fromInput("z"), fromState("z"))));
  const n = cell.define(
    "n",
    b.make("tanh", [
      b.add(
        fromInput("n"),
        b.mul(r, b.add(fromState("n"), cell.param("b_n_h", [N]))),
      ),
    ]),
  );
  cell.define("h", b.add(b.mul(z, h), b.mul(b.sub(b.constant(1), z), n)));
  cell.output("h");
  return cell.program([M, N]);
}

/** Lags of two and three, a lagged input and a lagged token, a counter, a context, a learned initial state. */
export function everything(): CellProgram {
  const cell = new HandMade("Everything");
  const { b } = cell;
  const x = cell.input("x", [M]);
  const k = cell.token("k", V);
  const m = cell.context("m", [S, N]);
  cell.state("h", [N], 3, cell.param("h0", [N]));
  cell.state("x", [M], 2);
  cell.state("k", [], 1, undefined, V);
  const scale = cell.buffer("scale", [N]);
  const ramp = cell.buffer(
    "ramp",
    [N],
    b.div(b.make("iota", [], { shape: [N], domain: Domain.static }), b.size(N)),
  );
  const q = cell.define("q", b.matvec(cell.param("Q", [N, N]), cell.past("h")));
  const scores = b.exp(b.matvec(m, q));
  const read = b.matvec(m, b.div(scores, b.sum(scores)), true);
  const sum = [
    b.matvec(cell.param("W", [N, M]), x),
    b.matvec(cell.param("W2", [N, M]), cell.past("x", 2)),
    b.matvec(cell.param("E", [V, N]), b.onehot(k, V), true),
    b.matvec(cell.param("E2", [V, N]), b.onehot(cell.past("k"), V), true),
    b.mul(cell.param("a2", [N]), cell.past("h", 2)),
    b.mul(cell.param("a3", [N]), cell.past("h", 3)),
    b.mul(scale, read),
    b.mul(ramp, b.sin(b.mul(cell.step, cell.param("w", [])))),
  ].reduce(b.add);
  const h = cell.define("h", b.make("tanh", [sum]));
  cell.define("energy", b.sum(b.mul(h, h)));
  cell.define(
    "picked",
    b.make("pick", [b.matvec(cell.param("O", [V, N]), h), k]),
  );
  cell.output("h", "energy", "picked");
  return cell.program([M, N, S, V]);
}

/** h = tanh(W x + a h[t-1]) */
export function diagonalRnn(): CellProgram {
  const cell = new HandMade("DiagonalRNN");
  const { b } = cell;
  const x = cell.input("x", [M]);
  cell.state("h", [N]);
  const fromInput = b.matvec(cell.param("W", [N, M]), x);
  const a = cell.param("a", [N], { kind: "constant", value: -0 });
  const sum = b.add(fromInput, b.mul(a, cell.past("h")));
  cell.define("h", b.make("tanh", [sum]));
  cell.output("h");
  return cell.program([M, N]);
}

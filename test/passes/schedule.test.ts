/** What the scheduler makes of cells whose best schedule is known. */
import { describe, expect, it } from "vitest";
import { showSize } from "../../src/ir/size.js";
import type { Product, Schedule } from "../../src/passes/kernels.js";
import { cellOf, gru, lstm } from "./support.js";

const products = (stages: Schedule["forward"], kind: string): string[] =>
  stages
    .filter((stage) => stage.kind === kind)
    .flatMap(({ kernels }) =>
      kernels.flatMap((kernel) =>
        kernel.kind === "product" ? kernel.calls : [],
      ),
    )
    .map(
      ({ form, n, k, x, w, y }: Product) =>
        `${y.array.id} ${form} ${x.array.id} ${w.array.id}+${showSize(w.offset)} ${showSize(n)}×${showSize(k)}`,
    );

const kinds = (stages: Schedule["forward"]): string[] =>
  stages.map((stage) => stage.kind);

const tape = (schedule: Schedule): string[] =>
  schedule.arrays
    .filter((array) => array.tape)
    .map(({ id, width }) => `${id}: ${showSize(width)}`);

describe("LSTM", () => {
  const { schedule } = cellOf(lstm);

  it("multiplies the input before the loop and the state in it, all gates at once", () => {
    expect(kinds(schedule.forward)).toEqual(["rows", "loop"]);
    expect(products(schedule.forward, "rows")).toEqual([
      "from_x nt x params+0 4*N×M",
    ]);
    expect(products(schedule.forward, "loop")).toEqual([
      "from_h nt h params+4*M*N 4*N×N",
    ]);
  });

  it("leaves one product in the reverse loop and takes weight gradients after it", () => {
    expect(kinds(schedule.backward)).toEqual(["loop", "rows"]);
    expect(products(schedule.backward, "loop")).toEqual([
      "back_h nn delta params+4*M*N N×4*N",
    ]);
    expect(products(schedule.backward, "rows").sort()).toEqual([
      "grad_x nn delta params+0 M×4*N",
      "grads tn delta h+0 4*N×N",
      "grads tn delta x+0 4*N×M",
    ]);
  });

  it("keeps the four gates; the cell and the output are there anyway", () => {
    expect(tape(schedule)).toEqual(["i: N", "f: N", "o: N", "g: N"]);
  });
});

describe("GRU with the reset before the product", () => {
  const { schedule } = cellOf(gru);

  it("stacks the two gates that share an operand", () => {
    expect(products(schedule.forward, "loop")).toEqual([
      "from_h nt h params+3*M*N 2*N×N",
      "from_mul nt mul params+3*M*N+2*N^2 N×N",
    ]);
  });

  it("keeps three values and computes r ⊙ h again", () => {
    expect(tape(schedule).sort()).toEqual(["n: N", "r: N", "z: N"]);
  });
});

describe("stages", () => {
  it("run what only the output needs after the loop", () => {
    const { schedule } = cellOf(`cell Readout {
      input x: [M]
      state h: [N]
      h = tanh(affine(x, h[t-1]))
      o: [K] = affine(h)
      y = softmax(o)
      output y
    }`);
    expect(kinds(schedule.forward)).toEqual(["rows", "loop", "rows"]);
    expect(kinds(schedule.backward)).toEqual(["rows", "loop", "rows"]);
    expect(products(schedule.backward, "loop")).toHaveLength(1);
  });

  it("move a normalised input product out of the loop", () => {
    const { schedule } = cellOf(`cell Normal {
      input x: [M]
      state h: [N]
      param W: [N, M]
      param gain, bias: [N]
      h = tanh(layer_norm(W @ x, gain, bias) + linear(h[t-1]))
      output h
    }`);
    const loop = schedule.forward.find((stage) => stage.kind === "loop")!;
    expect(loop.kernels).toHaveLength(2);
    expect(
      loop.kernels.flatMap((kernel) =>
        kernel.kind === "map" ? kernel.segments : [],
      ),
    ).toHaveLength(1);
  });

  it("are a loop for each of two recurrences that feed each other one way", () => {
    const { schedule } = cellOf(`cell Two {
      input x: [M]
      state a: [N], b: [N]
      a = tanh(affine(x, a[t-1]))
      b = tanh(affine(a, b[t-1]))
      output b
    }`);
    expect(kinds(schedule.forward)).toEqual(["rows", "loop", "rows", "loop"]);
    expect(kinds(schedule.backward)).toEqual(["loop", "rows", "loop", "rows"]);
  });

  it("have no loop where nothing is recurrent, shifted values included", () => {
    const { schedule } = cellOf(`cell Shift {
      input x: [M]
      y = tanh(affine(x, x[t-1], x[t-2]))
      z: [M] = y[t-1] * 2
      output z
    }`);
    expect(kinds(schedule.forward)).toEqual(["rows"]);
    expect(kinds(schedule.backward)).toEqual(["rows"]);
  });

  it("compute what does not vary with time once per batch entry or once for all", () => {
    const { schedule } = cellOf(`cell Context {
      context m: [S, D]
      input x: [D]
      param W: [D, D]
      buffer mask: [D, D]
      keys = m @ (W * mask)
      y = keys @ x
      output y
    }`);
    expect(kinds(schedule.forward)).toEqual(["static", "context", "rows"]);
    expect(kinds(schedule.backward)).toEqual(["rows", "context", "static"]);
  });
});

describe("tokens", () => {
  it("are gathered, never multiplied", () => {
    const { schedule } = cellOf(`cell Tokens {
      input k: token[V]
      state h: [N]
      h = tanh(affine(k, h[t-1]))
      output h
    }`);
    expect(products(schedule.forward, "rows")).toEqual([
      "from_onehot column k params+0 N×V",
    ]);
    expect(
      products(schedule.backward, "rows").some((call) =>
        call.includes("add_column"),
      ),
    ).toBe(true);
    expect(
      schedule.arrays.every(
        (array) =>
          !showSize(array.width).includes("V") ||
          array.id === "params" ||
          array.id === "grads",
      ),
    ).toBe(true);
  });
});

/**
 * The TypeScript backend on hand-made cells, against the interpreter. The library of cells and random cells
 * have tests of their own (`test/specs`, `test/random`).
 */
import { check } from "prettier";
import { describe, expect, it } from "vitest";
import { KernelExecutor } from "../../src/backends/executor.js";
import { emitTs, instantiate } from "../../src/backends/ts/index.js";
import { randomCotangents, randomData } from "../../src/gradcheck/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import type { CellData, NamedArrays } from "../../src/ir/data.js";
import type { CellProgram } from "../../src/ir/program.js";
import { schedule } from "../../src/passes/schedule.js";
import type { KernelInstance } from "../../src/runtime/kernel.js";
import {
  diagonalRnn,
  everything,
  gruResetAfter,
  peepholeLstm,
} from "../ir/cells.js";
import { cellOf, gru, lstm } from "../passes/support.js";

const cells: readonly (readonly [string, () => CellProgram])[] = [
  ["peepholeLstm", peepholeLstm],
  ["gruResetAfter", gruResetAfter],
  ["everything", everything],
  ["diagonalRnn", diagonalRnn],
];

const sizes = (n: number) => ({
  M: n === 1 ? 1 : n + 2,
  N: n,
  S: n === 1 ? 1 : 3,
  V: n + 4,
});

/** Largest difference between two sets of arrays, relative to the largest value. */
function difference(a: NamedArrays, b: NamedArrays): number {
  expect(Object.keys(a).sort()).toEqual(Object.keys(b).sort());
  let worst = 0;
  for (const [name, values] of Object.entries(a)) {
    const others = b[name]!;
    expect(values.length).toBe(others.length);
    const scale = values.reduce(
      (most, value) => Math.max(most, Math.abs(value)),
      1e-6,
    );
    values.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - others[i]!) / scale);
    });
  }
  return worst;
}

describe.each(cells)("%s", (_, make) => {
  const plan = schedule(make());
  const shapes = [
    { n: 1, steps: 1, batch: 1 },
    { n: 3, steps: 2, batch: 1 },
    { n: 4, steps: 1, batch: 4 },
    { n: 7, steps: 5, batch: 3 },
    { n: 13, steps: 3, batch: 5 },
  ];
  it.each(shapes)(
    "agrees with the interpreter: $n units, T = $steps, B = $batch",
    ({ n, steps, batch }) => {
      for (const lengths of [
        undefined,
        Int32Array.from({ length: batch }, (_, b) => (b * 2) % (steps + 1)),
      ]) {
        const random = randomData(plan.cell, sizes(n), {
          steps,
          batch,
          seed: n,
        });
        const data: CellData = { ...random, ...(lengths ? { lengths } : {}) };
        const cotangents = randomCotangents(plan.cell, data, 5);
        const reference = new Interpreter(plan.cell, { adjoint: plan.adjoint });
        const expected = reference.forward(data);
        const gradients = reference.backward(cotangents);
        // f64: sums in another order. f32: values and results rounded to 24 bits, sums made in double.
        for (const [precision, tolerance] of [
          ["f64", 1e-12],
          ["f32", 1e-4],
        ] as const) {
          const kernels = new KernelExecutor(
            "ts",
            plan,
            instantiate(plan),
            precision,
          );
          const result = kernels.forward(data);
          expect(difference(expected.outputs, result.outputs)).toBeLessThan(
            tolerance,
          );
          expect(difference(expected.states, result.states)).toBeLessThan(
            tolerance,
          );
          const own = kernels.backward(cotangents);
          for (const group of ["inputs", "context", "states"] as const)
            expect(difference(gradients[group], own[group])).toBeLessThan(
              tolerance,
            );
          for (const name of Object.keys(gradients.params))
            expect(
              difference(
                { [name]: gradients.params[name]! },
                { [name]: own.params[name]! },
              ),
            ).toBeLessThan(tolerance);
        }
      }
    },
  );

  it("is laid out as prettier would, with and without types", async () => {
    const banner = "// banner";
    const typed = emitTs(plan, { types: true, banner });
    const plain = emitTs(plan, { types: false, banner });
    expect(await check(typed, { parser: "typescript" })).toBe(true);
    expect(await check(plain, { parser: "babel" })).toBe(true);
    expect(typed).not.toMatch(/^import|\beval\b|new Function/m);
  });

  it("is the same text every time", () => {
    const options = { types: true, banner: "" };
    expect(emitTs(schedule(make()), options)).toBe(emitTs(plan, options));
  });
});

/** Kernels of an LSTM with everything filled in. */
function filled(steps: number, batch: number): KernelInstance {
  const kernels = instantiate(cellOf(lstm).schedule).create(
    { M: 5, N: 6 },
    "f32",
  );
  kernels.resize(steps, batch, true);
  const wave = (
    array: { length: number; [i: number]: number },
    scale: number,
  ): void => {
    for (let i = 0; i < array.length; i++)
      array[i] = scale * Math.sin(1 + i * 1.7);
  };
  wave(kernels.params, 0.5);
  wave(kernels.slots.inputs["x"]!, 1);
  wave(kernels.adjoint.outputs["h"]!, 1);
  return kernels;
}

const whole = { t0: 0, lengths: null, given: new Set<string>() };

describe("kernels", () => {
  it("give the same bits run after run", () => {
    const kernels = filled(9, 3);
    const run = (): number[][] => {
      kernels.grads.fill(0);
      kernels.forward({ ...whole, keep: true });
      kernels.backward({ inputs: true });
      return [
        [...kernels.slots.outputs["h"]!],
        [...kernels.grads],
        [...kernels.adjoint.inputs["x"]!],
      ];
    };
    expect(run()).toEqual(run());
  });

  it("compute the same when nothing is kept", () => {
    const kernels = filled(6, 2);
    kernels.forward({ ...whole, keep: true });
    const kept = [...kernels.slots.outputs["h"]!];
    kernels.forward({ ...whole, keep: false });
    expect([...kernels.slots.outputs["h"]!]).toEqual(kept);
  });

  it("add to the gradient", () => {
    const kernels = filled(4, 2);
    kernels.forward({ ...whole, keep: true });
    kernels.backward({ inputs: false });
    const once = [...kernels.grads];
    kernels.backward({ inputs: false });
    // Sums are made in double precision and rounded when stored: twice the value but for one rounding.
    kernels.grads.forEach((value, i) => {
      expect(Math.abs(value - 2 * once[i]!)).toBeLessThanOrEqual(
        1e-6 * Math.abs(value) + 1e-12,
      );
    });
  });

  it("leave the gradients of inputs alone when they are not wanted", () => {
    const kernels = filled(4, 2);
    kernels.forward({ ...whole, keep: true });
    kernels.adjoint.inputs["x"]!.fill(42);
    kernels.backward({ inputs: false });
    expect(new Set(kernels.adjoint.inputs["x"])).toEqual(new Set([42]));
  });

  it("use their arrays again when the sequence gets shorter", () => {
    const kernels = filled(8, 3);
    const { buffer } = kernels.slots.outputs["h"]!;
    kernels.resize(5, 2, true);
    expect(kernels.slots.outputs["h"]!.buffer).toBe(buffer);
    expect(kernels.slots.outputs["h"]!.length).toBe(5 * 2 * 6);
  });
});

describe("names", () => {
  it("of the cell never collide with those of the module", () => {
    const {
      schedule: plan,
      program,
      adjoint,
    } = cellOf(`cell Names {
      input w: [T]
      state sigmoid: [B], i: [B]
      param class, grow, params, grads: [B]
      gate from = sigmoid(affine(w, sigmoid[t-1]))
      gate n = tanh(affine(w, from * i[t-1]) * class)
      sigmoid = from * grow + n * params
      i = n + grads * i[t-1]
      function = sigmoid * i
      output function
    }`);
    const data = randomData(
      program,
      { T: 3, B: 4 },
      { steps: 3, batch: 2, seed: 1 },
    );
    const cotangents = randomCotangents(program, data, 2);
    const reference = new Interpreter(program, { adjoint });
    const kernels = new KernelExecutor("ts", plan, instantiate(plan));
    expect(
      difference(
        reference.forward(data).outputs,
        kernels.forward(data).outputs,
      ),
    ).toBeLessThan(1e-12);
    expect(
      difference(
        reference.backward(cotangents).params,
        kernels.backward(cotangents).params,
      ),
    ).toBeLessThan(1e-12);
  });

  it("of other scripts become plain ones", () => {
    const { schedule: plan } = cellOf(`cell Griechisch {
      input ξ: [Μ]
      state ψ: [Ν]
      gate α = sigmoid(affine(ξ, ψ[t-1]))
      gate β = sigmoid(affine(ξ, ψ[t-1]))
      ψ = α * ψ[t-1] + β
      output ψ
    }`);
    expect(() => instantiate(plan).create({ Μ: 2, Ν: 3 }, "f32")).not.toThrow();
  });
});

describe("results that are read otherwise too", () => {
  const cells: Record<string, string> = {
    "a sum of inputs": "h = x + h[t-1]",
    "an input beside a product": "h = tanh(x + linear(h[t-1]))",
    "a copy": "h = x + u[t-1] u = h",
    "a bias": "param b: [N] h = h[t-1] + x + b",
  };
  it.each(Object.entries(cells))("%s", (_, body) => {
    const states = body.includes("u =")
      ? "state h: [N], u: [N]"
      : "state h: [N]";
    const {
      schedule: plan,
      program,
      adjoint,
    } = cellOf(`cell Test { input x: [N] ${states} ${body} output h }`);
    const random = randomData(
      program,
      { N: 3 },
      { steps: 4, batch: 3, seed: 3 },
    );
    const data: CellData = { ...random, lengths: Int32Array.of(4, 2, 0) };
    const cotangents = randomCotangents(program, data, 2);
    const reference = new Interpreter(program, { adjoint });
    reference.forward(data);
    const expected = reference.backward(cotangents);
    const kernels = new KernelExecutor("ts", plan, instantiate(plan));
    kernels.forward(data);
    const own = kernels.backward(cotangents);
    for (const group of ["params", "inputs", "states"] as const)
      expect(difference(expected[group], own[group])).toBeLessThan(1e-12);

    // Parameters get the same gradient when those of the inputs are not wanted.
    const [wanted, not] = [true, false].map((inputs) => {
      const instance = instantiate(plan).create({ N: 3 }, "f64");
      instance.resize(4, 3, true);
      instance.params.fill(0.3);
      instance.slots.inputs["x"]!.set(data.inputs["x"]!);
      instance.adjoint.outputs["h"]!.fill(1);
      instance.forward({ ...whole, keep: true });
      instance.backward({ inputs });
      return {
        grads: Float64Array.from(instance.grads),
        h: Float64Array.from(Object.values(instance.adjoint.initial)[0]!),
      };
    });
    expect(not).toEqual(wanted);
  });
});

describe("equations in comments", () => {
  it("name what each kernel computes", () => {
    const text = emitTs(cellOf(gru).schedule, { types: true, banner: "" });
    for (const equation of [
      "r = sigmoid(W_r @ x + R_r @ h[t-1] + b_r)",
      "n = tanh(W_n @ x + R_n @ (r * h[t-1]) + b_n)",
      "h = (1 - z) * h[t-1] + z * n",
      "d b_z = sum over t, b of",
    ])
      expect(text).toContain(equation);
  });
});

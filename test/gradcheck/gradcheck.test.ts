import { describe, expect, it } from "vitest";
import { checkGradients, formatReport } from "../../src/gradcheck/index.js";
import { Builder } from "../../src/ir/builder.js";
import type { CellResult, Executor } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import type { AdjointProgram, CellProgram } from "../../src/ir/program.js";
import { differentiate } from "../../src/passes/differentiate.js";
import {
  everything,
  gruResetAfter,
  HandMade,
  M,
  N,
  ofParams,
  peepholeLstm,
} from "../ir/cells.js";

describe("checkGradients", () => {
  for (const make of [peepholeLstm, gruResetAfter, everything])
    for (const steps of [1, 2, 5])
      it(`proves ${make.name} over ${steps} steps`, () => {
        const cell = make();
        const report = checkGradients(cell, differentiate(cell), {
          steps,
          exhaustive: true,
        });
        expect(report.ok, report.summary).toBe(true);
        expect(report.worst).toBeLessThan(1e-8);
        expect(report.summary).toContain("gradients agree");
      });

  it("says the same for the same seed", () => {
    const cell = gruResetAfter();
    const check = () => {
      const { milliseconds: _, ...rest } = checkGradients(
        cell,
        differentiate(cell),
        { seed: 9 },
      );
      return rest;
    };
    expect(check()).toEqual(check());
    expect(check().seed).toBe(9);
  });

  it("finds a gradient that is wrong by one part in 100 000", () => {
    const cell = gruResetAfter();
    const report = checkGradients(cell, withWrong(cell, "b_n_h", 1 + 1e-5));
    expect(report.ok).toBe(false);
    const failed = report.tensors.filter((tensor) => !tensor.ok);
    expect(failed.map(({ name }) => name)).toEqual(["b_n_h"]);
    expect(failed[0]!.differences).toBeCloseTo(1e-5, 8);
    expect(failed[0]!.forwardMode).toBeGreaterThan(1e-7);
    expect(report.summary).toContain("1 of 12 gradients is wrong");
    expect(report.summary).toContain("parameter b_n_h [N]");
    expect(formatReport(report)).toContain("FAILED");
  });

  it("finds a gradient that is not a number", () => {
    const cell = gruResetAfter();
    const report = checkGradients(cell, withWrong(cell, "b_n_h", NaN));
    expect(report.ok).toBe(false);
    expect(report.worst).toBeNaN();
  });

  it("finds a gradient that is missing", () => {
    const cell = gruResetAfter();
    const adjoint = differentiate(cell);
    const report = checkGradients(cell, {
      ...adjoint,
      params: adjoint.params.filter(({ name }) => name !== "W_z"),
    });
    expect(report.tensors.find(({ name }) => name === "W_z")).toMatchObject({
      ok: false,
      differences: 1,
    });
  });

  it("takes a sample of a large array, and says so", () => {
    const cell = gruResetAfter();
    const report = checkGradients(cell, differentiate(cell), {
      sizes: { M: 4, N: 40 },
      steps: 2,
      batch: 1,
      elements: 10,
    });
    expect(report.ok, report.summary).toBe(true);
    const square = report.tensors.find(({ name }) => name === "R_n")!;
    expect(square).toMatchObject({ elements: 1600, checked: 10, skipped: 0 });
    expect(formatReport(report)).toContain("10/1600");
  });

  it("says where sizes do not fit", () => {
    const cell = ofParams([[N]], [N], (b, p) => b.mul(p, p));
    const report = checkGradients(cell, differentiate(cell), {
      sizes: { N: 2.5 },
    });
    expect(report).toMatchObject({
      ok: false,
      problem: "the size N must be a whole number of at least 1, not 2.5",
    });
  });

  it("says that outputs are not finite", () => {
    const cell = ofParams([[N]], [N], (b, p) => b.log(b.neg(b.mul(p, p))));
    const report = checkGradients(cell, differentiate(cell));
    expect(report.problem).toBe("the outputs are not finite for random data");
    expect(formatReport(report)).toContain(report.problem);
  });

  it("tries positive data where logarithms need them", () => {
    const cell = new HandMade("Logarithm");
    cell.define("y", cell.b.log(cell.input("x", [M])));
    cell.output("y");
    const program = cell.program([M]);
    const report = checkGradients(program, differentiate(program));
    expect(report.ok, report.summary).toBe(true);
  });
});

describe("kinks", () => {
  it("are stepped away from", () => {
    const cell = new HandMade("Relu");
    const { b } = cell;
    cell.state("h", [N]);
    const sum = b.add(
      b.matvec(cell.param("W", [N, M]), cell.input("x", [M])),
      b.matvec(cell.param("R", [N, N]), cell.past("h")),
    );
    cell.define("h", b.make("max", [sum, b.filled(0, [N])]));
    cell.output("h");
    const program = cell.program([M, N]);
    for (let seed = 1; seed <= 5; seed++) {
      const report = checkGradients(program, differentiate(program), {
        seed,
        steps: 6,
        sizes: { M: 4, N: 9 },
      });
      expect(report.ok, report.summary).toBe(true);
    }
  });

  it("that no step avoids are counted, not compared", () => {
    // x − x is 0 whatever x: max stays at its kink, where half of each side is no derivative.
    const cell = ofParams([[N]], [N], (b, p) =>
      b.make("max", [b.sub(p, b.make("stop", [p])), b.filled(0, [N])]),
    );
    const report = checkGradients(cell, differentiate(cell), {
      sizes: { N: 3 },
    });
    expect(report.tensors[0]).toMatchObject({ checked: 0, skipped: 3 });
    expect(report.ok, report.summary).toBe(true);
    expect(report.summary).toContain("3 numbers at kinks left out");
  });
});

it("stop_gradient is held still while the rest varies", () => {
  const cell = new HandMade("Stopped");
  const { b } = cell;
  cell.state("h", [N]);
  const past = cell.past("h");
  cell.define(
    "h",
    b.make("tanh", [
      b.add(
        b.matvec(cell.param("R", [N, N]), b.make("stop", [past])),
        b.mul(cell.param("a", [N]), past),
      ),
    ]),
  );
  cell.output("h");
  const program = cell.program([N]);
  const report = checkGradients(program, differentiate(program), {
    exhaustive: true,
  });
  expect(report.ok, report.summary).toBe(true);
});

describe("a backend", () => {
  /** The interpreter, with an error put in. */
  const backend =
    (
      cell: CellProgram,
      adjoint: AdjointProgram,
      spoil: (result: CellResult) => void,
      factor = 1,
    ) =>
    (): Executor => {
      const inner = new Interpreter(cell, { adjoint });
      return {
        name: "spoiled",
        forward: (data) => {
          const result = inner.forward(data);
          spoil(result);
          return result;
        },
        backward: (cotangents) => {
          const gradients = inner.backward(cotangents);
          gradients.params.W_z![0]! *= factor;
          return gradients;
        },
      };
    };
  const fine = () => undefined;

  it("is compared with the interpreter and with differences", () => {
    const cell = gruResetAfter();
    const adjoint = differentiate(cell);
    const report = checkGradients(cell, adjoint, {
      backend: backend(cell, adjoint, fine),
    });
    expect(report).toMatchObject({ ok: true, backend: "spoiled", forward: 0 });
    expect(report.tensors[0]!.interpreter).toBe(0);
    expect(formatReport(report)).toContain("interpreter");
  });

  it("fails with wrong gradients", () => {
    const cell = gruResetAfter();
    const adjoint = differentiate(cell);
    const report = checkGradients(cell, adjoint, {
      backend: backend(cell, adjoint, fine, 1 + 1e-8),
    });
    expect(report.ok).toBe(false);
    expect(report.summary).toContain("parameter W_z");
  });

  it("fails with wrong outputs, which do not stand in for the differences", () => {
    const cell = gruResetAfter();
    const adjoint = differentiate(cell);
    const report = checkGradients(cell, adjoint, {
      backend: backend(cell, adjoint, ({ outputs }) => {
        outputs.h![1]! += 1e-6;
      }),
    });
    expect(report.ok).toBe(false);
    expect(report.problem).toContain("outputs of the spoiled kernels differ");
    expect(report.tensors.every((tensor) => tensor.ok)).toBe(true);
  });
});

/** The adjoint step with the gradient of one parameter multiplied by a number. */
function withWrong(
  cell: CellProgram,
  name: string,
  factor: number,
): AdjointProgram {
  const adjoint = differentiate(cell);
  const b = new Builder(cell.graph);
  return {
    ...adjoint,
    params: adjoint.params.map((entry) =>
      entry.name === name
        ? { ...entry, node: b.mul(entry.node, b.constant(factor)) }
        : entry,
    ),
  };
}

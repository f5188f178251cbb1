/** False alarms: what differences cannot show is told apart from what is wrong, and so are faults at the ends of entries. */
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.js";
import { gradcheckCell } from "../../src/gradcheck-cell.js";
import {
  checkGradients,
  compareWithoutLengths,
  formatReport,
} from "../../src/gradcheck/index.js";
import { Builder } from "../../src/ir/builder.js";

const cellOf = (source: string) => compile(source).cells[0]!;

/**
 * Connectionist Temporal Classification. Graves, Fernández, Gomez, Schmidhuber, 2006. Section 4.1, in logarithms: what is
 * impossible is −1e30, and stays so when the logarithm of a probability is added.
 */
const ctc = cellOf(`
fn added(a, b) = max(a, b) + softplus(-abs(a - b))
cell CTC {
  input logits: [V]
  context labels: [S, V]
  state alpha: [S] = -1e30
  p = labels @ log_softmax(logits)
  first = where(iota(S) < 2, 0, -1e30)
  before = concat(-1e30, slice(alpha[t-1], 0, S - 1))
  alpha = p + where(t == 0, first, added(alpha[t-1], before))
  loss = -logsumexp(slice(alpha, S - 2, S))
  output loss
}`);

describe("values that are too large for differences", () => {
  const options = { sizes: { S: 5, V: 3 }, steps: 3 };

  it.each(["interpreter", "ts"] as const)(
    "do not look like a wrong gradient: %s",
    (backend) => {
      const report = gradcheckCell(ctc, { ...options, backend });
      expect(report.ok, report.summary).toBe(true);
      const logits = report.tensors.find(({ name }) => name === "logits")!;
      expect(logits.unresolved).toBeGreaterThan(0);
      expect(logits.forwardMode).toBeLessThan(1e-12);
      expect(report.summary).toContain(
        "input logits, context labels: agrees with forward mode, differences cannot resolve it",
      );
      expect(formatReport(report)).toContain("not resolved");
    },
  );

  it("hide no wrong gradient", () => {
    const { program, adjoint } = ctc;
    const b = new Builder(program.graph);
    const wrong = {
      ...adjoint,
      inputs: adjoint.inputs.map((entry) => ({
        ...entry,
        node: b.mul(entry.node, b.constant(1 + 1e-5)),
      })),
    };
    const report = checkGradients(program, wrong, options);
    expect(report.ok).toBe(false);
    const logits = report.tensors.find(({ name }) => name === "logits")!;
    expect(logits.ok).toBe(false);
    expect(logits.differences).toBeGreaterThan(1e-6);
    expect(logits.forwardMode).toBeGreaterThan(1e-6);
  });

  it("are told apart from values beside them", () => {
    const cell = cellOf(
      "cell Large { param a, b: [] y = a - 1e30 z = b * b output y, z }",
    );
    const report = gradcheckCell(cell, { backend: "interpreter" });
    expect(report.ok, report.summary).toBe(true);
    expect(report.tensors.map(({ unresolved }) => unresolved)).toEqual([1, 0]);
  });
});

describe("a failure with lengths", () => {
  it("is compared with entries of all steps", () => {
    const cell = cellOf(
      "cell Kink { input x: [] param a: [] = 0.5 state s: [] = 1 s = exp(a * x) + 0.5 * s[t-1] output s }",
    );
    // The kernels' fault: what follows the end of an entry takes part.
    const { program, adjoint } = cell;
    const found = gradcheckCell(
      {
        ...cell,
        program,
        adjoint: {
          ...adjoint,
          params: adjoint.params.map((entry) => ({
            ...entry,
            node: new Builder(program.graph).mul(
              entry.node,
              new Builder(program.graph).constant(2),
            ),
          })),
        },
      },
      { backend: "interpreter" },
    );
    expect(found.ok).toBe(false);
    expect(found.withoutLengths).toBe(false);
    expect(found.summary).toContain("the same without lengths");
    const without = gradcheckCell(cell, {
      backend: "interpreter",
      lengths: false,
    });
    expect(without.ok, without.summary).toBe(true);
    const { withoutLengths, summary, ok } = compareWithoutLengths(
      found,
      without,
    );
    expect([ok, withoutLengths]).toEqual([false, true]);
    expect(summary).toContain(
      "without lengths, where all entries have all steps, all gradients agree",
    );
  });
});

/** Losses against PyTorch: values and gradients, padding left out, sums and means. */
import { describe, expect, it } from "vitest";
import { loadCriterion, sequence } from "cellc/nn";
import type { Reduction, Sequence } from "cellc/nn";
import { GaussianMixtureNLL } from "../../generated/gaussian-mixture-nll.js";
import { HandwritingNLL } from "../../generated/handwriting-nll.js";
import { SigmoidCrossEntropy } from "../../generated/sigmoid-cross-entropy.js";
import { SoftmaxCrossEntropy } from "../../generated/softmax-cross-entropy.js";
import { expectGradients, loading, randomArray } from "./check.js";
import { expectClose, fixture } from "./torch.js";

const lengths = Int32Array.from(fixture("losses/lengths").values);
const sizes = { K: 5 };

const prediction = (name = "losses/logits"): Sequence<Float64Array> => {
  const { values, shape } = fixture(name);
  return sequence(values, { batch: 3, width: shape[2]! }, lengths);
};

describe("against PyTorch", () => {
  it.each<Reduction>(["sum", "mean"])(
    "softmax cross-entropy with tokens, %s",
    async (reduction) => {
      const loss = await loadCriterion(SoftmaxCrossEntropy, {
        ...loading,
        sizes,
        reduction,
      });
      const tokens = fixture("losses/tokens").values;
      const { value, steps } = loss.forward(prediction(), tokens);
      expect(steps).toBe(9);
      expectClose([value], fixture(`losses/softmax.${reduction}`).values);
      expectClose(
        loss.backward(),
        fixture(`losses/softmax.${reduction}.gradient`).values,
      );
    },
  );

  it.each<[Reduction, string]>([
    ["sum", "sum"],
    ["element", "mean"],
  ])("sigmoid cross-entropy over vectors, %s", async (reduction, name) => {
    const loss = await loadCriterion(SigmoidCrossEntropy, {
      ...loading,
      sizes,
      reduction,
    });
    const { value } = loss.forward(
      prediction(),
      fixture("losses/notes").values,
    );
    expectClose([value], fixture(`losses/sigmoid.${name}`).values);
    expectClose(
      loss.backward(),
      fixture(`losses/sigmoid.${name}.gradient`).values,
    );
  });

  it("a mixture of Gaussians from one vector of outputs", async () => {
    const loss = await loadCriterion(GaussianMixtureNLL, {
      ...loading,
      sizes: { K: 5, D: 2 },
    });
    expect(loss.width).toBe(25);
    const { value } = loss.forward(
      prediction("losses/prediction"),
      fixture("losses/y").values,
    );
    expectClose([value], fixture("losses/mixture").values);
    expectClose(loss.backward(), fixture("losses/mixture.gradient").values);
  });
});

describe("handwriting", () => {
  it("has three targets and 6 K + 1 outputs, with the gradient of the mean per sequence", async () => {
    const loss = await loadCriterion(HandwritingNLL, {
      ...loading,
      sizes: { K: 3 },
      targets: ["x", "y", "end"],
      reduction: "sequence",
    });
    expect(loss.width).toBe(19);
    const values = randomArray(4 * 3 * 19, 1);
    const batch = sequence(values, { batch: 3, width: 19 }, lengths);
    const targets = {
      x: randomArray(12, 2),
      y: randomArray(12, 3),
      end: Float64Array.from({ length: 12 }, (_, i) => i % 2),
    };
    expectGradients({
      values: { prediction: values },
      forward: () => ({
        value: Float64Array.of(loss.forward(batch, targets).value),
      }),
      backward: ({ value }) => ({
        prediction: loss.backward().map((g) => g * value![0]!) as Float64Array,
      }),
    });
    expect(() => loss.forward(batch, targets.x)).toThrow("give { x, y, end }");
  });
});

describe("weights of steps", () => {
  it("leave steps out", async () => {
    const loss = await loadCriterion(SoftmaxCrossEntropy, {
      ...loading,
      sizes,
      reduction: "sum",
    });
    const tokens = fixture("losses/tokens").values;
    const only = (t: number) =>
      Float64Array.from({ length: 12 }, (_, row) =>
        Math.floor(row / 3) === t ? 1 : 0,
      );
    const parts = [0, 1, 2, 3].map(
      (t) => loss.forward(prediction(), tokens, { weights: only(t) }).value,
    );
    const whole = loss.forward(prediction(), tokens).value;
    // The same numbers added up in another order.
    expect(parts.reduce((a, b) => a + b)).toBeCloseTo(whole, 12);
    expect(() =>
      loss.forward(prediction(), tokens, { weights: [1, 2] }),
    ).toThrow("2 weights for 12 steps");
  });

  it("are of no use where the model's output has another width", async () => {
    const loss = await loadCriterion(SoftmaxCrossEntropy, {
      ...loading,
      sizes: { K: 4 },
    });
    expect(() =>
      loss.forward(prediction(), fixture("losses/tokens").values),
    ).toThrow("reads 4 numbers per step, and the model puts out 5");
    await expect(
      loadCriterion(SoftmaxCrossEntropy, {
        ...loading,
        sizes,
        targets: ["z" as "y"],
      }),
    ).rejects.toThrow("its targets are inputs");
  });
});

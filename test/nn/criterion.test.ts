/** Losses against PyTorch: values and gradients, padding left out, sums and means. */
import { describe, expect, it } from "vitest";
import { loadCriterion, sequence } from "cellc/nn";
import type { Reduction, Sequence } from "cellc/nn";
import { AbsoluteError } from "../../generated/absolute-error.js";
import { GaussianMixtureNLL } from "../../generated/gaussian-mixture-nll.js";
import { HandwritingNLL } from "../../generated/handwriting-nll.js";
import { HuberLoss } from "../../generated/huber-loss.js";
import { SigmoidCrossEntropy } from "../../generated/sigmoid-cross-entropy.js";
import { SoftmaxCrossEntropy } from "../../generated/softmax-cross-entropy.js";
import { SquaredError } from "../../generated/squared-error.js";
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

describe("losses of errors", () => {
  const [steps, batch, K] = [3, 2, 4];
  const lengths = Int32Array.of(3, 2);
  const guess = randomArray(steps * batch * K, 1).map((value) => 2 * value);
  const y = randomArray(steps * batch * K, 2);
  const cells = {
    SquaredError: [SquaredError, (e: number) => e * e, (e: number) => 2 * e],
    AbsoluteError: [AbsoluteError, Math.abs, Math.sign],
    // PyTorch's HuberLoss(delta=1).
    HuberLoss: [
      HuberLoss,
      (e: number) => (Math.abs(e) <= 1 ? e ** 2 / 2 : Math.abs(e) - 0.5),
      (e: number) => Math.max(-1, Math.min(1, e)),
    ],
  } as const;

  it.each(
    Object.entries(cells).flatMap(([name, cell]) =>
      (["sum", "mean", "element"] as const).map(
        (reduction) => [name, reduction, cell] as const,
      ),
    ),
  )("%s, %s", async (_, reduction, [module, rho, derivative]) => {
    const loss = await loadCriterion(module, {
      ...loading,
      sizes: { K },
      reduction,
    });
    expect(loss.width).toBe(K);
    const found = loss.forward(
      sequence(guess, { batch, width: K }, lengths),
      y,
    );
    // The last step of the second entry is padding.
    const real = 5;
    const counted = (i: number) => i < real * K;
    const divisor = { sum: 1, mean: real, element: real * K }[reduction];
    const errors = Array.from(guess, (value, i) => value - y[i]!);
    const sum = errors
      .filter((_, i) => counted(i))
      .reduce((total, error) => total + rho(error), 0);
    expect(found.steps).toBe(real);
    expectClose([found.value], [sum / divisor]);
    expectClose(
      loss.backward(),
      errors.map((error, i) => (counted(i) ? derivative(error) / divisor : 0)),
    );
  });

  it("are exact for errors far out, and at nothing", async () => {
    for (const [name, [module]] of Object.entries(cells)) {
      const loss = await loadCriterion(module, {
        ...loading,
        precision: "f32",
        sizes: { K: 3 },
        reduction: "sum",
      });
      const far = sequence(Float32Array.of(0, 1e15, -1e15), {
        batch: 1,
        width: 3,
      });
      const { value } = loss.forward(far, new Float32Array(3));
      const [wanted, slope] = {
        SquaredError: [2e30, 2e15],
        AbsoluteError: [2e15, 1],
        HuberLoss: [2e15, 1],
      }[name]!;
      expectClose([value / wanted!], [1], name, 1e-6);
      expectClose(
        Array.from(loss.backward(), (g) => g / slope!),
        [0, 1, -1],
        name,
        1e-6,
      );
    }
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

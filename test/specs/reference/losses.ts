/** The losses straight from their definitions, in probabilities, not in the stable forms of the cells. */
import { logistic, softmax } from "./frame.js";
import type { Reference } from "./frame.js";

const stateless = { params: {}, states: {}, outputs: ["loss"] };

/** −log Σ weight · Π N(y | mean, sd) */
function mixture(
  logits: readonly number[],
  mean: readonly (readonly number[])[],
  sd: (k: number, d: number) => number,
  y: readonly number[],
): number {
  const weight = softmax(logits);
  let likelihood = 0;
  for (let k = 0; k < weight.length; k++) {
    let density = weight[k]!;
    for (let d = 0; d < y.length; d++)
      density *=
        Math.exp(-((y[d]! - mean[k]![d]!) ** 2) / (2 * sd(k, d) ** 2)) /
        (sd(k, d) * Math.sqrt(2 * Math.PI));
    likelihood += density;
  }
  return -Math.log(likelihood);
}

/** Σ ρ(prediction − y), number by number. */
const ofErrors = (rho: (error: number) => number): Reference["step"] => {
  return (f) => {
    const y = f.vector("y");
    let loss = 0;
    f.vector("prediction").forEach((value, i) => {
      loss += rho(value - y[i]!);
    });
    return { loss };
  };
};

export const losses: readonly Reference[] = [
  {
    cell: "SoftmaxCrossEntropy",
    ...stateless,
    step: (f) => ({
      loss: -Math.log(softmax(f.vector("logits"))[f.number("y")]!),
    }),
  },
  {
    cell: "SigmoidCrossEntropy",
    ...stateless,
    step: (f) => {
      const y = f.vector("y");
      let loss = 0;
      f.vector("logits").forEach((logit, i) => {
        const p = logistic(logit);
        loss -= y[i]! * Math.log(p) + (1 - y[i]!) * Math.log(1 - p);
      });
      return { loss };
    },
  },
  {
    cell: "SquaredError",
    ...stateless,
    step: ofErrors((error) => error * error),
  },
  {
    cell: "AbsoluteError",
    ...stateless,
    step: ofErrors((error) => (error < 0 ? -error : error)),
  },
  {
    cell: "HuberLoss",
    ...stateless,
    step: ofErrors((error) => {
      const size = error < 0 ? -error : error;
      return size < 1 ? (error * error) / 2 : size - 1 / 2;
    }),
  },
  {
    cell: "GaussianMixtureNLL",
    ...stateless,
    step: (f) => ({
      loss: mixture(
        f.vector("logits"),
        f.matrix("mean"),
        (k, d) => Math.exp(f.matrix("log_sd")[k]![d]!),
        f.vector("y"),
      ),
    }),
  },
  {
    cell: "IsotropicGaussianMixtureNLL",
    ...stateless,
    step: (f) => ({
      loss: mixture(
        f.vector("logits"),
        f.matrix("mean"),
        (k) => Math.exp(f.vector("log_sd")[k]!),
        f.vector("y"),
      ),
    }),
  },
  {
    cell: "HandwritingNLL",
    ...stateless,
    step: (f) => {
      const weight = softmax(f.vector("logits"));
      const skew = f.vector("skew");
      let likelihood = 0;
      for (let k = 0; k < weight.length; k++) {
        const rho = Math.tanh(skew[k]!);
        const sx = Math.exp(f.vector("log_sd_x")[k]!);
        const sy = Math.exp(f.vector("log_sd_y")[k]!);
        const dx = f.number("x") - f.vector("mean_x")[k]!;
        const dy = f.number("y") - f.vector("mean_y")[k]!;
        const z =
          (dx / sx) ** 2 + (dy / sy) ** 2 - (2 * rho * dx * dy) / (sx * sy);
        likelihood +=
          (weight[k]! * Math.exp(-z / (2 * (1 - rho ** 2)))) /
          (2 * Math.PI * sx * sy * Math.sqrt(1 - rho ** 2));
      }
      const ends = logistic(f.number("ends"));
      const end = f.number("end");
      return {
        loss:
          -Math.log(likelihood) -
          end * Math.log(ends) -
          (1 - end) * Math.log(1 - ends),
      };
    },
  },
];

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
];

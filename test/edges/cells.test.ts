/** Cells of the library where a plain reading of their equations cancels, overflows or divides zero by zero in float32. */
import { describe, expect, it } from "vitest";
import { library } from "../specs/library.js";
import { everywhere, expectNumbers } from "./everywhere.js";
import type { Given } from "./everywhere.js";

/** Relative to each number: nothing is lost, so that float32's rounding is all there is. */
const tolerance = 1e-5;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.log1p(Math.exp(x));

interface Case {
  readonly title: string;
  readonly cell: string;
  readonly given: Given;
  /** Outputs, then gradients of everything named, with cotangents of 1. */
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly gradients?: Readonly<Record<string, readonly number[]>>;
}

/** One component with standard deviations of 1, at (1.5, y). */
const stroke = (skew: number, y: number): Given => ({
  sizes: { K: 1 },
  inputs: {
    logits: [0.3],
    mean_x: [0],
    mean_y: [0],
    log_sd_x: [0],
    log_sd_y: [0],
    skew: [skew],
    ends: [0],
    x: [1.5],
    y: [y],
    end: [0],
  },
});
/** At (1.5, ±1.5) only what lies along the diagonal counts: z is 2 · 1.5² / (1 + |tanh skew|). */
const strokeLoss = (skew: number): number =>
  2.25 / (1 + Math.tanh(skew)) +
  Math.log(2 * Math.PI) +
  // log √(1 − tanh²) = −log cosh
  -(skew + Math.log1p(Math.exp(-2 * skew)) - Math.LN2) +
  Math.LN2;
/** 1 / (1 + tanh)² (1 − tanh²) is (1 − tanh) / (1 + tanh), e^(−2 skew). */
const strokeSlope = (skew: number): number =>
  -2.25 * Math.exp(-2 * skew) - Math.tanh(skew);

const cases: readonly Case[] = [
  ...[1, 9, 30, 80].flatMap((skew): Case[] => [
    {
      title: `skew of ${skew}`,
      cell: "HandwritingNLL",
      given: stroke(skew, 1.5),
      outputs: { loss: [strokeLoss(skew)] },
      gradients: { skew: [strokeSlope(skew)], ends: [0.5], logits: [0] },
    },
    {
      title: `skew of −${skew}`,
      cell: "HandwritingNLL",
      given: stroke(-skew, -1.5),
      outputs: { loss: [strokeLoss(skew)] },
      gradients: { skew: [-strokeSlope(skew)] },
    },
  ]),
  {
    title: "no skew",
    cell: "HandwritingNLL",
    given: stroke(0, 1.5),
    outputs: { loss: [2.25 + Math.log(2 * Math.PI) + Math.LN2] },
    gradients: { skew: [-2.25], x: [1.5], y: [1.5] },
  },
  ...[0, -20, -120, -3000].map((gates): Case => ({
    title: `both gates at ${gates}`,
    cell: "MinLSTM",
    given: {
      sizes: { M: 1, N: 1 },
      params: {
        W_f: [0],
        W_i: [0],
        W_candidate: [0],
        b_f: [gates],
        b_i: [gates],
        b_candidate: [1],
      },
      inputs: { x: [1] },
      states: { h: [3] },
    },
    outputs: { h: [2] },
    gradients: {
      h: [0.5],
      b_candidate: [0.5],
      b_f: [0.5 * sigmoid(-gates)],
      b_i: [-0.5 * sigmoid(-gates)],
    },
  })),
  {
    title: "forget gate closed far below the input gate",
    cell: "MinLSTM",
    given: {
      sizes: { M: 1, N: 1 },
      params: {
        W_f: [0],
        W_i: [0],
        W_candidate: [0],
        b_f: [-120],
        b_i: [-110],
        b_candidate: [0],
      },
      inputs: { x: [1] },
      states: { h: [3] },
    },
    outputs: { h: [3 * sigmoid(-10)] },
    gradients: { h: [sigmoid(-10)], b_candidate: [sigmoid(10)] },
  },
  {
    title: "a gate that leaves next to nothing of a large state",
    cell: "MinGRU",
    given: {
      sizes: { M: 1, N: 1 },
      params: { W_z: [0], W_n: [0], b_z: [20], b_n: [0] },
      inputs: { x: [1] },
      states: { h: [1e6] },
    },
    outputs: { h: [1e6 * sigmoid(-20)] },
    gradients: { h: [sigmoid(-20)] },
  },
  {
    title: "a step that leaves next to nothing of those before",
    cell: "AttentionPooling",
    given: {
      sizes: { N: 1, A: 1 },
      steps: 2,
      params: { W_u: [20], b_u: [0], u_l: [18] },
      inputs: { h: [-1, 0] },
    },
    outputs: { l: [-1, -sigmoid(-18)] },
  },
  ...[0, 1].map((y): Case => ({
    title: `the right class, ${y}, is certain`,
    cell: "SoftmaxCrossEntropy",
    given: {
      sizes: { K: 3 },
      inputs: {
        logits: y === 0 ? [20, 0, -Infinity] : [0, 20, -Infinity],
        y: [y],
      },
    },
    outputs: { loss: [softplus(-20)] },
    gradients: {
      logits:
        y === 0
          ? [-sigmoid(-20), sigmoid(-20), 0]
          : [sigmoid(-20), -sigmoid(-20), 0],
    },
  })),
  {
    title: "large logits",
    cell: "SoftmaxCrossEntropy",
    given: { sizes: { K: 2 }, inputs: { logits: [1e6, 1e6 - 1], y: [1] } },
    outputs: { loss: [softplus(1)] },
    gradients: { logits: [sigmoid(1), -sigmoid(1)] },
  },
  {
    title: "logits at the end of float32",
    cell: "SoftmaxCrossEntropy",
    given: { sizes: { K: 2 }, inputs: { logits: [1e38, -1e38], y: [1] } },
    outputs: { loss: [2e38] },
    gradients: { logits: [1, -1] },
  },
  {
    title: "one class",
    cell: "SoftmaxCrossEntropy",
    given: { sizes: { K: 1 }, inputs: { logits: [5], y: [0] } },
    outputs: { loss: [0] },
    gradients: { logits: [0] },
  },
  {
    title: "certain and undecided notes",
    cell: "SigmoidCrossEntropy",
    given: {
      sizes: { K: 1 },
      steps: 6,
      inputs: { logits: [20, -20, 300, -300, 0, 0], y: [1, 0, 1, 1, 0, 1] },
    },
    outputs: {
      loss: [
        softplus(-20),
        softplus(-20),
        softplus(-300),
        300,
        Math.LN2,
        Math.LN2,
      ],
    },
    gradients: {
      logits: [-sigmoid(-20), sigmoid(-20), -sigmoid(-300), -1, 0.5, -0.5],
    },
  },
  ...[0, 1e6].map((shift): Case => ({
    title: `logits shifted by ${shift}`,
    cell: "GaussianMixtureNLL",
    given: {
      sizes: { K: 2, D: 1 },
      inputs: {
        logits: [shift, shift + 1],
        mean: [0, 1],
        log_sd: [0, 0],
        y: [0.5],
      },
    },
    outputs: { loss: [0.125 + Math.log(2 * Math.PI) / 2] },
    gradients: {
      logits: [0, 0],
      log_sd: [0.75 * sigmoid(-1), 0.75 * sigmoid(1)],
    },
  })),
  ...["GaussianMixtureNLL", "IsotropicGaussianMixtureNLL"].flatMap(
    (cell): Case[] => [
      {
        title: "a mean that is met exactly, at next to no deviation",
        cell,
        given: {
          sizes: { K: 1, D: 1 },
          inputs: { logits: [0], mean: [2], log_sd: [-100], y: [2] },
        },
        outputs: { loss: [-100 + Math.log(2 * Math.PI) / 2] },
        gradients: { log_sd: [1], mean: [0] },
      },
      {
        title: "a small distance and a small deviation",
        cell,
        given: {
          sizes: { K: 1, D: 1 },
          inputs: {
            logits: [0],
            mean: [0],
            log_sd: [-60],
            y: [Math.fround(2 * Math.exp(-60))],
          },
        },
        outputs: { loss: [2 - 60 + Math.log(2 * Math.PI) / 2] },
        gradients: { log_sd: [1 - 4] },
      },
    ],
  ),
  {
    title: "keys and queries far below zero",
    cell: "DeltaNet",
    given: {
      sizes: { M: 1, K: 2, V: 1 },
      params: {
        W_k: [-200, -200],
        W_q: [-200, -203],
        W_v: [2],
        w_beta: [0],
      },
      inputs: { x: [1] },
      states: { A: [0, 1] },
    },
    // beta 1/2 moves what A has for the key, 1/2, to 2, by the key [1/2, 1/2].
    outputs: { y: [0.375 * sigmoid(3) + 1.375 * sigmoid(-3)] },
  },
  {
    title: "keys and queries far above zero",
    cell: "DeltaNet",
    given: {
      sizes: { M: 1, K: 2, V: 1 },
      params: { W_k: [3e38, 3e38], W_q: [3e38, 1e38], W_v: [2], w_beta: [0] },
      inputs: { x: [1] },
      states: { A: [0, 1] },
    },
    outputs: { y: [0.375 * 0.75 + 1.375 * 0.25] },
  },
  {
    title: "a memory that has been let go",
    cell: "MatrixLSTM",
    given: {
      sizes: { M: 1, N: 1 },
      params: {
        W_q: [0],
        W_k: [0],
        W_v: [0],
        W_o: [0],
        b_q: [1],
        b_k: [1],
        b_v: [1],
        b_o: [0],
        w_i: [0],
        w_f: [0],
        b_i: [-200],
        b_f: [-120],
      },
      inputs: { x: [1] },
      states: { C: [1], n: [1], m: [0] },
    },
    // e⁻¹²⁰ of what it held: less than 1 in the denominator's place.
    outputs: { y: [0.5 * Math.exp(-120)] },
    gradients: { C: [0.5 * Math.exp(-120)], b_o: [0.25 * Math.exp(-120)] },
  },
];

const cells = library();

everywhere("cells", (backend, run) => {
  it.each(cases)("$cell: $title", async ({ cell, given, ...wanted }) => {
    const { outputs, gradients } = await run(cells.get(cell)!, given);
    // WebGPU may take for zero what is smaller than the smallest normal number; products there lose digits everywhere.
    const tiny = backend === "interpreter" || backend === "ts f64" ? 0 : 1e-37;
    // What is zero in all but rounding is so to the digits of the numbers that it is the difference of.
    const rounded = (
      values: readonly number[],
      own: ArrayLike<number>,
    ): number[] =>
      values.map((value, i) =>
        (Math.abs(value) < tiny && Math.abs(own[i]!) < tiny) ||
        (value === 0 && Math.abs(own[i]!) < 1e-7)
          ? own[i]!
          : value,
      );
    for (const [name, values] of Object.entries(wanted.outputs))
      expectNumbers(
        outputs[name]!,
        rounded(values, outputs[name]!),
        tolerance,
        name,
      );
    const all = {
      ...gradients.params,
      ...gradients.inputs,
      ...gradients.states,
    };
    for (const [name, values] of Object.entries(wanted.gradients ?? {}))
      expectNumbers(
        all[name]!,
        rounded(values, all[name]!),
        tolerance,
        `gradient of ${name}`,
      );
    for (const [name, values] of Object.entries(all))
      expect([...values].every(Number.isFinite), name).toBe(true);
  });
});

describe("the library", () => {
  it("has the cells of this table", () => {
    for (const { cell } of cases) expect(cells.has(cell), cell).toBe(true);
  });
});

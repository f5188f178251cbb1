/**
 * What each optimiser keeps from step to step, and the numbers of a step, in float64 on the host wherever the vectors
 * lie. The formulas that use them stand in the classes, and in the kernels of `cellc/nn/webgpu`.
 */
import { checkChoice, checkNumber, checkNumbers } from "../given.js";

const fraction = { least: 0, below: 1 } as const;

/** `N` names the numbers that an update takes. */
export interface Rule<N extends Readonly<Record<keyof N, number>>> {
  /** Names of vectors as long as the parameters, zero before the first step. */
  readonly slots: readonly string[];
  /** @param step number of the step, from 1 on */
  numbers(rate: number, step: number): N;
}

export interface SgdOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** Look ahead along the velocity. Default false. */
  readonly nesterov?: boolean;
  /** Adds this times the parameters to the gradient. Default 0. */
  readonly decay?: number;
}

export interface SgdNumbers {
  readonly rate: number;
  readonly decay: number;
  readonly momentum: number;
  /** 1 or 0. */
  readonly nesterov: number;
}

export function sgdRule(options: SgdOptions = {}): Rule<SgdNumbers> {
  checkNumbers("Sgd", options, {
    momentum: fraction,
    nesterov: "switch",
    decay: {},
  });
  const { momentum = 0, nesterov = false, decay = 0 } = options;
  return {
    slots: momentum === 0 ? [] : ["velocity"],
    numbers: (rate) => ({ rate, decay, momentum, nesterov: nesterov ? 1 : 0 }),
  };
}

export interface RmsPropOptions {
  /** What the running means keep. Default 0.99; Graves (2013) has 0.95, Keras 0.9. */
  readonly decay?: number;
  /** Default 1e-8; Graves (2013) has 1e-4. */
  readonly epsilon?: number;
  /** Where epsilon is added: to the root (PyTorch), or under it (Graves, Keras). Default `outside`. */
  readonly place?: "inside" | "outside";
  /** Divide by the standard deviation in place of the root mean square (Graves, 2013). Default false. */
  readonly centered?: boolean;
  /** Default 0; Graves (2013) has 0.9. */
  readonly momentum?: number;
}

export interface RmsPropNumbers {
  readonly rate: number;
  /** Of the running means: what stays, and what the new value counts. */
  readonly keep: number;
  readonly add: number;
  /** Epsilon under the root, and behind it. */
  readonly inside: number;
  readonly outside: number;
  readonly momentum: number;
}

export function rmsPropRule(
  options: RmsPropOptions = {},
): Rule<RmsPropNumbers> {
  checkNumbers("RmsProp", options, {
    decay: fraction,
    epsilon: {},
    place: "other",
    centered: "switch",
    momentum: fraction,
  });
  const {
    decay = 0.99,
    epsilon = 1e-8,
    place = "outside",
    centered = false,
    momentum = 0,
  } = options;
  checkChoice("RmsProp: place", place, ["inside", "outside"]);
  const inside = place === "inside" ? epsilon : 0;
  const outside = epsilon - inside;
  const add = 1 - decay;
  return {
    slots: ["square", "velocity", ...(centered ? ["mean"] : [])],
    numbers: (rate) => ({ rate, keep: decay, add, inside, outside, momentum }),
  };
}

export interface AdamOptions {
  /** Default [0.9, 0.999]. */
  readonly betas?: readonly [mean: number, square: number];
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Adam: adds this times the parameters to the gradient, default 0. AdamW: see there, default 0.01. */
  readonly decay?: number;
}

export interface AdamNumbers {
  /** What the parameters are multiplied by before the step. */
  readonly keep: number;
  readonly decay: number;
  readonly keepMean: number;
  readonly addMean: number;
  readonly keepSquare: number;
  readonly addSquare: number;
  /** The rate over the bias of the mean. */
  readonly size: number;
  /** Takes the bias from the root of the square. */
  readonly unbias: number;
  readonly epsilon: number;
}

export function adamRule(
  options: AdamOptions = {},
  name = "Adam",
): Rule<AdamNumbers> {
  checkNumbers(name, options, { betas: "other", epsilon: {}, decay: {} });
  const { betas = [0.9, 0.999], epsilon = 1e-8, decay = 0 } = options;
  if (!Array.isArray(betas) || betas.length !== 2)
    throw new TypeError(`${name}: betas are two numbers, such as [0.9, 0.999]`);
  betas.forEach((beta) => checkNumber(`${name}: a beta`, beta, fraction));
  const [keepMean, keepSquare] = betas;
  return {
    slots: ["mean", "square"],
    numbers: (rate, step) => ({
      keep: 1,
      decay,
      keepMean,
      addMean: 1 - keepMean,
      keepSquare,
      addSquare: 1 - keepSquare,
      size: rate / (1 - keepMean ** step),
      unbias: 1 / Math.sqrt(1 - keepSquare ** step),
      epsilon,
    }),
  };
}

/** The decay is decoupled: it shrinks the parameters and is no part of the gradient. */
export function adamWRule(options: AdamOptions = {}): Rule<AdamNumbers> {
  const { slots, numbers } = adamRule(options, "AdamW");
  const { decay = 0.01 } = options;
  return {
    slots,
    numbers: (rate, step) => ({
      ...numbers(rate, step),
      decay: 0,
      keep: 1 - rate * decay,
    }),
  };
}

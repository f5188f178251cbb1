/** Gradients with something in them that is no number, or infinite: what a training does, and what it says. */
import type { ParameterRange } from "../../runtime/kernel.js";
import { elements } from "../../runtime/check.js";

export const notFiniteChoices = ["stop", "skip"] as const;

/**
 * What a training does with a gradient that is not finite.
 *
 * - `stop`: an error that names the step and the first parameter. Parameters and optimiser stay as they were.
 * - `skip`: the step makes no update, and is counted.
 */
export type NotFinite = (typeof notFiniteChoices)[number];

/** What stops a training: nothing was updated, and later steps may be. */
export class NotFiniteGradient extends RangeError {
  override readonly name = "NotFiniteGradient";
  /** The first parameter concerned, as the model's layout names it. */
  readonly parameter: string;

  /**
   * @param step number of the step, from 1 on
   * @param norm of the gradient, NaN or Infinity
   * @param layout of the model's parameters
   * @param index of the first number of the gradient that is not finite
   */
  constructor(
    readonly step: number,
    readonly norm: number,
    layout: readonly ParameterRange[],
    index: number,
  ) {
    const { name, shape, offset } = layout.find(
      ({ offset, shape }) =>
        index >= offset && index < offset + elements(shape),
    )!;
    super(
      `step ${step}: the norm of the gradient is ${norm}. The first parameter concerned is ${name}, shape [${shape.join(", ")}], at its number ${index - offset}. There was no update; a smaller rate, or clipping, may keep it from happening, and with notFinite: "skip" such steps are left out`,
    );
    this.parameter = name;
  }
}

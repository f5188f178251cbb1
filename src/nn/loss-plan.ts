/** What a loss cell reads of a model's output, and how the losses of all steps become one number. */
import {
  checkChoice,
  checkInput,
  checkNumbersOf,
  checkParts,
  isSequence,
} from "./given.js";
import { elements } from "../runtime/check.js";
import type { CellInfo, Numbers } from "../runtime/info.js";
import type { Floats, Sizes } from "../runtime/kernel.js";

/**
 * How the losses of all steps become one number.
 *
 * - `sum`: added up (PyTorch `reduction="sum"`).
 * - `mean`: divided by the number of steps that are not padding (PyTorch's `CrossEntropyLoss` with
 *   `ignore_index`, Keras's `sum_over_batch_size` with a mask).
 * - `sequence`: added up over the steps, mean over the sequences of the batch.
 * - `element`: `mean`, divided by the numbers of the first target per step as well (PyTorch's
 *   `BCEWithLogitsLoss` and Keras's `binary_crossentropy`, which take the mean over the vector too).
 *
 * Weights of steps multiply the losses and do not change what they are divided by.
 */
export type Reduction = (typeof reductions)[number];

const reductions = ["sum", "mean", "sequence", "element"] as const;

/** A batch of steps, without what they hold. */
interface Rows {
  readonly steps: number;
  readonly batch: number;
  readonly lengths?: Int32Array;
}

export class LossPlan {
  /** The cell's output, one number per step. */
  readonly loss: string;
  /** Inputs that are no targets, in the order in which the model puts them out side by side. */
  readonly parts: readonly {
    readonly name: string;
    readonly width: number;
    /** First column in the output of the model. */
    readonly column: number;
  }[];
  /** Numbers per step that the model has to put out. */
  readonly width: number;
  readonly #targetWidth: number;

  constructor(
    readonly info: CellInfo,
    sizes: Sizes,
    readonly targets: readonly string[] = ["y"],
    readonly reduction: Reduction = "mean",
  ) {
    checkChoice(`${info.name}: the reduction`, reduction, reductions);
    if (!Array.isArray(targets) || targets.length === 0)
      throw new TypeError(
        `${info.name}: targets are a list of inputs' names, such as ["y"]`,
      );
    const names = info.inputs.map(({ name }) => name);
    const unknown = targets.find((name) => !names.includes(name));
    if (unknown !== undefined || info.outputs.length !== 1)
      throw new TypeError(
        `${info.name} with the targets ${targets.join(", ")}: a loss has one output and its targets are inputs (it has ${names.join(", ")})`,
      );
    this.loss = info.outputs[0]!.name;
    const widthOf = (name: string): number =>
      elements(info.inputs.find((input) => input.name === name)!.shape(sizes));
    let column = 0;
    this.parts = names
      .filter((name) => !targets.includes(name))
      .map((name) => {
        const part = { name, width: widthOf(name), column };
        column += part.width;
        return part;
      });
    this.width = column;
    this.#targetWidth = widthOf(targets[0]!);
  }

  /** That this is what a model puts out for the loss. */
  checkPrediction(prediction: Rows & { readonly width: number }): void {
    checkInput(prediction, `${this.info.name}: the prediction`);
    const { width } = prediction;
    if (width !== this.width)
      throw new RangeError(
        `${this.info.name} reads ${this.width} numbers per step, and the model puts out ${width}`,
      );
  }

  /** Targets by their names; a single one may stand alone. */
  named<V extends { readonly length: number }>(
    targets: V | Readonly<Record<string, V>>,
  ): Readonly<Record<string, V>> {
    const cell = this.info.name;
    checkParts(`${cell}: targets`, targets, []);
    if (typeof targets["length"] !== "number") {
      const named = targets as Readonly<Record<string, V>>;
      this.#checkNames(named);
      return named;
    }
    if (this.targets.length > 1)
      throw new TypeError(
        `${cell} has several targets: give { ${this.targets.join(", ")} }`,
      );
    return { [this.targets[0]!]: targets as V };
  }

  /** That there is an array for each target, and nothing else. */
  #checkNames(given: Readonly<Record<string, unknown>>): void {
    const cell = this.info.name;
    const wanted =
      this.targets.length > 1
        ? `its targets are { ${this.targets.join(", ")} }, an array [T, B, …] each`
        : `its target is the array [T, B, …] of ${this.targets[0]!}, alone or as { ${this.targets[0]!} }`;
    const unknown = Object.keys(given).find(
      (name) => !this.targets.includes(name),
    );
    if (unknown !== undefined)
      throw new TypeError(
        isSequence(given)
          ? `${cell}: the target is a Sequence; give its values: ${wanted}`
          : this.parts.some(({ name }) => name === unknown)
            ? `${cell}: ${unknown} is what the model puts out, and no target: ${wanted}`
            : `${cell}: input ${unknown} is unknown among the targets: ${wanted}`,
      );
    for (const name of this.targets) {
      const value = given[name];
      if (value === undefined)
        throw new TypeError(
          `${cell}: the target ${name} is missing: ${wanted}`,
        );
      if (isSequence(value))
        throw new TypeError(
          `${cell}: the target ${name} is a Sequence; give its values, [T, B, …]`,
        );
      checkNumbersOf(`${cell}: the target ${name}`, value);
    }
  }

  /**
   * Fills `weights`, `[T, B]`, with what each step counts before the reduction: nothing for padding.
   *
   * @returns how many steps are no padding
   */
  fillWeights(
    weights: Floats,
    { steps, batch, lengths }: Rows,
    given: Numbers | undefined,
  ): number {
    const rows = steps * batch;
    if (given && given.length !== rows)
      throw new RangeError(
        `there are ${given.length} weights for ${rows} steps, [T=${steps}, B=${batch}]`,
      );
    let count = 0;
    for (let t = 0; t < steps; t++)
      for (let b = 0; b < batch; b++) {
        const row = t * batch + b;
        const padding = lengths !== undefined && t >= lengths[b]!;
        weights[row] = padding ? 0 : given ? given[row]! : 1;
        if (!padding) count++;
      }
    return count;
  }

  /**
   * The rows of a call of the cell: steps that count nothing are left out of it, so that it does not matter what
   * they hold. Rows of a cell without memory are entries of one step each; where there is memory, steps of no weight
   * are computed like all others, because what follows needs them.
   *
   * @param weights as `fillWeights` leaves them
   */
  rowsOf({ steps, batch, lengths }: Rows, weights: Floats): Rows {
    const { states, context, timed } = this.info;
    const apart = states.length === 0 && context.length === 0 && !timed;
    if (!apart || !weights.includes(0)) return { steps, batch, lengths };
    return {
      steps: 1,
      batch: steps * batch,
      lengths: Int32Array.from(weights, (weight) => (weight === 0 ? 0 : 1)),
    };
  }

  /** What the weighted sum is multiplied by, with `count` steps that are no padding. */
  scale(batch: number, count: number): number {
    const steps = Math.max(count, 1);
    switch (this.reduction) {
      case "sum":
        return 1;
      case "mean":
        return 1 / steps;
      case "sequence":
        return 1 / batch;
      case "element":
        return 1 / (steps * this.#targetWidth);
    }
  }
}

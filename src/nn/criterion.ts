/** A loss cell over the output of a model: splits what the model puts out, leaves padding aside, reduces. */
import type { CellInfo, CellNames, Numbers } from "../runtime/info.js";
import { elements } from "../runtime/check.js";
import type { Floats, Precision } from "../runtime/kernel.js";
import type { CellModule, LoadedCell, LoadOptions } from "../runtime/types.js";
import { Scratch } from "./sequence.js";
import type { Sequence } from "./sequence.js";

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
export type Reduction = "sum" | "mean" | "sequence" | "element";

export interface CriterionOptions<N extends CellNames = CellNames> {
  /** Inputs of the cell that are targets. Default: `y`. */
  readonly targets?: readonly N["inputs"][];
  /** Default `mean`. */
  readonly reduction?: Reduction;
}

/** Arrays `[T, B, …]` by the name of the target; a single target may stand alone. */
export type Targets = Numbers | Readonly<Record<string, Numbers>>;

export interface LossOptions {
  /** `[T, B]`, what each step counts; 0 leaves a step out. */
  readonly weights?: Numbers;
  /** Keep what `backward` needs. Default true. */
  readonly keep?: boolean;
}

export interface Loss {
  /** Reduced as the criterion says. */
  readonly value: number;
  /** Of all steps that are not padding, added up. */
  readonly sum: number;
  /** Steps that are not padding. */
  readonly steps: number;
}

/** Loads the kernels of a loss cell. */
export async function loadCriterion<
  N extends CellNames,
  P extends Precision = "f32",
>(
  module: CellModule<N>,
  options: LoadOptions<N, P> & CriterionOptions<N>,
): Promise<Criterion> {
  const { targets, reduction, ...load } = options;
  const cell = await module.load(load as LoadOptions<N, P>);
  return new Criterion(module, cell as unknown as LoadedCell, {
    targets,
    reduction,
  });
}

interface Part {
  readonly name: string;
  readonly width: number;
  readonly scratch: Scratch;
}

export class Criterion {
  /** Numbers per step that the model has to put out: the cell's inputs that are no targets, in their order. */
  readonly width: number;
  readonly reduction: Reduction;
  readonly #parts: readonly Part[];
  readonly #targets: readonly string[];
  readonly #targetWidth: number;
  readonly #weights = new Scratch();
  readonly #gradient = new Scratch();
  #rows = 0;

  constructor(
    readonly info: CellInfo,
    readonly cell: LoadedCell,
    options: CriterionOptions = {},
  ) {
    const { targets = ["y"], reduction = "mean" } = options;
    this.reduction = reduction;
    this.#targets = targets;
    const names = info.inputs.map(({ name }) => name);
    const unknown = targets.find((name) => !names.includes(name));
    if (unknown !== undefined || info.outputs.length !== 1)
      throw new TypeError(
        `${info.name} with the targets ${targets.join(", ")}: a loss has one output and its targets are inputs (it has ${names.join(", ")})`,
      );
    const widthOf = (name: string): number =>
      elements(
        info.inputs.find((input) => input.name === name)!.shape(cell.sizes),
      );
    this.#parts = names
      .filter((name) => !targets.includes(name))
      .map((name) => ({ name, width: widthOf(name), scratch: new Scratch() }));
    this.width = this.#parts.reduce((sum, { width }) => sum + width, 0);
    this.#targetWidth = widthOf(targets[0]!);
  }

  /** Padding may hold anything that is a valid target. */
  forward(
    prediction: Sequence<Floats>,
    targets: Targets,
    options: LossOptions = {},
  ): Loss {
    const { steps, batch, width, values, lengths } = prediction;
    if (width !== this.width)
      throw new RangeError(
        `${this.cell.name} reads ${this.width} numbers per step, and the model puts out ${width}`,
      );
    this.#rows = steps * batch;
    const weights = this.#stepWeights(prediction, options.weights);
    const inputs: Record<string, Numbers> = {
      ...this.#named(targets),
      ...this.#split(values),
    };
    const { keep = true } = options;
    const { outputs } = this.cell.forward(inputs, { batch, lengths, keep });
    const losses = outputs[this.info.outputs[0]!.name]!;
    let sum = 0;
    let count = 0;
    for (let t = 0; t < steps; t++)
      for (let b = 0; b < batch; b++) {
        if (lengths && t >= lengths[b]!) continue;
        const row = t * batch + b;
        sum += weights[row]! * losses[row]!;
        count++;
      }
    const scale = this.#scale(batch, count);
    for (let row = 0; row < weights.length; row++) weights[row]! *= scale;
    return { value: sum * scale, sum, steps: count };
  }

  /** Gradient of the reduced loss by the prediction, `[T, B, width]`. */
  backward(): Floats {
    const { params } = this.cell;
    const weights = this.#weights.take(params, this.#rows);
    const loss = this.info.outputs[0]!.name;
    const { inputs } = this.cell.backward({ outputs: { [loss]: weights } });
    if (this.#parts.length === 1) return inputs[this.#parts[0]!.name]!;
    const all = this.#gradient.take(params, this.#rows * this.width);
    let column = 0;
    for (const { name, width } of this.#parts) {
      const part = inputs[name]!;
      for (let row = 0; row < this.#rows; row++)
        for (let i = 0; i < width; i++)
          all[row * this.width + column + i] = part[row * width + i]!;
      column += width;
    }
    return all;
  }

  dispose(): void {
    this.cell.dispose();
  }

  #named(targets: Targets): Readonly<Record<string, Numbers>> {
    if (typeof targets["length"] !== "number")
      return targets as Readonly<Record<string, Numbers>>;
    if (this.#targets.length > 1)
      throw new TypeError(
        `${this.cell.name} has several targets: give { ${this.#targets.join(", ")} }`,
      );
    return { [this.#targets[0]!]: targets as Numbers };
  }

  #split(values: Floats): Record<string, Numbers> {
    if (this.#parts.length === 1) return { [this.#parts[0]!.name]: values };
    const split: Record<string, Numbers> = {};
    let column = 0;
    for (const { name, width, scratch } of this.#parts) {
      const part = scratch.take(values, this.#rows * width);
      for (let row = 0; row < this.#rows; row++)
        for (let i = 0; i < width; i++)
          part[row * width + i] = values[row * this.width + column + i]!;
      split[name] = part;
      column += width;
    }
    return split;
  }

  /** What each step counts before the reduction; nothing for padding. */
  #stepWeights(
    { steps, batch, lengths }: Sequence,
    given: Numbers | undefined,
  ): Floats {
    const rows = steps * batch;
    if (given && given.length !== rows)
      throw new RangeError(
        `there are ${given.length} weights for ${rows} steps, [T=${steps}, B=${batch}]`,
      );
    const weights = this.#weights.take(this.cell.params, rows);
    for (let t = 0; t < steps; t++)
      for (let b = 0; b < batch; b++) {
        const row = t * batch + b;
        const padding = lengths !== undefined && t >= lengths[b]!;
        weights[row] = padding ? 0 : given ? given[row]! : 1;
      }
    return weights;
  }

  #scale(batch: number, count: number): number {
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

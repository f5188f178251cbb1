/** A loss cell over the output of a model: splits what the model puts out, leaves padding aside, reduces. */
import type { CellInfo, CellNames, Numbers } from "../runtime/info.js";
import type { Floats, Precision } from "../runtime/kernel.js";
import type { CellModule, LoadedCell, LoadOptions } from "../runtime/types.js";
import { checkModule } from "./given.js";
import { checkOnHost } from "./layers/cell-layer.js";
import { LossPlan } from "./loss-plan.js";
import type { Reduction } from "./loss-plan.js";
import { Scratch } from "./sequence.js";
import type { Sequence } from "./sequence.js";
import { emptyRecord } from "../runtime/own.js";

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
  // Callers without types may give nothing, and are told of the sizes.
  options = {} as LoadOptions<N, P> & CriterionOptions<N>,
): Promise<Criterion> {
  checkModule(module, "loadCriterion");
  checkOnHost(module, options);
  const { targets, reduction, ...load } = options;
  const cell = await module.load(load as LoadOptions<N, P>);
  return new Criterion(module, cell as unknown as LoadedCell, {
    targets,
    reduction,
  });
}

export class Criterion {
  readonly #plan: LossPlan;
  readonly #parts: ReadonlyMap<string, Scratch>;
  readonly #weights = new Scratch();
  readonly #gradient = new Scratch();
  #rows = 0;

  constructor(
    readonly info: CellInfo,
    readonly cell: LoadedCell,
    options: CriterionOptions = {},
  ) {
    const { targets, reduction } = options;
    this.#plan = new LossPlan(info, cell.sizes, targets, reduction);
    this.#parts = new Map(
      this.#plan.parts.map(({ name }) => [name, new Scratch()]),
    );
  }

  /** Numbers per step that the model has to put out: the cell's inputs that are no targets, in their order. */
  get width(): number {
    return this.#plan.width;
  }

  get reduction(): Reduction {
    return this.#plan.reduction;
  }

  /** Steps that are padding, and those of weight 0, may hold anything. */
  forward(
    prediction: Sequence<Floats>,
    targets: Targets,
    options: LossOptions = {},
  ): Loss {
    const plan = this.#plan;
    plan.checkPrediction(prediction);
    const { steps, batch, values } = prediction;
    this.#rows = steps * batch;
    const weights = this.#weights.take(this.cell.params, this.#rows);
    const count = plan.fillWeights(weights, prediction, options.weights);
    const inputs: Record<string, Numbers> = {
      ...plan.named(targets),
      ...this.#split(values),
    };
    const { keep = true } = options;
    const rows = plan.rowsOf(prediction, weights);
    const { outputs } = this.cell.forward(inputs, { ...rows, keep });
    const losses = outputs[plan.loss]!;
    let sum = 0;
    for (let row = 0; row < weights.length; row++)
      if (weights[row] !== 0) sum += weights[row]! * losses[row]!;
    const scale = plan.scale(batch, count);
    for (let row = 0; row < weights.length; row++) weights[row]! *= scale;
    return { value: sum * scale, sum, steps: count };
  }

  /** Gradient of the reduced loss by the prediction, `[T, B, width]`. */
  backward(): Floats {
    const { loss, parts, width: all } = this.#plan;
    const { params } = this.cell;
    const weights = this.#weights.take(params, this.#rows);
    const { inputs } = this.cell.backward({ outputs: { [loss]: weights } });
    if (parts.length === 1) return inputs[parts[0]!.name]!;
    const gradient = this.#gradient.take(params, this.#rows * all);
    for (const { name, width, column } of parts) {
      const part = inputs[name]!;
      for (let row = 0; row < this.#rows; row++)
        for (let i = 0; i < width; i++)
          gradient[row * all + column + i] = part[row * width + i]!;
    }
    return gradient;
  }

  dispose(): void {
    this.cell.dispose();
  }

  #split(values: Floats): Record<string, Numbers> {
    const { parts, width: all } = this.#plan;
    if (parts.length === 1) return { [parts[0]!.name]: values };
    const split = emptyRecord<Numbers>();
    for (const { name, width, column } of parts) {
      const part = this.#parts.get(name)!.take(values, this.#rows * width);
      for (let row = 0; row < this.#rows; row++)
        for (let i = 0; i < width; i++)
          part[row * width + i] = values[row * all + column + i]!;
      split[name] = part;
    }
    return split;
  }
}

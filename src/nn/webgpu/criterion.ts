/** A loss cell over the output of a model on a device; the loss is a number of the device until it is read. */
import { checkModule } from "../given.js";
import { checkLength, checkTokens, elements } from "../../runtime/check.js";
import type { CellInfo, CellNames, Numbers } from "../../runtime/info.js";
import type { CellModule } from "../../runtime/types.js";
import { GpuTensor } from "../../runtime/webgpu/tensor.js";
import type { GpuNumbers, LoadedGpuCell } from "../../runtime/webgpu/types.js";
import type {
  CriterionOptions,
  Loss as ReadLoss,
  LossOptions,
} from "../criterion.js";
import { LossPlan } from "../loss-plan.js";
import type { Reduction } from "../loss-plan.js";
import { Scratch } from "../sequence.js";
import { Computed } from "./device/computed.js";
import { GpuMemory } from "./device/memory.js";
import { Operation } from "./device/operation.js";
import { checkDevice } from "./device/same-device.js";
import { Recording } from "./device/recording.js";
import { Sum } from "./device/sum.js";
import { onWebgpu } from "./layers/cell-layer.js";
import type { LayerOptions } from "./layers/cell-layer.js";
import type { GpuSequence } from "./sequence.js";
import { Turns } from "./turns.js";

/** Arrays `[T, B, …]` by the name of the target; a single target may stand alone. */
export type Targets = GpuNumbers | Readonly<Record<string, GpuNumbers>>;

export interface Loss {
  /** The reduced loss, `[1]`, on the device; valid until the next call of `forward`. */
  readonly value: GpuTensor;
  /** Steps that are not padding. */
  readonly steps: number;
  /** Waits for the device, and brings the numbers; before the next call of `forward`. */
  read(): Promise<ReadLoss>;
}

export type LoadCriterionOptions<N extends CellNames> = Omit<
  LayerOptions<N>,
  "input" | "output" | "noise"
> &
  CriterionOptions<N>;

/** Loads the WebGPU kernels of a loss cell, on the device of the model. */
export async function loadCriterion<N extends CellNames>(
  module: CellModule<N>,
  // Callers without types may give nothing, and are told of the sizes.
  options = {} as LoadCriterionOptions<N>,
): Promise<Criterion> {
  checkModule(module, "loadCriterion");
  const { targets, reduction, ...load } = options;
  const cell = await module.load({ ...load, ...onWebgpu(module, options) });
  return new Criterion(module, cell as unknown as LoadedGpuCell, {
    targets,
    reduction,
  });
}

interface Part {
  readonly split: Computed<"columns">;
  readonly join: Operation<"columns">;
}

const likeFloats = new Float32Array(0);

export class Criterion {
  readonly #plan: LossPlan;
  readonly #parts: ReadonlyMap<string, Part>;
  /** Of targets that come from the host, by name. */
  readonly #targets: ReadonlyMap<string, GpuMemory>;
  readonly #counts = new Scratch();
  readonly #memory = new GpuMemory("weights of steps");
  readonly #sum = new Sum("loss");
  readonly #gradient = new GpuMemory("gradient of the prediction");
  readonly #turns = new Turns();
  #weights: GpuTensor | undefined;

  constructor(
    readonly info: CellInfo,
    readonly cell: LoadedGpuCell,
    options: CriterionOptions = {},
  ) {
    onWebgpu(info, cell);
    const { targets, reduction } = options;
    const plan = new LossPlan(info, cell.sizes, targets, reduction);
    this.#plan = plan;
    this.#parts = new Map(
      plan.parts.map(({ name }) => [
        name,
        {
          split: new Computed("columns", `${info.name} ${name}`),
          join: new Operation("columns"),
        },
      ]),
    );
    this.#targets = new Map(
      plan.targets.map((name) => [name, new GpuMemory(`${info.name} ${name}`)]),
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
    prediction: GpuSequence,
    targets: Targets,
    options: LossOptions = {},
  ): Promise<Loss> {
    return this.#turns.take(() => this.#forward(prediction, targets, options));
  }

  async #forward(
    prediction: GpuSequence,
    targets: Targets,
    { weights, keep = true }: LossOptions,
  ): Promise<Loss> {
    const plan = this.#plan;
    const { device } = this.cell;
    plan.checkPrediction(prediction);
    const { steps, batch, values } = prediction;
    checkDevice(`the prediction for ${this.cell.name}`, values, device);
    const { counted, scale, count, rows } = this.#weigh(prediction, weights);
    const before = new Recording(device);
    const inputs = {
      ...this.#given(plan.named(targets), prediction, rows),
      ...this.#split(before, values, [steps, batch]),
    };
    before.submit();
    const { outputs } = await this.cell.forward(inputs, { ...rows, keep });
    const after = new Recording(device);
    const value = this.#sum.record(after, outputs[plan.loss]!, counted);
    after.submit();
    return {
      value,
      steps: count,
      read: async () => {
        const [number] = await value.read();
        return { value: number!, sum: number! / scale, steps: count };
      },
    };
  }

  /** Gradient of the reduced loss by the prediction, `[T, B, width]`. */
  backward(): Promise<GpuTensor> {
    return this.#turns.take(() => this.#backward());
  }

  async #backward(): Promise<GpuTensor> {
    const { loss, parts, width: all } = this.#plan;
    const weights = this.#weights!;
    const { inputs } = await this.cell.backward({
      outputs: { [loss]: weights },
    });
    if (parts.length === 1) return inputs[parts[0]!.name]!;
    const { device } = this.cell;
    const result = this.#gradient.take(device, [...weights.shape, all]);
    const work = new Recording(device);
    for (const { name, width, column } of parts) {
      const a = inputs[name]!;
      this.#parts.get(name)!.join.record(work, {
        count: a.length,
        arrays: { a, result },
        numbers: {
          width,
          fromWidth: width,
          fromColumn: 0,
          intoWidth: all,
          intoColumn: column,
        },
      });
    }
    work.submit();
    return result;
  }

  dispose(): void {
    for (const { split, join } of this.#parts.values()) {
      split.dispose();
      join.dispose();
    }
    for (const memory of this.#targets.values()) memory.dispose();
    this.#memory.dispose();
    this.#sum.dispose();
    this.#gradient.dispose();
    this.cell.dispose();
  }

  /** What each step counts after the reduction, `[T, B]`; what it was multiplied by; how many steps are no padding; the rows of the call. */
  #weigh(
    prediction: GpuSequence,
    given: Numbers | undefined,
  ): {
    readonly counted: GpuTensor;
    readonly scale: number;
    readonly count: number;
    readonly rows: ReturnType<LossPlan["rowsOf"]>;
  } {
    const { steps, batch } = prediction;
    const counts = this.#counts.take(likeFloats, steps * batch);
    const count = this.#plan.fillWeights(counts, prediction, given);
    const rows = this.#plan.rowsOf(prediction, counts);
    const scale = this.#plan.scale(batch, count);
    for (let row = 0; row < counts.length; row++) counts[row]! *= scale;
    const { device } = this.cell;
    this.#weights = this.#memory.fill(device, [steps, batch], counts);
    return { counted: this.#weights, scale, count, rows };
  }

  /** Targets on the device; what is wrong with those of the host is told here, because tensors are not looked at. */
  #given(
    targets: Readonly<Record<string, GpuNumbers>>,
    { steps, batch }: GpuSequence,
    rows: { readonly batch: number; readonly lengths?: Int32Array },
  ): Record<string, GpuNumbers> {
    const { device, sizes, name: cell } = this.cell;
    return Object.fromEntries(
      Object.entries(targets).map(([name, numbers]) => {
        const memory = this.#targets.get(name);
        // The cell tells what it does not know.
        if (!memory || numbers instanceof GpuTensor) return [name, numbers];
        const input = this.info.inputs.find((input) => input.name === name)!;
        const own = input.shape(sizes);
        const shape = [steps, batch, ...own];
        const what = `${cell}: input ${name}`;
        const expected = `[${[`T=${steps}`, `B=${batch}`, ...own].join(", ")}]`;
        checkLength(what, numbers, elements(shape), expected);
        const vocabulary = input.vocabulary?.(sizes);
        const token = vocabulary !== undefined;
        if (token) checkTokens(what, numbers, vocabulary, rows);
        return [name, memory.fill(device, shape, numbers, token)];
      }),
    );
  }

  /** What the model puts out, taken apart for the inputs of the cell. */
  #split(
    into: Recording,
    a: GpuTensor,
    rows: readonly [number, number],
  ): Record<string, GpuNumbers> {
    const { parts, width: all } = this.#plan;
    if (parts.length === 1) return { [parts[0]!.name]: a };
    return Object.fromEntries(
      parts.map(({ name, width, column }) => [
        name,
        this.#parts.get(name)!.split.record(
          into,
          [...rows, width],
          { a },
          {
            width,
            fromWidth: all,
            fromColumn: column,
            intoWidth: width,
            intoColumn: 0,
          },
        ),
      ]),
    );
  }
}

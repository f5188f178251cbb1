/**
 * Bidirectional Recurrent Neural Networks. Schuster and Paliwal, 1997: two layers read a sequence, one from its
 * end. Each entry is reversed within its own length, so that padding is never read.
 */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import {
  checkBidirectional,
  checkSides,
  keepSteps,
  orderOf,
} from "../../layers/sides.js";
import type { Merge, Order } from "../../layers/sides.js";
import type { Pass } from "../../layers/layer.js";
import { Computed } from "../device/computed.js";
import { GpuMemory } from "../device/memory.js";
import { Operation } from "../device/operation.js";
import { Recording } from "../device/recording.js";
import { Lengths } from "../sequence.js";
import type { GpuSequence } from "../sequence.js";
import type { Layer } from "./layer.js";

export class Bidirectional implements Layer {
  readonly parts: { readonly forwards: Layer; readonly backwards: Layer };
  readonly keepsSteps: boolean | undefined;
  readonly #merge: Merge;
  readonly #lengths = new Lengths();
  readonly #turnedInput = new Computed("arrange", "input from its end");
  readonly #turnedOutput = new Computed("arrange", "output turned around");
  readonly #sum = new Computed("add", "sum of two sides");
  readonly #joined = new GpuMemory("two sides");
  readonly #joins = [new Operation("columns"), new Operation("columns")];
  readonly #ofLeft = new Computed("columns", "gradient of the left side");
  readonly #ofRight = new Computed("columns", "gradient of the right side");
  readonly #turnedGradient = new Computed("arrange", "gradient from its end");
  readonly #turnedBack = new Computed("arrange", "gradient turned around");
  readonly #inputGradient = new Computed("add", "gradient of two sides");
  #latest: GpuTensor | undefined;
  #widths: readonly [left: number, right: number] = [0, 0];
  #order: Order = "turn";

  /** Outputs side by side (`concat`, `[T, B, left + right]`) or added up (`sum`). */
  constructor(forwards: Layer, backwards: Layer, merge: Merge = "concat") {
    checkBidirectional(forwards, backwards, merge);
    this.parts = { forwards, backwards };
    this.keepsSteps = keepSteps([forwards, backwards]);
    this.#merge = merge;
  }

  async forward(input: GpuSequence, pass: Pass): Promise<GpuSequence> {
    const { forwards, backwards } = this.parts;
    const { device } = input.values;
    this.#latest = this.#lengths.of(input);
    const before = new Recording(device);
    const turned = this.#arranged(
      "turn",
      before,
      this.#turnedInput,
      input.values,
    );
    before.submit();
    const left = await forwards.forward(input, pass);
    const right = await backwards.forward({ ...input, values: turned }, pass);
    const tokens = left.values.token || right.values.token;
    checkSides(this.#merge, left, right, tokens);
    this.#widths = [left.width, right.width];
    this.#order = orderOf(backwards.keepsSteps, input, left, right);
    const after = new Recording(device);
    const back = this.#arranged(
      this.#order,
      after,
      this.#turnedOutput,
      right.values,
    );
    const merged = this.#merged(after, left, back);
    after.submit();
    return { ...left, ...merged };
  }

  async backward(
    gradient: GpuTensor,
    inputs: boolean,
  ): Promise<GpuTensor | undefined> {
    const { forwards, backwards } = this.parts;
    const before = new Recording(gradient.device);
    const [ofLeft, split] = this.#split(before, gradient);
    const ofRight = this.#arranged(
      this.#order,
      before,
      this.#turnedGradient,
      split,
    );
    before.submit();
    const a = await forwards.backward(ofLeft, inputs);
    const other = await backwards.backward(ofRight, inputs);
    if (!a || !other) return undefined;
    const after = new Recording(gradient.device);
    const b = this.#arranged("turn", after, this.#turnedBack, other);
    const sum = this.#inputGradient.record(after, a.shape, { a, b }, {});
    after.submit();
    return sum;
  }

  dispose(): void {
    for (const each of [
      this.#lengths,
      this.#turnedInput,
      this.#turnedOutput,
      this.#sum,
      this.#joined,
      ...this.#joins,
      this.#ofLeft,
      this.#ofRight,
      this.#turnedGradient,
      this.#turnedBack,
      this.#inputGradient,
    ])
      each.dispose();
  }

  /** Each entry turned around within its length, or as it is; padding becomes zero. */
  #arranged(
    order: Order,
    into: Recording,
    place: Computed<"arrange">,
    a: GpuTensor,
  ): GpuTensor {
    if (order === "none") return a;
    const [, batch, width] = rows(a);
    const lengths = this.#latest!;
    const turn = order === "turn" ? 1 : 0;
    return place.record(into, a.shape, { a, lengths }, { batch, width, turn });
  }

  #merged(
    into: Recording,
    left: GpuSequence,
    back: GpuTensor,
  ): Pick<GpuSequence, "values" | "width"> {
    const { steps, batch, width } = left;
    if (this.#merge === "sum") {
      const arrays = { a: left.values, b: back };
      const values = this.#sum.record(into, left.values.shape, arrays, {});
      return { values, width };
    }
    const all = width + this.#widths[1];
    const values = this.#joined.take(into.compute.device, [steps, batch, all]);
    [left.values, back].forEach((a, i) => {
      const own = this.#widths[i]!;
      this.#joins[i]!.record(into, {
        count: a.length,
        arrays: { a, result: values },
        numbers: {
          width: own,
          fromWidth: own,
          fromColumn: 0,
          intoWidth: all,
          intoColumn: i === 0 ? 0 : width,
        },
      });
    });
    return { values, width: all };
  }

  /** The gradients of both sides. */
  #split(
    into: Recording,
    a: GpuTensor,
  ): readonly [left: GpuTensor, right: GpuTensor] {
    if (this.#merge === "sum") return [a, a];
    const [steps, batch, all] = rows(a);
    const [left, right] = this.#widths;
    const columns = (
      place: Computed<"columns">,
      width: number,
      fromColumn: number,
    ): GpuTensor =>
      place.record(
        into,
        [steps, batch, width],
        { a },
        { width, fromWidth: all, fromColumn, intoWidth: width, intoColumn: 0 },
      );
    return [
      columns(this.#ofLeft, left, 0),
      columns(this.#ofRight, right, left),
    ];
  }
}

type Rows = readonly [steps: number, batch: number, width: number];

const rows = ({ shape: [steps, batch, ...own] }: GpuTensor): Rows => [
  steps!,
  batch!,
  own.reduce((product, extent) => product * extent, 1),
];

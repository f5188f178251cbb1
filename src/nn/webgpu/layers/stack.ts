/** Layers one behind the other. */
import { checkStack } from "../../given.js";
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import type { Pass } from "../../layers/layer.js";
import type { GpuSequence } from "../sequence.js";
import { keepSteps } from "../../layers/sides.js";
import type { Layer } from "./layer.js";

export class Stack implements Layer {
  readonly parts: Readonly<Record<string, Layer>>;
  readonly keepsSteps: boolean | undefined;
  readonly #layers: readonly Layer[];

  /** Layers in their order: a list, or a record whose names name the parameters (`rnn.W_i`). */
  constructor(layers: readonly Layer[] | Readonly<Record<string, Layer>>) {
    checkStack(layers);
    this.parts = { ...layers } as Readonly<Record<string, Layer>>;
    this.#layers = Object.values(layers);
    this.keepsSteps = keepSteps(this.#layers);
  }

  async forward(input: GpuSequence, pass: Pass): Promise<GpuSequence> {
    let value = input;
    for (const layer of this.#layers) value = await layer.forward(value, pass);
    return value;
  }

  async backward(
    gradient: GpuTensor,
    inputs: boolean,
  ): Promise<GpuTensor | undefined> {
    let value: GpuTensor | undefined = gradient;
    for (let i = this.#layers.length - 1; i >= 0 && value; i--)
      value = await this.#layers[i]!.backward(value, inputs || i > 0);
    return value;
  }

  /** Holds nothing of its own. */
  dispose(): void {}
}

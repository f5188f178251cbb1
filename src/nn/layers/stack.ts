/** Layers one behind the other: deep networks, and read-outs behind recurrent layers. */
import { checkStack } from "../given.js";
import type { Floats } from "../../runtime/kernel.js";
import type { Sequence } from "../sequence.js";
import { keepSteps } from "./sides.js";
import type { Layer, Pass } from "./layer.js";

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

  forward(input: Sequence, pass: Pass): Sequence {
    let value = input;
    for (const layer of this.#layers) value = layer.forward(value, pass);
    return value;
  }

  backward(gradient: Floats, inputs: boolean): Floats | undefined {
    let value: Floats | undefined = gradient;
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      value = this.#layers[i]!.backward(value, inputs || i > 0);
      if (!value) break;
    }
    return value;
  }
}

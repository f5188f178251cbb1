/** Dropout between layers. Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, 2014; scaled while training. */
import { checkNumbers } from "../given.js";
import type { Floats } from "../../runtime/kernel.js";
import { Scratch } from "../sequence.js";
import type { Sequence } from "../sequence.js";
import type { Layer, Pass } from "./layer.js";
import { dropoutNoise, fillNoise, noDropoutOfTokens } from "./noise.js";
import type { DropoutOptions, Noise } from "./noise.js";

export class Dropout implements Layer {
  readonly parts = {};
  readonly keepsSteps = true;
  readonly #noise: Noise;
  readonly #variational: boolean;
  readonly #mask = new Scratch();
  readonly #output = new Scratch();
  readonly #gradient = new Scratch();
  /** Of the latest pass; none where nothing was dropped. */
  #drawn: Floats | undefined;

  /** @param rate probability that a number is dropped */
  constructor(rate: number, options: DropoutOptions = {}) {
    this.#noise = dropoutNoise(rate);
    checkNumbers("Dropout", options, { variational: "switch" });
    this.#variational = options.variational ?? false;
  }

  forward(input: Sequence, { random }: Pass): Sequence {
    if (input.values instanceof Int32Array) throw noDropoutOfTokens();
    this.#drawn = undefined;
    if (!random || this.#noise.chance === 1) return input;
    const values = input.values as Floats;
    const row = input.batch * input.width;
    const drawn = this.#mask.take(
      values,
      this.#variational ? row : values.length,
    );
    fillNoise(drawn, this.#noise, random);
    this.#drawn = drawn;
    return { ...input, values: this.#masked(values, this.#output) };
  }

  backward(gradient: Floats): Floats {
    return this.#drawn ? this.#masked(gradient, this.#gradient) : gradient;
  }

  #masked(values: Floats, scratch: Scratch): Floats {
    const mask = this.#drawn!;
    const result = scratch.take(values, values.length);
    const row = mask.length;
    // What is dropped is zero, whatever stands there.
    for (let from = 0; from < values.length; from += row)
      for (let i = 0; i < row; i++)
        result[from + i] = mask[i] === 0 ? 0 : values[from + i]! * mask[i]!;
    return result;
  }
}

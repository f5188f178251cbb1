/** Dropout between layers. Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, 2014; scaled while training. */
import type { Floats } from "../../runtime/kernel.js";
import { Scratch } from "../sequence.js";
import type { Sequence } from "../sequence.js";
import type { Layer, Pass } from "./layer.js";
import { dropoutNoise, fillNoise } from "./noise.js";
import type { Noise } from "./noise.js";

export class Dropout implements Layer {
  readonly parts = {};
  readonly #noise: Noise;
  readonly #variational: boolean;
  readonly #mask = new Scratch();
  readonly #output = new Scratch();
  readonly #gradient = new Scratch();
  /** Of the latest pass; none where nothing was dropped. */
  #drawn: Floats | undefined;

  /**
   * @param rate probability that a number is dropped
   * @param options `variational`: one mask for all steps of a sequence (Gal and Ghahramani, 2016)
   */
  constructor(rate: number, options: { readonly variational?: boolean } = {}) {
    this.#noise = dropoutNoise(rate);
    this.#variational = options.variational ?? false;
  }

  forward(input: Sequence, { random }: Pass): Sequence {
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
    for (let from = 0; from < values.length; from += row)
      for (let i = 0; i < row; i++)
        result[from + i] = values[from + i]! * mask[i]!;
    return result;
  }
}

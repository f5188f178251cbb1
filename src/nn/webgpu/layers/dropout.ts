/** Dropout between layers, with masks that the host draws: the same as in `cellc/nn` for the same generator. */
import { checkNumbers } from "../../given.js";
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import type { Pass } from "../../layers/layer.js";
import {
  dropoutNoise,
  fillNoise,
  noDropoutOfTokens,
} from "../../layers/noise.js";
import type { DropoutOptions, Noise } from "../../layers/noise.js";
import { Scratch } from "../../sequence.js";
import { Computed } from "../device/computed.js";
import { GpuMemory } from "../device/memory.js";
import { Recording } from "../device/recording.js";
import type { GpuSequence } from "../sequence.js";
import type { Layer } from "./layer.js";

const likeFloats = new Float32Array(0);

export class Dropout implements Layer {
  readonly parts = {};
  readonly keepsSteps = true;
  readonly #noise: Noise;
  readonly #variational: boolean;
  readonly #drawn = new Scratch();
  readonly #memory = new GpuMemory("mask of dropout");
  readonly #output = new Computed("mask", "dropout");
  readonly #gradient = new Computed("mask", "gradient of dropout");
  /** Of the latest pass; none where nothing was dropped. */
  #mask: GpuTensor | undefined;

  /** @param rate probability that a number is dropped */
  constructor(rate: number, options: DropoutOptions = {}) {
    this.#noise = dropoutNoise(rate);
    checkNumbers("Dropout", options, { variational: "switch" });
    this.#variational = options.variational ?? false;
  }

  async forward(input: GpuSequence, { random }: Pass): Promise<GpuSequence> {
    if (input.values.token) throw noDropoutOfTokens();
    this.#mask = undefined;
    if (!random || this.#noise.chance === 1) return input;
    const { values, steps, batch, width } = input;
    const shape = [this.#variational ? 1 : steps, batch, width];
    const drawn = this.#drawn.take(likeFloats, shape[0]! * batch * width);
    fillNoise(drawn, this.#noise, random);
    this.#mask = this.#memory.fill(values.device, shape, drawn);
    return { ...input, values: this.#masked(values, this.#output) };
  }

  async backward(gradient: GpuTensor): Promise<GpuTensor> {
    return this.#mask ? this.#masked(gradient, this.#gradient) : gradient;
  }

  dispose(): void {
    this.#memory.dispose();
    this.#output.dispose();
    this.#gradient.dispose();
  }

  #masked(a: GpuTensor, into: Computed<"mask">): GpuTensor {
    const mask = this.#mask!;
    const work = new Recording(a.device);
    const result = into.record(
      work,
      a.shape,
      { a, mask },
      { period: mask.length },
    );
    work.submit();
    return result;
  }
}

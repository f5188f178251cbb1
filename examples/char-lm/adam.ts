/** Adam (Kingma and Ba, 2014) over one flat vector, with clipping by the norm of the whole gradient. */
export class Adam {
  readonly #mean: Float32Array;
  readonly #square: Float32Array;
  #step = 0;

  constructor(
    readonly params: Float32Array,
    readonly grads: Float32Array,
    /** Gradients of a larger norm are scaled down to it (Pascanu, Mikolov, Bengio, 2013). */
    readonly largestNorm = 1,
  ) {
    this.#mean = new Float32Array(params.length);
    this.#square = new Float32Array(params.length);
  }

  update(rate: number): void {
    const { params, grads } = this;
    const [decayMean, decaySquare] = [0.9, 0.999];
    let norm = 0;
    for (let i = 0; i < grads.length; i++) norm += grads[i]! * grads[i]!;
    norm = Math.sqrt(norm);
    const scale = norm > this.largestNorm ? this.largestNorm / norm : 1;
    this.#step++;
    const meanBias = 1 - decayMean ** this.#step;
    const squareBias = 1 - decaySquare ** this.#step;
    const size = (rate * Math.sqrt(squareBias)) / meanBias;
    for (let i = 0; i < params.length; i++) {
      const grad = grads[i]! * scale;
      const mean = (this.#mean[i]! +=
        (1 - decayMean) * (grad - this.#mean[i]!));
      const square = (this.#square[i]! +=
        (1 - decaySquare) * (grad * grad - this.#square[i]!));
      params[i]! -= (size * mean) / (Math.sqrt(square) + 1e-8);
    }
  }
}

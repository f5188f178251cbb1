/** Random numbers from a seed, with a state that can be saved: masks, noise, shuffling, sampling. */
import { checkNumber } from "./given.js";
import {
  xoroshiro128plus,
  xoroshiro128plusFromState,
} from "pure-rand/generator/xoroshiro128plus";
import type { Floats } from "../runtime/kernel.js";
import type { Persistent, Snapshot } from "./snapshot.js";

export class Random implements Persistent {
  #generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number) {
    checkNumber("the seed of Random", seed, {
      least: Number.MIN_SAFE_INTEGER,
      whole: true,
    });
    this.#generator = xoroshiro128plus(seed);
    // Neighbouring seeds give like numbers at first.
    for (let i = 0; i < 64; i++) this.#generator.next();
  }

  /** Uniform in [0, 1), a multiple of 2⁻³². */
  uniform(): number {
    return (this.#generator.next() >>> 0) / 2 ** 32;
  }

  /** Uniform in 0 … below − 1. */
  integer(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** Fills `array` with independent normal numbers (Box and Muller, 1958). */
  fillNormal(array: Floats, sd: number): void {
    for (let i = 0; i < array.length; i += 2) {
      const radius = sd * Math.sqrt(-2 * Math.log(1 - this.uniform()));
      const angle = 2 * Math.PI * this.uniform();
      array[i] = radius * Math.cos(angle);
      if (i + 1 < array.length) array[i + 1] = radius * Math.sin(angle);
    }
  }

  /** In place, every order as likely as any other (Fisher and Yates). */
  shuffle<T>(array: T[]): T[] {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [array[i], array[j]] = [array[j]!, array[i]!];
    }
    return array;
  }

  /** An index drawn with probability softmax(logits / temperature). */
  draw(logits: ArrayLike<number>, temperature = 1): number {
    let largest = -Infinity;
    for (let i = 0; i < logits.length; i++)
      largest = Math.max(largest, logits[i]!);
    const weights = Array.from(logits, (logit) =>
      Math.exp((logit - largest) / temperature),
    );
    let rest = this.uniform() * weights.reduce((a, b) => a + b, 0);
    const found = weights.findIndex((weight) => (rest -= weight) < 0);
    // Rounding may leave a rest behind the last one.
    return found < 0 ? weights.length - 1 : found;
  }

  save(): Snapshot {
    const state = this.#generator.getState();
    return {
      tensors: {},
      numbers: Object.fromEntries(state.map((word, i) => [`word${i}`, word])),
    };
  }

  restore({ numbers }: Snapshot): void {
    const words = [0, 1, 2, 3].map((i) => numbers[`word${i}`]);
    if (!words.every((word) => word === (word! | 0)) || !words.some(Boolean))
      throw new Error(
        "the state of a generator is four whole numbers of 32 bits, not all of them 0",
      );
    this.#generator = xoroshiro128plusFromState(words as number[]);
  }
}

/** Random numbers from a seed, with a state that can be saved: masks, noise, shuffling, sampling. */
import { checkNumber } from "./given.js";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { Floats } from "../runtime/kernel.js";
import type { Persistent, Snapshot } from "./snapshot.js";

/** The seed of one of a model's cells: another one for each, also where the model's fills all the bits of a number. */
export const cellSeed = (seed: number, cell: number): number =>
  Number(BigInt.asUintN(53, BigInt(seed) * 65537n + BigInt(cell)));

export class Random implements Persistent {
  #generator: ReturnType<typeof xoroshiro128plusFromState>;

  /** @param seed any whole number that JavaScript holds exactly; each gives numbers of its own */
  constructor(seed: number) {
    checkNumber("the seed of Random", seed, {
      least: Number.MIN_SAFE_INTEGER,
      whole: true,
    });
    const low = seed | 0;
    const high = (seed - low) / 2 ** 32;
    // Seeds of 32 bits give what pure-rand's own constructor makes of them.
    this.#generator = xoroshiro128plusFromState([-1, ~low, low, high]);
    // Neighbouring seeds give like numbers at first.
    for (let i = 0; i < 64; i++) this.#generator.next();
  }

  /** Uniform in [0, 1), a multiple of 2⁻³². */
  uniform(): number {
    return (this.#generator.next() >>> 0) / 2 ** 32;
  }

  /** Uniform in 0 … below − 1, for at most 2³² of them. */
  integer(below: number): number {
    checkNumber("what integer draws below", below, {
      least: 1,
      most: 2 ** 32,
      whole: true,
    });
    return Math.floor(this.uniform() * below);
  }

  /** Fills `array` with independent normal numbers (Box and Muller, 1958). */
  fillNormal(array: Floats, sd: number): void {
    checkNumber("the standard deviation of fillNormal", sd);
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

  /**
   * An index drawn with probability softmax(logits / temperature). At temperature 0, which draws nothing, it is the
   * first of the largest logits. Logits of −Infinity are never drawn, and those of Infinity alone where there are any.
   */
  draw(logits: ArrayLike<number>, temperature = 1): number {
    checkNumber("the temperature", temperature);
    const largest = largestOf(logits);
    if (temperature === 0) return Array.prototype.indexOf.call(logits, largest);
    const weights = Array.from(logits, (logit) =>
      logit === largest ? 1 : Math.exp((logit - largest) / temperature),
    );
    let rest = this.uniform() * weights.reduce((a, b) => a + b, 0);
    const found = weights.findIndex((weight) => (rest -= weight) < 0);
    // Rounding may leave a rest behind the last one that can be drawn.
    return found < 0 ? weights.findLastIndex((weight) => weight > 0) : found;
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

/** The largest of logits that something can be drawn from. */
function largestOf(logits: ArrayLike<number>): number {
  if (logits.length === 0)
    throw new RangeError("there are no logits to draw from");
  let largest = -Infinity;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i]!;
    if (typeof logit !== "number" || Number.isNaN(logit))
      throw new RangeError(
        `logit ${i} is ${String(logit)}: numbers are wanted to draw from`,
      );
    if (logit > largest) largest = logit;
  }
  if (largest === -Infinity)
    throw new RangeError(
      `all ${logits.length} logits are -Infinity: none of them can be drawn`,
    );
  return largest;
}

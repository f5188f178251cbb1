/** The norm of a gradient on a device, in three dispatches as `Sum`, and what it takes to clip it. */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import { sharesOfSum } from "./grid.js";
import { GpuMemory } from "./memory.js";
import {
  found,
  infinite,
  notANumber,
  pieceLength,
  powerOffset,
} from "./norm-kernels.js";
import { Operation } from "./operation.js";
import type { Recording } from "./recording.js";

export class Norm {
  readonly #pieces = new Operation("norm_pieces");
  readonly #fold = new Operation("norm_fold");
  readonly #end = new Operation("norm_end");
  readonly #memories = ["pieces of a norm", "parts of a norm", "norm"].map(
    (name) => new GpuMemory(name),
  );

  /** @returns what stands where `found` says */
  record(into: Recording, a: GpuTensor, limit: number): GpuTensor {
    const { length } = a;
    const [first, second] = sharesOfSum(length);
    const [pieces, parts, result] = [
      first * pieceLength,
      second * pieceLength,
      found.length,
    ].map((size, i) =>
      this.#memories[i]!.take(into.compute.device, [size]),
    ) as [GpuTensor, GpuTensor, GpuTensor];
    this.#pieces.record(into, {
      count: first,
      arrays: { a, result: pieces },
      numbers: { length },
    });
    this.#fold.record(into, {
      count: second,
      arrays: { a: pieces, result: parts },
      numbers: { length: first },
    });
    this.#end.record(into, {
      count: 1,
      arrays: { a: parts, result },
      numbers: { length: second, ...partsOf(limit) },
    });
    return result;
  }

  dispose(): void {
    for (const operation of [this.#pieces, this.#fold, this.#end])
      operation.dispose();
    for (const memory of this.#memories) memory.dispose();
  }
}

/** A limit of any size, infinity too, as numbers of the call. */
function partsOf(limit: number): {
  readonly mantissa: number;
  readonly power: number;
} {
  if (limit === Infinity) return { mantissa: 1, power: 2 * powerOffset };
  const power = Math.floor(Math.log2(limit));
  // In two steps: the smallest numbers have powers whose inverse is infinite.
  const half = Math.trunc(power / 2);
  const mantissa = limit / 2 ** half / 2 ** (power - half);
  return { mantissa, power: power + powerOffset };
}

/** The norm in float64, from numbers that were read: finite wherever the gradient is. */
export function normOf(numbers: ArrayLike<number>): number {
  const exponent = numbers[found.exponent]!;
  return exponent < infinite
    ? numbers[found.root]! * 2 ** (exponent - 127)
    : kindOf(exponent);
}

/** What an exponent that is none of a finite number stands for. */
export const kindOf = (exponent: number): number =>
  exponent < notANumber ? Infinity : NaN;

/** A whole number in two halves of 16 bits. */
export const joined = (numbers: ArrayLike<number>, at: number): number =>
  numbers[at]! * 2 ** 16 + numbers[at + 1]!;

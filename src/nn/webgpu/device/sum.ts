/**
 * Σ a · b over two tensors of one length, in a fixed order: in three dispatches, each over fewer invocations. None
 * waits for another: barriers take adapters in software hundreds of times as long as the sum.
 */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import { sharesOfSum } from "./grid.js";
import { GpuMemory } from "./memory.js";
import { Operation } from "./operation.js";
import type { Recording } from "./recording.js";

export class Sum {
  readonly #dot = new Operation("dot");
  readonly #fold = new Operation("fold");
  readonly #ending = new Operation("fold");
  readonly #memories: readonly GpuMemory[];

  constructor(name: string) {
    this.#memories = [`pieces of ${name}`, `parts of ${name}`, name].map(
      (name) => new GpuMemory(name),
    );
  }

  /** @returns `[1]` */
  record(into: Recording, a: GpuTensor, b: GpuTensor): GpuTensor {
    const { length } = a;
    const [first, second] = sharesOfSum(length);
    const [pieces, parts, result] = [first, second, 1].map((length, i) =>
      this.#memories[i]!.take(into.compute.device, [length]),
    ) as [GpuTensor, GpuTensor, GpuTensor];
    this.#dot.record(into, {
      count: first,
      arrays: { a, b, result: pieces },
      numbers: { length },
    });
    this.#fold.record(into, {
      count: second,
      arrays: { a: pieces, result: parts },
      numbers: { length: first },
    });
    this.#ending.record(into, {
      count: 1,
      arrays: { a: parts, result },
      numbers: { length: second },
    });
    return result;
  }

  dispose(): void {
    this.#dot.dispose();
    this.#fold.dispose();
    this.#ending.dispose();
    for (const memory of this.#memories) memory.dispose();
  }
}

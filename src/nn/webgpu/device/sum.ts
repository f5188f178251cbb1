/** Σ a · b over two tensors of one length, in a fixed order, in two dispatches. */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import { gridOfSum } from "./grid.js";
import type { NumberName } from "./kernels.js";
import { GpuMemory } from "./memory.js";
import { Operation } from "./operation.js";
import type { Recording } from "./recording.js";

/** What becomes of the sum: it is left as it is, or taken for the square of a norm. */
type Ending = "total" | "clip_scale";

export class Sum<E extends Ending> {
  readonly #dot = new Operation("dot");
  readonly #ending: Operation<E>;
  readonly #pieces: GpuMemory;
  readonly #result: GpuMemory;

  constructor(ending: E, name: string) {
    this.#ending = new Operation(ending);
    this.#pieces = new GpuMemory(`${name}, in pieces`);
    this.#result = new GpuMemory(name);
  }

  /** @returns `[2]`; \`total\` fills the first number only */
  record(
    into: Recording,
    a: GpuTensor,
    b: GpuTensor,
    numbers: Readonly<Record<NumberName<E>, number>>,
  ): GpuTensor {
    const { device } = into.compute;
    const groups = gridOfSum(a.length);
    const pieces = this.#pieces.take(device, [groups]);
    const result = this.#result.take(device, [2]);
    this.#dot.record(into, {
      count: a.length,
      arrays: { a, b, pieces },
      numbers: {},
      groups,
    });
    (this.#ending as Operation<Ending>).record(into, {
      count: groups,
      arrays: { pieces, result },
      numbers: numbers as Readonly<Record<"limit", number>>,
      groups: 1,
    });
    return result;
  }

  dispose(): void {
    this.#dot.dispose();
    this.#ending.dispose();
    this.#pieces.dispose();
    this.#result.dispose();
  }
}

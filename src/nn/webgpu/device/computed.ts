/** A kernel with memory for its result, which the next call overwrites. */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import type { ArrayName, KernelName, NumberName } from "./kernels.js";
import { GpuMemory } from "./memory.js";
import { Operation } from "./operation.js";
import type { Call } from "./operation.js";
import type { Recording } from "./recording.js";

/** Kernels that write one array, `result`. */
type ResultKernel = {
  [K in KernelName]: "result" extends ArrayName<K> ? K : never;
}[KernelName];

export class Computed<K extends ResultKernel> {
  readonly #operation: Operation<K>;
  readonly #memory: GpuMemory;

  constructor(kernel: K, name: string) {
    this.#operation = new Operation(kernel);
    this.#memory = new GpuMemory(name);
  }

  /** Records the kernel over as many elements as the result has. */
  record(
    into: Recording,
    shape: readonly number[],
    arrays: Readonly<Record<Exclude<ArrayName<K>, "result">, GpuTensor>>,
    numbers: Readonly<Record<NumberName<K>, number>>,
  ): GpuTensor {
    // Tokens stay tokens, wherever they are moved to.
    const { a } = arrays as { readonly a?: GpuTensor };
    const { device } = into.compute;
    const result = this.#memory.take(device, shape, a?.token);
    this.#operation.record(into, {
      count: result.length,
      arrays: { ...arrays, result } as Call<K>["arrays"],
      numbers,
    });
    return result;
  }

  dispose(): void {
    this.#operation.dispose();
    this.#memory.dispose();
  }
}

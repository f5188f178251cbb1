/** The storage buffers of a cell, which grow with its calls. */
import type { GpuGroup } from "./description.js";
import type { GpuLayout } from "./layout.js";
import { bytes, usage } from "./usage.js";

/** In the order of their bindings, from 1 on. */
const groups = [
  "params",
  "given",
  "work",
  "adjoint",
  "grads",
  "panels",
] as const satisfies readonly (GpuGroup | "panels")[];

export class Buffers {
  readonly #buffers = new Map<GpuGroup | "panels", GPUBuffer>();

  constructor(
    readonly device: GPUDevice,
    readonly cell: string,
  ) {}

  get(group: GpuGroup): GPUBuffer {
    return this.#buffers.get(group)!;
  }

  has(buffer: GPUBuffer): boolean {
    return [...this.#buffers.values()].includes(buffer);
  }

  get bindings(): GPUBindGroupEntry[] {
    return groups.map((group, i) => ({
      binding: i + 1,
      resource: { buffer: this.#buffers.get(group)! },
    }));
  }

  /** Throws a `RangeError` that names the limit of the device which the layout would break. */
  check(layout: GpuLayout): void {
    const { limits } = this.device;
    const { steps, batch } = layout.rows;
    for (const group of groups) {
      const size = layout.groupLength(group) * bytes;
      for (const name of [
        "maxStorageBufferBindingSize",
        "maxBufferSize",
      ] as const)
        if (size > limits[name])
          throw new RangeError(
            `${this.cell}: ${steps} steps of ${batch} entries need ${size} bytes in the buffer \`${group}\`; the device's ${name} is ${limits[name]}`,
          );
    }
  }

  /** Makes buffers that are missing or too short; gives back those that were replaced. */
  grow(layout: GpuLayout): GPUBuffer[] {
    const old: GPUBuffer[] = [];
    for (const group of groups) {
      const size = Math.max(layout.groupLength(group), 4) * bytes;
      const before = this.#buffers.get(group);
      if (before && before.size >= size) continue;
      if (before) old.push(before);
      this.#buffers.set(
        group,
        this.device.createBuffer({
          label: `${this.cell} ${group}`,
          size,
          usage: usage.storage | usage.copySource | usage.copyTarget,
        }),
      );
    }
    return old;
  }

  destroy(): void {
    for (const buffer of this.#buffers.values()) buffer.destroy();
  }
}

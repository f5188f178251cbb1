/** What kernels read of sizes and places: a table for each kernel, and the ranges of steps of dispatches. */
import type { GpuDescription } from "./description.js";
import type { CallValues, GpuLayout } from "./layout.js";
import { bytes, usage } from "./usage.js";

/** Uniform bindings begin at a whole number of so many bytes; no device asks for more. */
const uniformStep = 256;

const up = (size: number): number =>
  Math.ceil(size / uniformStep) * uniformStep;

/** The tables of all kernels in one buffer. */
export class Tables {
  readonly #buffer: GPUBuffer;
  readonly #offsets: readonly number[];
  #contents = new Int32Array(0);

  constructor(
    readonly device: GPUDevice,
    readonly description: GpuDescription,
  ) {
    const offsets: number[] = [];
    let end = 0;
    for (const { fields } of description.kernels) {
      offsets.push(end);
      end += up(Math.max(fields.length, 1) * bytes);
    }
    this.#offsets = offsets;
    this.#buffer = device.createBuffer({
      label: `${description.cell} tables`,
      size: Math.max(end, uniformStep),
      usage: usage.uniform | usage.copyTarget,
    });
  }

  binding(kernel: number): GPUBufferBinding {
    const { fields } = this.description.kernels[kernel]!;
    return {
      buffer: this.#buffer,
      offset: this.#offsets[kernel]!,
      size: Math.max(fields.length, 1) * bytes,
    };
  }

  /** Nothing is written where nothing has changed. */
  write(layout: GpuLayout, call: CallValues): void {
    const contents = new Int32Array(this.#buffer.size / bytes);
    this.description.kernels.forEach(({ fields }, i) =>
      fields.forEach((field, k) => {
        contents[this.#offsets[i]! / bytes + k] = layout.field(field, call);
      }),
    );
    if (
      contents.length === this.#contents.length &&
      contents.every((value, i) => value === this.#contents[i])
    )
      return;
    this.#contents = contents;
    this.device.queue.writeBuffer(this.#buffer, 0, contents);
  }

  destroy(): void {
    this.#buffer.destroy();
  }
}

/** Numbers of a range: its first step, how many there are, whether all results are wanted. */
const rangeFields = 3;

/** Ranges of steps, each at a dynamic offset of one binding. */
export class Ranges {
  readonly #slots = new Map<string, number>();
  #written = 0;
  #made: { buffer: GPUBuffer; group: GPUBindGroup } | undefined;

  constructor(
    readonly device: GPUDevice,
    readonly layout: GPUBindGroupLayout,
    readonly cell: string,
  ) {}

  get group(): GPUBindGroup {
    return this.#made!.group;
  }

  clear(): void {
    this.#slots.clear();
    this.#written = 0;
  }

  /** The byte at which a range stands. */
  offset(start: number, steps: number, wanted: boolean): number {
    const key = `${start} ${steps} ${wanted ? 1 : 0}`;
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = this.#slots.size;
      this.#slots.set(key, slot);
    }
    return slot * uniformStep;
  }

  /** Brings new ranges to the device; gives back a buffer that was replaced. */
  write(): GPUBuffer[] {
    if (this.#written === this.#slots.size && this.#made) return [];
    this.#written = this.#slots.size;
    const size = Math.max(this.#slots.size, 1) * uniformStep;
    const old =
      this.#made && this.#made.buffer.size < size ? [this.#made.buffer] : [];
    if (!this.#made || old.length > 0) {
      const buffer = this.device.createBuffer({
        label: `${this.cell} ranges of steps`,
        size: 2 * size,
        usage: usage.uniform | usage.copyTarget,
      });
      const group = this.device.createBindGroup({
        layout: this.layout,
        entries: [
          { binding: 0, resource: { buffer, size: rangeFields * bytes } },
        ],
      });
      this.#made = { buffer, group };
    }
    const contents = new Int32Array(size / bytes);
    for (const [key, slot] of this.#slots)
      contents.set(key.split(" ").map(Number), (slot * uniformStep) / bytes);
    this.device.queue.writeBuffer(this.#made.buffer, 0, contents);
    return old;
  }

  destroy(): void {
    this.#made?.buffer.destroy();
  }
}

/** Memory on a device that grows when it has to and is used again otherwise. */
import { elements } from "../../../runtime/check.js";
import type { Numbers } from "../../../runtime/info.js";
import { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import { bytes, usage } from "../../../runtime/webgpu/usage.js";
import { computeOf } from "./compute.js";

export class GpuMemory {
  #device: GPUDevice | undefined;
  #buffer: GPUBuffer | undefined;
  #staging = new Float32Array(0);
  #taken = 0;

  /** @param name what it holds, for messages */
  constructor(readonly name: string) {}

  /** A tensor of that shape, whatever is in it. It takes the place of the one before. */
  take(device: GPUDevice, shape: readonly number[], token = false): GpuTensor {
    const length = elements(shape);
    this.#grow(device, Math.max(length, 1) * bytes);
    this.#taken++;
    const taken = this.#taken;
    return new GpuTensor(
      shape,
      { buffer: this.#buffer!, offset: 0, length },
      {
        cell: this.name,
        readback: computeOf(device).readback,
        valid: () => this.#taken === taken,
      },
      token,
    );
  }

  /** A tensor with these numbers, which are copied at once. */
  fill(
    device: GPUDevice,
    shape: readonly number[],
    numbers: Numbers,
    token = false,
  ): GpuTensor {
    const tensor = this.take(device, shape, token);
    this.write(tensor, numbers);
    return tensor;
  }

  /** Puts numbers into a tensor of this memory, from its element `from` on. */
  write(tensor: GpuTensor, numbers: Numbers, from = 0): void {
    tensor.device.queue.writeBuffer(
      tensor.piece.buffer,
      (tensor.piece.offset + from) * bytes,
      this.#floats(numbers),
    );
  }

  dispose(): void {
    this.#taken++;
    this.#buffer?.destroy();
    this.#buffer = undefined;
    this.#device = undefined;
  }

  #floats(numbers: Numbers): Float32Array<ArrayBuffer> {
    if (
      numbers instanceof Float32Array &&
      numbers.buffer instanceof ArrayBuffer
    )
      return numbers as Float32Array<ArrayBuffer>;
    if (this.#staging.length < numbers.length)
      this.#staging = new Float32Array(numbers.length);
    const floats = this.#staging.subarray(0, numbers.length);
    floats.set(numbers);
    return floats;
  }

  #grow(device: GPUDevice, size: number): void {
    if (this.#device !== device) this.dispose();
    if (this.#buffer && this.#buffer.size >= size) return;
    const { limits } = device;
    for (const limit of [
      "maxStorageBufferBindingSize",
      "maxBufferSize",
    ] as const)
      if (size > limits[limit])
        throw new RangeError(
          `${this.name}: ${size} bytes are needed in one buffer; the device's ${limit} is ${limits[limit]}`,
        );
    this.#buffer?.destroy();
    this.#device = device;
    this.#buffer = device.createBuffer({
      label: this.name,
      size,
      usage: usage.storage | usage.copySource | usage.copyTarget,
    });
  }
}

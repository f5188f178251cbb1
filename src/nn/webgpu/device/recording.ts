/** Commands that go to the device together: dispatches, copies and clears, in the order in which they are recorded. */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import { bytes } from "../../../runtime/webgpu/usage.js";
import { computeOf } from "./compute.js";
import type { Compute } from "./compute.js";

export class Recording {
  readonly compute: Compute;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;

  constructor(device: GPUDevice) {
    this.compute = computeOf(device);
  }

  /** Where dispatches go. */
  get pass(): GPUComputePassEncoder {
    return (this.#pass ??= this.#between().beginComputePass());
  }

  /** Of tensors of one length, which do not lie in one buffer. */
  copy(from: GpuTensor, into: GpuTensor): void {
    if (from.length !== into.length)
      throw new RangeError(
        `${from.length} numbers do not fit where there are ${into.length}`,
      );
    if (from.length === 0) return;
    const { buffer, offset } = from.piece;
    // `buffer` in place of `piece`: a cell is to know that its parameters are not what they were.
    this.#between().copyBufferToBuffer(
      buffer,
      offset * bytes,
      into.buffer,
      into.byteOffset,
      from.length * bytes,
    );
  }

  /** Zeros in `length` numbers of a tensor, `from` numbers behind its first one. */
  clear(tensor: GpuTensor, from = 0, length = tensor.length): void {
    if (length === 0) return;
    const { buffer, offset } = tensor.piece;
    this.#between().clearBuffer(
      buffer,
      (offset + from) * bytes,
      length * bytes,
    );
  }

  /** Hands everything to the device; nothing where nothing was recorded. */
  submit(): void {
    if (this.#encoder === undefined) return;
    this.compute.device.queue.submit([this.#between().finish()]);
  }

  /** The encoder outside of a pass. */
  #between(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = undefined;
    return (this.#encoder ??= this.compute.device.createCommandEncoder());
  }
}

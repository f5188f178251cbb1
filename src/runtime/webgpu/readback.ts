/** Reads numbers back from the device: all that is asked for in one turn comes in one copy. */
import { bytes, mapForReading, usage } from "./usage.js";

interface Request {
  readonly buffer: GPUBuffer;
  /** In bytes. */
  readonly offset: number;
  readonly length: number;
  readonly resolve: (numbers: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

export class Readback {
  #requests: Request[] = [];

  constructor(readonly device: GPUDevice) {}

  /** `length` numbers, `offset` bytes into the buffer, as they are after all that was submitted before. */
  read(
    buffer: GPUBuffer,
    offset: number,
    length: number,
  ): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      this.#requests.push({ buffer, offset, length, resolve, reject });
      if (this.#requests.length === 1) queueMicrotask(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    const requests = this.#requests;
    this.#requests = [];
    const total = requests.reduce((sum, { length }) => sum + length, 0);
    const staging = this.device.createBuffer({
      label: "read back",
      size: Math.max(total, 1) * bytes,
      usage: usage.mapRead | usage.copyTarget,
    });
    try {
      const encoder = this.device.createCommandEncoder();
      let at = 0;
      for (const { buffer, offset, length } of requests) {
        if (length > 0)
          encoder.copyBufferToBuffer(
            buffer,
            offset,
            staging,
            at * bytes,
            length * bytes,
          );
        at += length;
      }
      this.device.queue.submit([encoder.finish()]);
      await staging.mapAsync(mapForReading);
      const numbers = new Float32Array(staging.getMappedRange());
      let from = 0;
      for (const { length, resolve } of requests) {
        resolve(numbers.slice(from, from + length));
        from += length;
      }
    } catch (error) {
      for (const { reject } of requests) reject(error);
    } finally {
      staging.destroy();
    }
  }
}

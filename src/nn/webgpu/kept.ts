/** Numbers that stay from step to step: on the device as soon as there is one, before that on the host. */
import type { GpuTensor } from "../../runtime/webgpu/tensor.js";
import type { GpuNumbers } from "../../runtime/webgpu/types.js";
import type { Values } from "../sequence.js";
import { GpuMemory } from "./device/memory.js";
import { Recording } from "./device/recording.js";

export class Kept {
  readonly #memory: GpuMemory;
  #tensor: GpuTensor | undefined;
  #host: Values | undefined;

  constructor(readonly name: string) {
    this.#memory = new GpuMemory(name);
  }

  get length(): number | undefined {
    return (this.#tensor ?? this.#host)?.length;
  }

  /** What a cell can be given. */
  get numbers(): GpuNumbers | undefined {
    return this.#tensor ?? this.#host;
  }

  /** Numbers of the host in place of what there was. */
  set(values: Values): void {
    this.#tensor = undefined;
    this.#host = values.slice();
  }

  /** On the device: what was set, or `length` zeros. */
  on(device: GPUDevice, length: number): GpuTensor {
    if (this.#tensor?.device === device) return this.#tensor;
    if (this.#tensor)
      throw new Error(
        `${this.name} lies on another device; save it there, and restore it in a new one here`,
      );
    const tensor = this.#memory.take(device, [length]);
    if (this.#host) this.#memory.write(tensor, this.#host);
    else {
      const work = new Recording(device);
      work.clear(tensor);
      work.submit();
    }
    this.#host = undefined;
    return (this.#tensor = tensor);
  }

  /** A copy of a tensor in place of what there was. */
  copy(from: GpuTensor, into: Recording): void {
    const { device, shape, token } = from;
    if (this.#tensor?.device !== device || this.#tensor.length !== from.length)
      this.#tensor = this.#memory.take(device, shape, token);
    this.#host = undefined;
    into.copy(from, this.#tensor);
  }

  /** Zeros in `length` numbers from the number `from` on. */
  clear(from: number, length: number, into: () => Recording): void {
    if (this.#tensor) into().clear(this.#tensor, from, length);
    else this.#host?.fill(0, from, from + length);
  }

  /** As if nothing had been kept. */
  forget(): void {
    this.#tensor = undefined;
    this.#host = undefined;
  }

  async read(): Promise<Values> {
    if (!this.#tensor) return this.#host?.slice() ?? new Float32Array(0);
    return this.#tensor.token ? this.#tensor.readTokens() : this.#tensor.read();
  }

  dispose(): void {
    this.forget();
    this.#memory.dispose();
  }
}

/** What is remembered on a device of the gradients of a training: whether all were finite, and which one was not. */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import { part } from "../part.js";
import { GpuMemory } from "./memory.js";
import { watched } from "./norm-kernels.js";
import { joined, kindOf } from "./norm.js";
import { Operation } from "./operation.js";
import { Recording } from "./recording.js";

/** The first gradient that was not finite. */
export interface Stopped {
  /** Number of the step, from 1 on. */
  readonly step: number;
  /** Index of the first such number. */
  readonly first: number;
  /** NaN or Infinity. */
  readonly norm: number;
  /** How often it had gone on before. */
  readonly round: number;
}

const begun = new Float32Array(watched.length).fill(1, 0, 1);

export class Watch {
  readonly #memory = new GpuMemory("state of a training");
  readonly #operation = new Operation("watch");
  #tensor: GpuTensor | undefined;
  #round = 0;

  /** @returns `[1]`: 1 where this and all gradients before were finite, else 0 */
  after(found: GpuTensor, step: number): GpuTensor {
    const { device } = found;
    this.#tensor ??= this.#memory.fill(device, [watched.length], begun);
    const work = new Recording(device);
    this.#operation.record(work, {
      count: 1,
      arrays: { a: found, result: this.#tensor },
      numbers: { step },
    });
    work.submit();
    return part(this.#tensor, watched.going, watched.going + 1);
  }

  /** The gradient that was not finite, where there was one. */
  async read(): Promise<Stopped | undefined> {
    const round = this.#round;
    const numbers = await this.#tensor?.read();
    if (!numbers || numbers[watched.going] === 1) return undefined;
    return {
      step: joined(numbers, watched.step),
      first: joined(numbers, watched.first),
      norm: kindOf(numbers[watched.exponent]!),
      round,
    };
  }

  /** Updates go on; false where they did already. */
  goOn({ round }: Stopped): boolean {
    if (round !== this.#round) return false;
    this.forget();
    return true;
  }

  /** As if there had been no gradient. */
  forget(): void {
    this.#round++;
    if (this.#tensor) this.#memory.write(this.#tensor, begun);
  }

  dispose(): void {
    this.#operation.dispose();
    this.#memory.dispose();
    this.#tensor = undefined;
  }
}

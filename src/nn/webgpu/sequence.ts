/** What flows between layers on a device. */
import type { GpuTensor } from "../../runtime/webgpu/tensor.js";
import type { Sequence } from "../sequence.js";
import { GpuMemory } from "./device/memory.js";
import { checkDevice } from "./device/same-device.js";

/** A batch of sequences: as `Sequence`, with its values on the device. */
export interface GpuSequence {
  /** `[T, B, width]`, time first; tokens are floats there. */
  readonly values: GpuTensor;
  /** T */
  readonly steps: number;
  /** B */
  readonly batch: number;
  /** Numbers per step and batch entry; 1 for tokens. */
  readonly width: number;
  /** Steps of each batch entry; all T where it is missing. */
  readonly lengths?: Int32Array;
  /** The smallest and the largest token, where tokens came from the host. */
  readonly tokens?: readonly [least: number, largest: number];
}

/** Takes sequences of the host, or compositions of them, to the device: what is there already stays. */
export type Uploaded<I> = I extends GpuSequence
  ? Sequence | GpuSequence
  : { readonly [K in keyof I]: Uploaded<I[K]> };

type Tree = Sequence | GpuSequence | { readonly [name: string]: Tree };

const isSequence = (value: Tree): value is Sequence | GpuSequence =>
  "values" in value && "steps" in value;

const isOnHost = (value: Sequence | GpuSequence): value is Sequence =>
  ArrayBuffer.isView(value.values);

export class Uploads {
  readonly #memories = new Map<string, GpuMemory>();

  constructor(readonly device: GPUDevice) {}

  take<I>(input: Uploaded<I>): I {
    return this.#take(input as unknown as Tree, "input") as I;
  }

  #take(value: Tree, name: string): unknown {
    if (!isSequence(value))
      return Object.fromEntries(
        Object.entries(value).map(([part, inner]) => [
          part,
          this.#take(inner, `${name} ${part}`),
        ]),
      );
    if (!isOnHost(value)) {
      checkDevice(`the ${name}`, value.values, this.device);
      return value;
    }
    let memory = this.#memories.get(name);
    if (!memory) this.#memories.set(name, (memory = new GpuMemory(name)));
    const { values, steps, batch, width } = value;
    const token = values instanceof Int32Array;
    const shape = [steps, batch, width];
    return {
      ...value,
      values: memory.fill(this.device, shape, values, token),
      ...(token ? { tokens: rangeOf(values, value) } : {}),
    };
  }

  dispose(): void {
    for (const memory of this.#memories.values()) memory.dispose();
  }
}

/** Of those that belong to a sequence. */
function rangeOf(
  tokens: Int32Array,
  { batch, lengths }: Sequence,
): readonly [number, number] {
  let [least, largest] = [0, 0];
  tokens.forEach((token, i) => {
    if (lengths && Math.floor(i / batch) >= lengths[i % batch]!) return;
    if (token < least) least = token;
    if (token > largest) largest = token;
  });
  return [least, largest];
}

/** Steps of each entry as a tensor, `[B]`, for kernels. */
export class Lengths {
  readonly #memory = new GpuMemory("lengths");

  of({ values, steps, batch, lengths }: GpuSequence): GpuTensor {
    return this.#memory.fill(
      values.device,
      [batch],
      lengths ?? new Float32Array(batch).fill(steps),
    );
  }

  dispose(): void {
    this.#memory.dispose();
  }
}

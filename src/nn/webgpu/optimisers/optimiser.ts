/** Updates of one flat vector of parameters on a device: one dispatch, and what is kept stays there. */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import type { Floats } from "../../../runtime/kernel.js";
import { checkNumber } from "../../given.js";
import type { Rule } from "../../optimisers/rules.js";
import {
  notItsParameters,
  readSlots,
  slotsSnapshot,
} from "../../optimisers/slots.js";
import type { AsyncPersistent, Snapshot } from "../../snapshot.js";
import type { KernelName } from "../device/kernels.js";
import { GpuMemory } from "../device/memory.js";
import { Operation } from "../device/operation.js";
import type { Call } from "../device/operation.js";
import { Recording } from "../device/recording.js";
import { Kept } from "../kept.js";

export interface Optimiser extends AsyncPersistent {
  /**
   * Changes `params` in place. `grads` is not changed.
   *
   * @param going `[1]`: where it is 0 when the device comes to it, nothing changes there
   */
  step(
    params: GpuTensor,
    grads: GpuTensor,
    rate: number,
    going?: GpuTensor,
  ): void;
  /** So many of the latest steps changed nothing, and do not count. */
  leaveOut?(steps: number): void;
  dispose(): void;
}

/** A rule with the kernel that has its formula; the kernel's arrays are `params`, `grads` and the rule's slots. */
export abstract class SlottedOptimiser<
  N extends Readonly<Record<keyof N, number>>,
> implements Optimiser {
  readonly #rule: Rule<N>;
  readonly #slots: readonly Kept[];
  readonly #operation: Operation<KernelName>;
  readonly #memory = new GpuMemory("updates");
  #one: GpuTensor | undefined;
  #steps = 0;

  constructor(rule: Rule<N>, kernel: KernelName) {
    this.#rule = rule;
    this.#slots = rule.slots.map((name) => new Kept(`${name} of an optimiser`));
    this.#operation = new Operation(kernel);
  }

  step(
    params: GpuTensor,
    grads: GpuTensor,
    rate: number,
    going?: GpuTensor,
  ): void {
    const { device, length } = params;
    checkNumber("the rate of an optimiser", rate);
    for (const { length: its = length } of this.#slots)
      if (its !== length) throw notItsParameters(its, length);
    this.#steps++;
    const slots = this.#slots.map((slot, i) => [
      this.#rule.slots[i]!,
      slot.on(device, length),
    ]);
    const work = new Recording(device);
    this.#operation.record(work, {
      count: length,
      arrays: {
        params,
        grads,
        going: going ?? this.#always(device),
        ...Object.fromEntries(slots),
      },
      numbers: this.#rule.numbers(rate, this.#steps),
    } as unknown as Call<KernelName>);
    work.submit();
  }

  leaveOut(steps: number): void {
    this.#steps -= steps;
  }

  /** What lets each step be made. */
  #always(device: GPUDevice): GpuTensor {
    if (this.#one?.device !== device)
      this.#one = this.#memory.fill(device, [1], [1]);
    return this.#one;
  }

  async save(): Promise<Snapshot> {
    const { slots: names } = this.#rule;
    const steps = this.#steps;
    const slots = await Promise.all(this.#slots.map((slot) => slot.read()));
    return slotsSnapshot(names, steps === 0 ? [] : (slots as Floats[]), steps);
  }

  restore(snapshot: Snapshot): void {
    const { slots: names } = this.#rule;
    const parameters = this.#slots[0]?.length;
    const { steps, slots } = readSlots(names, snapshot, parameters);
    this.#steps = steps;
    this.#slots.forEach((slot, i) => {
      if (steps === 0) slot.forget();
      else slot.set(slots[i]!);
    });
  }

  dispose(): void {
    for (const slot of this.#slots) slot.dispose();
    this.#operation.dispose();
    this.#memory.dispose();
    this.#one = undefined;
  }
}

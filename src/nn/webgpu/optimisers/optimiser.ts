/** Updates of one flat vector of parameters on a device: one dispatch, and what is kept stays there. */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import type { Floats } from "../../../runtime/kernel.js";
import type { Rule } from "../../optimisers/rules.js";
import {
  notItsParameters,
  readSlots,
  slotsSnapshot,
} from "../../optimisers/slots.js";
import type { AsyncPersistent, Snapshot } from "../../snapshot.js";
import type { KernelName } from "../device/kernels.js";
import { Operation } from "../device/operation.js";
import type { Call } from "../device/operation.js";
import { Recording } from "../device/recording.js";
import { Kept } from "../kept.js";

export interface Optimiser extends AsyncPersistent {
  /** Changes `params` in place. `grads` is not changed. */
  step(params: GpuTensor, grads: GpuTensor, rate: number): void;
  dispose(): void;
}

/** A rule with the kernel that has its formula; the kernel's arrays are `params`, `grads` and the rule's slots. */
export abstract class SlottedOptimiser<
  N extends Readonly<Record<keyof N, number>>,
> implements Optimiser {
  readonly #rule: Rule<N>;
  readonly #slots: readonly Kept[];
  readonly #operation: Operation<KernelName>;
  #steps = 0;

  constructor(rule: Rule<N>, kernel: KernelName) {
    this.#rule = rule;
    this.#slots = rule.slots.map((name) => new Kept(`${name} of an optimiser`));
    this.#operation = new Operation(kernel);
  }

  step(params: GpuTensor, grads: GpuTensor, rate: number): void {
    const { device, length } = params;
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
      arrays: { params, grads, ...Object.fromEntries(slots) },
      numbers: this.#rule.numbers(rate, this.#steps),
    } as unknown as Call<KernelName>);
    work.submit();
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
  }
}

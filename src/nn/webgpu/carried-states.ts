/** States that go over from one piece of a stream to the next, in memory of their own on the device. */
import type { Random } from "../random.js";
import { vector } from "../snapshot.js";
import type { AsyncPersistent, Snapshot } from "../snapshot.js";
import { Recording } from "./device/recording.js";
import { Kept } from "./kept.js";
import type { GpuTensors } from "./layers/cell-layer.js";
import type { States } from "./model.js";

export class CarriedStates implements AsyncPersistent {
  readonly #memory = new Map<string, Kept>();
  /** Names of the states that there are now. */
  #present = new Set<string>();
  #device: GPUDevice | undefined;

  /** For the next piece; nothing where a stream begins. */
  get current(): States {
    return Object.fromEntries(
      this.#kept().map(([name, kept]) => [name, kept.numbers!]),
    );
  }

  /** Copies what `Model.finalStates` gave, so that other passes may come in between. */
  keep(states: GpuTensors): void {
    const [first] = Object.values(states);
    if (!first) return;
    this.#device = first.device;
    const work = new Recording(first.device);
    for (const [name, state] of Object.entries(states))
      this.#place(name).copy(state, work);
    work.submit();
  }

  /** A new beginning. */
  clear(): void {
    this.#present.clear();
  }

  /**
   * Sets all states of some of the `batch` streams to zero, each stream with probability `chance`, drawn as in
   * `cellc/nn`.
   */
  forget(batch: number, chance: number, random: Random): void {
    let work: Recording | undefined;
    const record = (): Recording => (work ??= new Recording(this.#device!));
    for (let b = 0; b < batch; b++) {
      if (random.uniform() >= chance) continue;
      for (const [, kept] of this.#kept()) {
        const width = kept.length! / batch;
        kept.clear(b * width, width, record);
      }
    }
    work?.submit();
  }

  async save(): Promise<Snapshot> {
    const tensors = await Promise.all(
      this.#kept().map(
        async ([name, kept]) => [name, vector(await kept.read())] as const,
      ),
    );
    return { tensors: Object.fromEntries(tensors), numbers: {} };
  }

  restore({ tensors }: Snapshot): void {
    // All of them are asked for before anything is changed.
    const all = Object.entries(tensors).map(
      ([name, { values }]) => [name, values] as const,
    );
    this.#present.clear();
    for (const [name, values] of all) this.#place(name).set(values);
  }

  dispose(): void {
    for (const kept of this.#memory.values()) kept.dispose();
    this.#present.clear();
  }

  #kept(): readonly (readonly [string, Kept])[] {
    return [...this.#present].map((name) => [name, this.#memory.get(name)!]);
  }

  #place(name: string): Kept {
    this.#present.add(name);
    let kept = this.#memory.get(name);
    if (!kept) this.#memory.set(name, (kept = new Kept(`state ${name}`)));
    return kept;
  }
}

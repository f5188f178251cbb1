/** Layers that change the number of steps: many-to-one and one-to-many. */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import { checkRepeats, checkSingle } from "../../layers/single.js";
import { Computed } from "../device/computed.js";
import { Recording } from "../device/recording.js";
import { Lengths } from "../sequence.js";
import type { GpuSequence } from "../sequence.js";
import type { Layer } from "./layer.js";

/** Many-to-one: what stands at the last step of each entry, `[1, B, width]`. An entry without steps gives zeros. */
export class LastStep implements Layer {
  readonly parts = {};
  readonly keepsSteps = false;
  readonly #lengths = new Lengths();
  readonly #output = new Computed("last_step", "last step");
  readonly #gradient = new Computed("to_last_step", "gradient of all steps");
  #input: GpuSequence | undefined;
  #latest: GpuTensor | undefined;

  async forward(input: GpuSequence): Promise<GpuSequence> {
    const { values: a, batch, width, tokens } = input;
    this.#input = input;
    this.#latest = this.#lengths.of(input);
    const work = new Recording(a.device);
    const values = this.#output.record(
      work,
      [1, batch, width],
      { a, lengths: this.#latest },
      { batch, width },
    );
    work.submit();
    return { values, steps: 1, batch, width, tokens };
  }

  async backward(a: GpuTensor): Promise<GpuTensor> {
    const { steps, batch, width } = this.#input!;
    const work = new Recording(a.device);
    const result = this.#gradient.record(
      work,
      [steps, batch, width],
      { a, lengths: this.#latest! },
      { batch, width },
    );
    work.submit();
    return result;
  }

  dispose(): void {
    this.#lengths.dispose();
    this.#output.dispose();
    this.#gradient.dispose();
  }
}

/** One-to-many: a single step, shown again at each of so many steps. */
export class Repeat implements Layer {
  readonly parts = {};
  readonly keepsSteps = false;
  readonly #output = new Computed("repeat", "repeated step");
  readonly #gradient = new Computed("sum_steps", "gradient of a repeated step");
  #row: readonly [batch: number, width: number] = [0, 0];

  /** `steps` may be changed between passes. */
  constructor(public steps: number) {
    checkRepeats(steps);
  }

  async forward(input: GpuSequence): Promise<GpuSequence> {
    checkSingle(input.steps);
    checkRepeats(this.steps);
    const { values: a, batch, width, tokens } = input;
    const { steps } = this;
    this.#row = [batch, width];
    const work = new Recording(a.device);
    const values = this.#output.record(
      work,
      [steps, batch, width],
      { a },
      { row: a.length },
    );
    work.submit();
    return { values, steps, batch, width, tokens };
  }

  async backward(a: GpuTensor): Promise<GpuTensor> {
    const row = this.#row[0] * this.#row[1];
    const work = new Recording(a.device);
    const result = this.#gradient.record(
      work,
      [1, ...this.#row],
      { a },
      { steps: a.length / row },
    );
    work.submit();
    return result;
  }

  dispose(): void {
    this.#output.dispose();
    this.#gradient.dispose();
  }
}

/** Layers that change the number of steps: many-to-one and one-to-many. */
import type { Floats } from "../../runtime/kernel.js";
import { Scratch } from "../sequence.js";
import type { Sequence, Values } from "../sequence.js";
import type { Layer } from "./layer.js";
import { checkRepeats, checkSingle } from "./single.js";

/** Many-to-one: what stands at the last step of each entry, `[1, B, width]`. An entry without steps gives zeros. */
export class LastStep implements Layer {
  readonly parts = {};
  readonly keepsSteps = false;
  readonly #output = new Scratch();
  readonly #gradient = new Scratch();
  #input: Sequence | undefined;

  forward(input: Sequence): Sequence {
    const { values, batch, width } = input;
    this.#input = input;
    const last = this.#output.take(values, batch * width);
    for (let b = 0; b < batch; b++) {
      const step = lastStep(input, b);
      for (let i = 0; i < width; i++)
        last[b * width + i] =
          step < 0 ? 0 : values[(step * batch + b) * width + i]!;
    }
    return { values: last, steps: 1, batch, width };
  }

  backward(gradient: Floats): Floats {
    const { steps, batch, width } = this.#input!;
    const all = this.#gradient.take(gradient, steps * batch * width).fill(0);
    for (let b = 0; b < batch; b++) {
      const step = lastStep(this.#input!, b);
      if (step < 0) continue;
      for (let i = 0; i < width; i++)
        all[(step * batch + b) * width + i] = gradient[b * width + i]!;
    }
    return all;
  }
}

const lastStep = ({ steps, lengths }: Sequence, b: number): number =>
  (lengths ? lengths[b]! : steps) - 1;

/** One-to-many: a single step, shown again at each of so many steps. */
export class Repeat implements Layer {
  readonly parts = {};
  readonly keepsSteps = false;
  readonly #output = new Scratch();
  readonly #gradient = new Scratch();

  /** `steps` may be changed between passes. */
  constructor(public steps: number) {
    checkRepeats(steps);
  }

  forward(input: Sequence): Sequence {
    checkSingle(input.steps);
    checkRepeats(this.steps);
    const row = input.values.length;
    const values: Values = this.#output.take(input.values, this.steps * row);
    for (let t = 0; t < this.steps; t++) values.set(input.values, t * row);
    const { batch, width } = input;
    return { values, steps: this.steps, batch, width };
  }

  backward(gradient: Floats): Floats {
    const row = gradient.length / this.steps;
    const sum = this.#gradient.take(gradient, row).fill(0);
    for (let from = 0; from < gradient.length; from += row)
      for (let i = 0; i < row; i++) sum[i]! += gradient[from + i]!;
    return sum;
  }
}

/**
 * Bidirectional Recurrent Neural Networks. Schuster and Paliwal, 1997: two layers read a sequence, one from its
 * end. Each entry is reversed within its own length, so that padding is never read.
 */
import type { Floats } from "../../runtime/kernel.js";
import { Scratch } from "../sequence.js";
import type { Sequence, Values } from "../sequence.js";
import type { Layer, Pass } from "./layer.js";
import { checkBidirectional, checkSides, keepSteps, orderOf } from "./sides.js";
import type { Merge, Order } from "./sides.js";

interface Shape {
  readonly steps: number;
  readonly batch: number;
  readonly lengths?: Int32Array;
}

export class Bidirectional implements Layer {
  readonly parts: { readonly forwards: Layer; readonly backwards: Layer };
  readonly keepsSteps: boolean | undefined;
  readonly #merge: Merge;
  readonly #memory = {
    input: new Scratch(),
    output: new Scratch(),
    merged: new Scratch(),
    left: new Scratch(),
    right: new Scratch(),
    reversed: new Scratch(),
    inputGradient: new Scratch(),
  };
  #shape: Shape = { steps: 0, batch: 0 };
  #widths: readonly [input: number, left: number, right: number] = [0, 0, 0];
  #order: Order = "turn";

  /** Outputs side by side (`concat`, `[T, B, left + right]`) or added up (`sum`). */
  constructor(forwards: Layer, backwards: Layer, merge: Merge = "concat") {
    checkBidirectional(forwards, backwards, merge);
    this.parts = { forwards, backwards };
    this.keepsSteps = keepSteps([forwards, backwards]);
    this.#merge = merge;
  }

  forward(input: Sequence, pass: Pass): Sequence {
    const { forwards, backwards } = this.parts;
    const memory = this.#memory;
    const turned = memory.input.take(input.values, input.values.length);
    arrange("turn", input.values, turned, input, input.width);
    const left = forwards.forward(input, pass);
    const right = backwards.forward({ ...input, values: turned }, pass);
    const tokens = [left, right].some(
      (side) => side.values instanceof Int32Array,
    );
    checkSides(this.#merge, left, right, tokens);
    this.#shape = input;
    this.#widths = [input.width, left.width, right.width];
    this.#order = orderOf(backwards.keepsSteps, input, left, right);
    let back = right.values as Floats;
    if (this.#order !== "none") {
      back = memory.output.take(back, back.length);
      arrange(this.#order, right.values, back, input, right.width);
    }
    return this.#merged(left, right.width, back);
  }

  #merged(left: Sequence, width: number, back: Floats): Sequence {
    const values = left.values as Floats;
    const rows = left.steps * left.batch;
    if (this.#merge === "sum") {
      const sum = this.#memory.merged.take(values, values.length);
      for (let i = 0; i < sum.length; i++) sum[i] = values[i]! + back[i]!;
      return { ...left, values: sum };
    }
    const all = left.width + width;
    const joined = this.#memory.merged.take(values, rows * all);
    copyColumns(values, left.width, 0, joined, all, 0, left.width, rows);
    copyColumns(back, width, 0, joined, all, left.width, width, rows);
    return { ...left, values: joined, width: all };
  }

  backward(gradient: Floats, inputs: boolean): Floats | undefined {
    const { forwards, backwards } = this.parts;
    const memory = this.#memory;
    const [inputWidth, left, right] = this.#widths;
    let ofLeft = gradient;
    let ofRight = gradient;
    if (this.#merge === "concat") {
      const all = left + right;
      const rows = gradient.length / all;
      ofLeft = memory.left.take(gradient, rows * left);
      ofRight = memory.right.take(gradient, rows * right);
      copyColumns(gradient, all, 0, ofLeft, left, 0, left, rows);
      copyColumns(gradient, all, left, ofRight, right, 0, right, rows);
    }
    if (this.#order !== "none") {
      const arranged = memory.reversed.take(gradient, ofRight.length);
      arrange(this.#order, ofRight, arranged, this.#shape, right);
      ofRight = arranged;
    }
    const one = forwards.backward(ofLeft, inputs);
    const other = backwards.backward(ofRight, inputs);
    if (!one || !other) return undefined;
    const sum = memory.inputGradient.take(one, one.length);
    arrange("turn", other, sum, this.#shape, inputWidth);
    for (let i = 0; i < sum.length; i++) sum[i]! += one[i]!;
    return sum;
  }
}

/** Turns each entry around within its length, or leaves it as it is; padding becomes zero. */
function arrange(
  order: "turn" | "cut",
  from: Values,
  to: Values,
  { steps, batch, lengths }: Shape,
  width: number,
): void {
  for (let b = 0; b < batch; b++) {
    const length = lengths ? lengths[b]! : steps;
    for (let t = 0; t < steps; t++) {
      const at = (t * batch + b) * width;
      if (t >= length) to.fill(0, at, at + width);
      else {
        const step = order === "turn" ? length - 1 - t : t;
        const other = (step * batch + b) * width;
        for (let i = 0; i < width; i++) to[at + i] = from[other + i]!;
      }
    }
  }
}

/** Copies `width` columns of a matrix of `rows` rows into columns of another. */
function copyColumns(
  from: Floats,
  fromWidth: number,
  fromColumn: number,
  to: Floats,
  toWidth: number,
  toColumn: number,
  width: number,
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    const source = row * fromWidth + fromColumn;
    const target = row * toWidth + toColumn;
    for (let i = 0; i < width; i++) to[target + i] = from[source + i]!;
  }
}

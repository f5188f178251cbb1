/** Truncated back-propagation through time: B places in one long text that move on T tokens at a time. */
import { checkArray, checkNumber } from "../given.js";
import { expectCount } from "../snapshot.js";
import type { Persistent, Snapshot } from "../snapshot.js";
import { Scratch, sequence } from "../sequence.js";
import type { Sequence } from "../sequence.js";

export interface Piece {
  /** `[T, B]` */
  readonly inputs: Sequence<Int32Array>;
  /** `[T, B]`, the token that follows each input. */
  readonly targets: Int32Array;
  /** The streams begin anew: states of the piece before do not belong to this one. */
  readonly first: boolean;
}

/**
 * Stream b reads its own part of the tokens, so that a state carried from piece to piece belongs to the tokens just
 * before. An epoch reads every part once; the last piece may be shorter, and fewer than B tokens at the end of the
 * text are left out.
 */
export class Streams implements Persistent {
  /** Targets of one stream in an epoch. */
  readonly length: number;
  readonly #inputs = new Scratch();
  readonly #targets = new Scratch();
  #position = 0;
  #epoch = 0;

  constructor(
    readonly tokens: Int32Array,
    readonly steps: number,
    readonly batch: number,
  ) {
    checkArray("the tokens of Streams", tokens);
    checkNumber("the steps of Streams", steps, { least: 1, whole: true });
    checkNumber("the batch of Streams", batch, { least: 1, whole: true });
    this.length = Math.floor((tokens.length - 1) / batch);
    if (this.length < 1)
      throw new RangeError(
        `${batch} streams need at least ${batch + 1} tokens, and there are ${tokens.length}`,
      );
  }

  /** Epochs that are complete. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Pieces in an epoch. */
  get pieces(): number {
    return Math.ceil(this.length / this.steps);
  }

  /** Arrays that the next call overwrites. */
  next(): Piece {
    const { tokens, batch, length } = this;
    const from = this.#position;
    const steps = Math.min(this.steps, length - from);
    const inputs = this.#inputs.take(tokens, steps * batch);
    const targets = this.#targets.take(tokens, steps * batch);
    for (let t = 0; t < steps; t++)
      for (let b = 0; b < batch; b++) {
        const at = b * length + from + t;
        inputs[t * batch + b] = tokens[at]!;
        targets[t * batch + b] = tokens[at + 1]!;
      }
    this.#position += steps;
    if (this.#position === length) {
      this.#position = 0;
      this.#epoch++;
    }
    return { inputs: sequence(inputs, { batch }), targets, first: from === 0 };
  }

  save(): Snapshot {
    return {
      tensors: {},
      numbers: { position: this.#position, epoch: this.#epoch },
    };
  }

  restore({ numbers }: Snapshot): void {
    const position = expectCount("the streams", numbers, "position");
    const epoch = expectCount("the streams", numbers, "epoch");
    if (position >= this.length)
      throw new Error(
        `the streams: position ${position} is not in a text with ${this.length} tokens per stream`,
      );
    this.#epoch = epoch;
    this.#position = position;
  }
}

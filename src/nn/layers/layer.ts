/** What a layer is: a function of sequences with its gradient. */
import type { Floats } from "../../runtime/kernel.js";
import type { Random } from "../random.js";
import type { Sequence } from "../sequence.js";

/** How a forward pass is made. */
export interface Pass {
  /** Draw masks from this generator; without it everything takes its expected value. */
  readonly random: Random | undefined;
  /** Keep what `backward` needs. */
  readonly keep: boolean;
  /** Number of the first step, for sequences that come in pieces. */
  readonly t0: number;
}

/**
 * A layer keeps what its gradient needs from `forward` to `backward`; arrays that it returns are its own and
 * valid until its next call. `I` is what it reads, `G` the gradient of that.
 */
export interface Layer<I = Sequence, G = Floats | undefined> {
  /** Layers that this one is made of, by name. */
  readonly parts: Readonly<Record<string, AnyLayer>>;
  /**
   * Whether what it puts out at a step belongs to that step of what it reads, so that entries keep their lengths. Where
   * a layer does not say, as many steps as came in are taken for the same ones.
   */
  readonly keepsSteps?: boolean;
  forward(input: I, pass: Pass): Sequence;
  /**
   * From the gradient of the latest output, `[T, B, width]`, to that of the input; the gradients of parameters
   * stay in the cells. Tokens have no gradient, and with `inputs: false` none is computed.
   */
  backward(gradient: Floats, inputs: boolean): G;
}

// Compositions read other things than sequences; whoever walks through the parts does not call them.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyLayer = Layer<any, unknown>;

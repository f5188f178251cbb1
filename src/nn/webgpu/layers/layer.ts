/** What a layer on a device is: a function of sequences with its gradient, both without waiting for the device. */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import type { Pass } from "../../layers/layer.js";
import type { GpuSequence } from "../sequence.js";

/**
 * As `Layer` of `cellc/nn`, with promises: they resolve as soon as the work is handed to the device. Tensors that a
 * layer returns are valid until its next call.
 */
export interface Layer<I = GpuSequence, G = GpuTensor | undefined> {
  /** Layers that this one is made of, by name. */
  readonly parts: Readonly<Record<string, AnyLayer>>;
  /**
   * Whether what it puts out at a step belongs to that step of what it reads, so that entries keep their lengths. Where
   * a layer does not say, as many steps as came in are taken for the same ones.
   */
  readonly keepsSteps?: boolean;
  forward(input: I, pass: Pass): Promise<GpuSequence>;
  /** From the gradient of the latest output, `[T, B, width]`, to that of the input. */
  backward(gradient: GpuTensor, inputs: boolean): Promise<G>;
  /** Frees what the layer holds on the device; its parts are freed by themselves. */
  dispose(): void;
}

// Compositions read other things than sequences; whoever walks through the parts does not call them.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyLayer = Layer<any, unknown>;

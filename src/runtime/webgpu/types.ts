/** A cell on a GPU as callers see it: the calls of `LoadedCell`, `async`, with values that can stay there. */
import type { CellNames, Numbers } from "../info.js";
import type { ParameterRange, Sizes } from "../kernel.js";
import type { DeviceOptions } from "./device.js";
import type { RegimeName } from "./regime.js";
import type { GpuTensor } from "./tensor.js";

type Named<Names extends string, Value> = Readonly<Record<Names, Value>>;
type MaybeNamed<Names extends string, Value> = Readonly<
  Partial<Record<Names, Value>>
>;

export interface GpuLoadOptions extends DeviceOptions {
  /** How time loops run; `auto` lets a cost model choose. */
  readonly regime?: RegimeName;
}

/** Numbers of the host, which are copied, or a tensor of the device, which is not read. */
export type GpuNumbers = Numbers | GpuTensor;

/** As `SequenceOptions`. */
export interface GpuSequenceOptions<N extends CellNames> {
  readonly batch?: number;
  readonly steps?: number;
  readonly context?: Named<N["context"], GpuNumbers>;
  readonly states?: MaybeNamed<N["states"] | N["tokenStates"], GpuNumbers>;
  readonly lengths?: Numbers;
  readonly buffers?: MaybeNamed<N["buffers"], Numbers>;
  readonly t0?: number;
  readonly keep?: boolean;
}

/** Tensors that are valid until the next call on the cell. */
export interface GpuSequenceResult<N extends CellNames> {
  /** `[T, B, …]` */
  readonly outputs: Named<N["outputs"], GpuTensor>;
  /** `[B, …]` after each entry's last step. */
  readonly states: Named<N["states"] | N["tokenStates"], GpuTensor>;
}

export interface GpuCotangents<N extends CellNames> {
  readonly outputs?: MaybeNamed<N["outputs"], GpuNumbers>;
  readonly states?: MaybeNamed<N["states"], GpuNumbers>;
}

export interface GpuBackwardOptions {
  /** Default true. */
  readonly inputs?: boolean;
  /** Default false. */
  readonly accumulate?: boolean;
}

export interface GpuGradients<N extends CellNames> {
  readonly inputs: MaybeNamed<N["inputs"], GpuTensor>;
  readonly context: Named<N["context"], GpuTensor>;
  readonly states: Named<N["states"], GpuTensor>;
}

export interface GpuStepperOptions<N extends CellNames> {
  readonly batch?: number;
  readonly context?: Named<N["context"], GpuNumbers>;
  readonly states?: MaybeNamed<N["states"] | N["tokenStates"], GpuNumbers>;
  readonly buffers?: MaybeNamed<N["buffers"], Numbers>;
  readonly t0?: number;
}

/** One step at a time; the state stays on the device. */
export interface GpuStepper<N extends CellNames> {
  step(
    inputs: Named<N["inputs"], GpuNumbers>,
  ): Promise<Named<N["outputs"], GpuTensor>>;
  readonly states: Named<N["states"] | N["tokenStates"], GpuTensor>;
  reset(states?: MaybeNamed<N["states"] | N["tokenStates"], GpuNumbers>): void;
  dispose(): void;
}

export interface LoadedGpuCell<N extends CellNames = CellNames> {
  readonly name: string;
  readonly backend: "webgpu";
  readonly precision: "f32";
  readonly sizes: Sizes;
  readonly device: GPUDevice;
  /** How the time loops of the latest call ran, and why. */
  readonly regime: {
    readonly regime: "loop" | "steps";
    readonly reason: string;
  };
  /** All parameters, one after the other; they stay where they are for as long as the cell lives. */
  readonly params: GpuTensor;
  readonly param: Named<N["params"], GpuTensor>;
  /** Gradient of `params`, written by `backward`. */
  readonly grads: GpuTensor;
  readonly grad: Named<N["params"], GpuTensor>;
  readonly layout: readonly ParameterRange[];
  /** Rejected when the device is lost; the cell can then be loaded again, on a new one. */
  readonly lost: Promise<never>;
  init(seed?: number): void;
  /** Overwrites all parameters. */
  setParams(numbers: Numbers): void;
  forward(
    inputs: Named<N["inputs"], GpuNumbers>,
    options?: GpuSequenceOptions<N>,
  ): Promise<GpuSequenceResult<N>>;
  backward(
    cotangents: GpuCotangents<N>,
    options?: GpuBackwardOptions,
  ): Promise<GpuGradients<N>>;
  stepper(options?: GpuStepperOptions<N>): GpuStepper<N>;
  dispose(): void;
}

/** A loaded cell over kernels on a GPU: checks what comes in, hands out tensors. One call at a time. */
import { CallCheck } from "../call.js";
import type { Given } from "../call.js";
import {
  checkLengths,
  checkNumbers,
  checkRecord,
  elements,
  lastStep,
} from "../check.js";
import type { CellNames, Numbers } from "../info.js";
import { initialize, randomNumbers } from "../initialize.js";
import {
  backwardOptions,
  checkOptions,
  cotangentNames,
  gpuForwardOptions,
  gpuStepperOptions,
} from "../options.js";
import { own } from "../own.js";
import type { CellPlan } from "../plan.js";
import type { GpuSlot } from "./description.js";
import type { FoundDevice } from "./device.js";
import type { GpuKernels } from "./instance.js";
import { Readback } from "./readback.js";
import { GpuCellStepper } from "./stepper.js";
import { GpuTensor, sourcesOf } from "./tensor.js";
import type { Lease, Sources } from "./tensor.js";
import type {
  GpuBackwardOptions,
  GpuCotangents,
  GpuGradients,
  GpuNumbers,
  GpuSequenceOptions,
  GpuSequenceResult,
  GpuStepper,
  GpuStepperOptions,
  LoadedGpuCell,
} from "./types.js";
import { bytes } from "./usage.js";

type GivenOnGpu = Readonly<Partial<Record<string, GpuNumbers>>>;
type Tensors = Readonly<Record<string, GpuTensor>>;

const nothing: GivenOnGpu = Object.freeze({});

/** Tokens are floats on the device, which are whole up to here. */
const largestToken = 2 ** 24;

export class GpuCell implements LoadedGpuCell {
  readonly backend = "webgpu";
  readonly precision = "f32";
  readonly name: string;
  readonly sizes: CellPlan["sizes"];
  readonly layout: CellPlan["layout"];
  readonly device: GPUDevice;
  readonly lost: Promise<never>;
  readonly #plan: CellPlan;
  readonly #check: CallCheck;
  readonly #kernels: GpuKernels;
  readonly #readback: Readback;
  readonly #ownDevice: boolean;
  readonly #buffers = new Map<string, Numbers>();
  /** As many as the longest tensor that was checked. */
  #zeros = new Uint8Array(0);
  #lostBecause: string | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #call = 0;
  #backwardCall = 0;
  #steps = 0;
  #batch = 0;
  #kept = false;
  #disposed = false;
  /** Whether the caller has the buffer of the parameters and may write to it at any time. */
  #shared = false;

  constructor(plan: CellPlan, kernels: GpuKernels, found: FoundDevice) {
    this.name = plan.info.name;
    this.sizes = plan.sizes;
    this.layout = plan.layout;
    this.device = found.device;
    this.#ownDevice = found.own;
    this.#plan = plan;
    this.#check = new CallCheck(plan);
    this.#kernels = kernels;
    this.#readback = new Readback(found.device);
    for (const { name, vocabulary = 0 } of [...plan.inputs, ...plan.states])
      if (vocabulary > largestToken)
        throw new RangeError(
          `${this.name}: ${name} has ${vocabulary} tokens; on WebGPU tokens are float32, which are whole up to ${largestToken}`,
        );
    this.lost = found.device.lost.then(({ reason, message }) => {
      // A cell that is disposed has destroyed its device itself: nothing is lost.
      if (this.#disposed) return new Promise<never>(() => undefined);
      this.#lostBecause = message || reason;
      throw this.#lostError();
    });
    // Nobody has to listen.
    this.lost.catch(() => undefined);
  }

  get regime(): LoadedGpuCell["regime"] {
    return this.#kernels.regime;
  }

  get params(): GpuTensor {
    return this.#lasting(this.#kernels.params, undefined, this.#share);
  }

  get grads(): GpuTensor {
    return this.#lasting(this.#kernels.grads);
  }

  get param(): Tensors {
    return this.#byName(this.#kernels.params, this.#share);
  }

  get grad(): Tensors {
    return this.#byName(this.#kernels.grads);
  }

  #lasting(
    piece: ConstructorParameters<typeof GpuTensor>[1],
    shape: readonly number[] = [piece.length],
    onShare?: () => void,
  ): GpuTensor {
    return new GpuTensor(shape, piece, {
      cell: this.name,
      readback: this.#readback,
      valid: () => !this.#disposed,
      ...(onShare ? { onShare } : {}),
    });
  }

  readonly #share = (): void => {
    this.#shared = true;
  };

  #byName(
    { buffer, offset }: GpuKernels["params"],
    onShare?: () => void,
  ): Tensors {
    return Object.fromEntries(
      this.layout.map(({ name, offset: from, shape }) => [
        name,
        this.#lasting(
          { buffer, offset: offset + from, length: elements(shape) },
          shape,
          onShare,
        ),
      ]),
    );
  }

  init(seed = 0): void {
    const { length } = this.#kernels.params;
    const numbers = new Float32Array(length);
    this.layout.forEach(({ name, offset, shape }, i) =>
      initialize(
        numbers.subarray(offset, offset + elements(shape)),
        shape,
        this.#plan.initializers[i]!,
        randomNumbers(`${seed}/${name}`),
      ),
    );
    this.setParams(numbers);
  }

  setParams(numbers: Numbers): void {
    this.#alive();
    const { buffer, offset, length } = this.#kernels.params;
    checkNumbers(`${this.name}: the parameters`, numbers);
    if (numbers.length !== length)
      throw new RangeError(
        `${this.name}: the parameters are ${length} numbers, got ${numbers.length}`,
      );
    this.device.queue.writeBuffer(
      buffer,
      offset * bytes,
      Float32Array.from(numbers),
    );
    this.#kernels.paramsChanged();
  }

  /** Remembers buffers for this and later calls. */
  giveBuffers(buffers: Given): void {
    this.#check.arrays("buffer", buffers, this.#plan.buffers, {}, true);
    for (const { name } of this.#plan.buffers) {
      const array = own(buffers, name);
      if (array !== undefined) this.#buffers.set(name, array);
    }
  }

  forward(
    inputs: GivenOnGpu,
    options: GpuSequenceOptions<CellNames> = {},
  ): Promise<GpuSequenceResult<CellNames>> {
    return this.#inTurn(() => this.#forward(inputs, options));
  }

  async #forward(
    inputs: GivenOnGpu,
    options: GpuSequenceOptions<CellNames>,
  ): Promise<GpuSequenceResult<CellNames>> {
    checkOptions(this.name, "forward", options, gpuForwardOptions);
    const { keep = true, lengths } = options;
    const states: GivenOnGpu = options.states ?? nothing;
    const context: GivenOnGpu = options.context ?? nothing;
    const check = this.#check;
    const batch = check.batch(options.batch ?? lengths?.length);
    const shown = this.#forCheck(inputs);
    const steps = check.steps(shown, options.steps, batch);
    const t0 = check.firstStep(options.t0, steps, lastStep.webgpu);
    if (lengths) checkLengths(lengths, steps, batch);
    check.sequence(
      shown,
      this.#forCheck(context),
      this.#forCheck(states),
      { T: steps, B: batch },
      lengths,
    );
    if (options.buffers) this.giveBuffers(options.buffers);
    check.buffers(this.#buffers);
    this.#kept = false;
    const sources = [inputs, context, states].map(sourcesOf) as [
      Sources,
      Sources,
      Sources,
    ];
    this.#call++;
    if (this.#shared) this.#kernels.paramsChanged();
    await this.#kernels.forward({
      steps,
      batch,
      keep,
      t0,
      lengths: lengths ? Float32Array.from(lengths) : undefined,
      inputs: sources[0],
      context: sources[1],
      states: sources[2],
      buffers: sourcesOf(Object.fromEntries(this.#buffers)),
    });
    this.#alive();
    this.#kept = keep;
    this.#steps = steps;
    this.#batch = batch;
    const { slots } = this.#kernels.description;
    return {
      outputs: this.#tensors(slots.outputs, this.#plan.outputs, true),
      states: this.#tensors(slots.final, this.#plan.states, false),
    };
  }

  backward(
    cotangents: GpuCotangents<CellNames>,
    options: GpuBackwardOptions = {},
  ): Promise<GpuGradients<CellNames>> {
    return this.#inTurn(() => this.#backward(cotangents, options));
  }

  async #backward(
    cotangents: GpuCotangents<CellNames>,
    options: GpuBackwardOptions,
  ): Promise<GpuGradients<CellNames>> {
    checkOptions(this.name, "backward", cotangents, cotangentNames);
    checkOptions(this.name, "backward", options, backwardOptions);
    const { inputs = true, accumulate = false } = options;
    if (!this.#kept)
      throw new Error(
        `${this.name}: backward needs a forward pass that keeps its values (keep: true) as the call before it`,
      );
    const outputs: GivenOnGpu = cotangents.outputs ?? nothing;
    const states: GivenOnGpu = cotangents.states ?? nothing;
    this.#check.cotangents(this.#forCheck(outputs), this.#forCheck(states), {
      T: this.#steps,
      B: this.#batch,
    });
    this.#backwardCall++;
    await this.#kernels.backward({
      outputs: sourcesOf(outputs),
      states: sourcesOf(states),
      inputs,
      accumulate,
    });
    this.#alive();
    const { adjoint } = this.#kernels.description;
    const plan = this.#plan;
    return {
      inputs: inputs
        ? this.#tensors(adjoint.inputs, plan.inputs, true, true)
        : {},
      context: this.#tensors(adjoint.context, plan.context, false, true),
      states: this.#tensors(adjoint.initial, plan.states, false, true),
    };
  }

  stepper(options: GpuStepperOptions<CellNames> = {}): GpuStepper<CellNames> {
    this.#alive();
    checkOptions(this.name, "stepper", options, gpuStepperOptions);
    return new GpuCellStepper(this, this.#plan, options);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#kernels.dispose();
    if (this.#ownDevice) this.device.destroy();
  }

  /** Calls wait for each other: each overwrites what the one before has left on the device. */
  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    const next = this.#last.then(() => {
      this.#alive();
      return call();
    });
    this.#last = next.catch(() => undefined);
    return next;
  }

  #alive(): void {
    if (this.#disposed) throw new Error(`${this.name}: the cell is disposed`);
    if (this.#lostBecause !== undefined) throw this.#lostError();
  }

  #lostError(): Error {
    return new Error(
      `${this.name}: the GPU device was lost (${this.#lostBecause}); load the cell again`,
    );
  }

  /** Stand-ins of the same length for tensors, whose numbers are not looked at. */
  #forCheck(given: GivenOnGpu): Given {
    // Said here, where a record is taken apart.
    checkRecord(`${this.name}: arrays`, given, []);
    return Object.fromEntries(
      Object.entries(given).map(([name, numbers]) => [
        name,
        numbers instanceof GpuTensor ? this.#zerosOf(numbers.length) : numbers,
      ]),
    );
  }

  #zerosOf(length: number): Uint8Array {
    if (this.#zeros.length < length) this.#zeros = new Uint8Array(length);
    return this.#zeros.subarray(0, length);
  }

  #tensors(
    slots: readonly GpuSlot[],
    values: CellPlan["inputs"],
    timed: boolean,
    backward = false,
  ): Tensors {
    const call = this.#call;
    const backwardCall = this.#backwardCall;
    const lease: Lease = {
      cell: this.name,
      readback: this.#readback,
      valid: () =>
        !this.#disposed &&
        this.#call === call &&
        (!backward || this.#backwardCall === backwardCall),
    };
    return Object.fromEntries(
      slots.map((slot) => {
        const value = values.find(({ name }) => name === slot.name)!;
        const leading = timed ? [this.#steps, this.#batch] : [this.#batch];
        return [
          slot.name,
          new GpuTensor(
            [...leading, ...value.shape],
            this.#kernels.piece(slot),
            lease,
            value.vocabulary !== undefined,
          ),
        ];
      }),
    );
  }
}

/**
 * A loaded cell over a kernel instance: checks what comes in, copies it into the kernel's arrays, and
 * hands out views of them. Whole sequences here, single steps in `stepper.ts`.
 */
import { CallCheck } from "./call.js";
import type { Given } from "./call.js";
import { checkLengths, elements, lastStep } from "./check.js";
import type { CellNames, HostBackend, Numbers } from "./info.js";
import { initialize, randomNumbers } from "./initialize.js";
import type {
  Floats,
  ForwardOptions,
  KernelInstance,
  Precision,
} from "./kernel.js";
import {
  backwardOptions,
  checkOptions,
  cotangentNames,
  forwardOptions,
  stepperOptions,
} from "./options.js";
import { own } from "./own.js";
import type { CellPlan } from "./plan.js";
import { CellStepper } from "./stepper.js";
import type {
  BackwardCall,
  Cotangents,
  Gradients,
  LoadedCell,
  SequenceOptions,
  SequenceResult,
  Stepper,
  StepperOptions,
} from "./types.js";

type Slot = Floats | Int32Array;

const nothing: Given = Object.freeze({});

export class KernelCell implements LoadedCell {
  readonly name: string;
  readonly sizes: CellPlan["sizes"];
  readonly layout: CellPlan["layout"];
  readonly params: Floats;
  readonly grads: Floats;
  readonly param: Readonly<Record<string, Floats>>;
  readonly grad: Readonly<Record<string, Floats>>;
  readonly #plan: CellPlan;
  readonly #check: CallCheck;
  readonly #kernel: KernelInstance;
  readonly #buffers = new Map<string, Numbers>();
  readonly #given = new Set<string>();
  #lengths = new Int32Array(0);
  #steps = 0;
  #batch = 0;
  #adjoint = false;
  /** The arrays that the kernel's slots lie in, for as long as it is not resized. */
  #owned: ReadonlySet<ArrayBufferLike> = new Set();
  #kept = false;
  #disposed = false;

  constructor(
    plan: CellPlan,
    kernel: KernelInstance,
    readonly backend: HostBackend,
    readonly precision: Precision,
  ) {
    this.name = plan.info.name;
    this.sizes = plan.sizes;
    this.layout = plan.layout;
    this.params = kernel.params;
    this.grads = kernel.grads;
    this.param = viewsOf(plan, kernel.params);
    this.grad = viewsOf(plan, kernel.grads);
    this.#plan = plan;
    this.#check = new CallCheck(plan);
    this.#kernel = kernel;
  }

  get threads(): number {
    return this.#kernel.threads ?? 1;
  }

  init(seed = 0): void {
    this.#plan.layout.forEach(({ name, shape }, i) =>
      // A sequence of its own for each parameter: adding one does not change the others.
      initialize(
        this.param[name]!,
        shape,
        this.#plan.initializers[i]!,
        randomNumbers(`${seed}/${name}`),
      ),
    );
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
    inputs: Given = nothing,
    options: SequenceOptions<CellNames> = {},
  ): SequenceResult<CellNames, Floats> {
    this.#alive();
    checkOptions(this.name, "forward", options, forwardOptions);
    const { keep = true, sameParams = false, lengths } = options;
    const states: Given = options.states ?? nothing;
    const context: Given = options.context ?? nothing;
    const batch = this.#check.batch(options.batch ?? lengths?.length);
    const steps = this.#check.steps(inputs, options.steps, batch);
    const t0 = this.#check.firstStep(options.t0, steps, lastStep[this.backend]);
    if (lengths) checkLengths(lengths, steps, batch);
    const rows = { T: steps, B: batch };
    this.#check.sequence(inputs, context, states, rows, lengths);
    if (options.buffers) this.giveBuffers(options.buffers);
    this.#check.buffers(this.#buffers);

    const held = this.#resize(steps, batch, keep, [inputs, context, states]);
    const { slots } = this.#kernel;
    this.#kept = false;
    copyAll(held(inputs), slots.inputs);
    if (lengths) this.#clearTokens(lengths);
    copyAll(held(context), slots.context);
    this.#given.clear();
    for (const { name } of this.#plan.states)
      if (own(states, name) !== undefined) this.#given.add(name);
    copyAll(held(states), slots.initial);
    for (const [name, array] of this.#buffers)
      copy(array, slots.buffers[name]!);
    this.#kernel.forward(this.#forwardOptions(t0, lengths, keep, sameParams));
    this.#kept = keep;
    return { outputs: slots.outputs, states: slots.final } as SequenceResult<
      CellNames,
      Floats
    >;
  }

  backward(
    cotangents: Cotangents<CellNames>,
    options: BackwardCall = {},
  ): Gradients<CellNames, Floats> {
    this.#alive();
    if (!this.#kept)
      throw new Error(
        `${this.name}: backward needs a forward pass that keeps its values (keep: true) as the call before it`,
      );
    checkOptions(this.name, "backward", cotangents, cotangentNames);
    checkOptions(this.name, "backward", options, backwardOptions);
    const outputs: Given = cotangents.outputs ?? nothing;
    const states: Given = cotangents.states ?? nothing;
    const rows = { T: this.#steps, B: this.#batch };
    this.#check.cotangents(outputs, states, rows);
    const { adjoint, grads } = this.#kernel;
    copyOrClear(outputs, adjoint.outputs);
    copyOrClear(states, adjoint.final);
    if (!options.accumulate) grads.fill(0);
    const wantInputs = options.inputs ?? true;
    this.#kernel.backward({ inputs: wantInputs });
    return {
      inputs: wantInputs ? adjoint.inputs : {},
      context: adjoint.context,
      states: adjoint.initial,
    };
  }

  stepper(options: StepperOptions<CellNames> = {}): Stepper<CellNames, Floats> {
    this.#alive();
    checkOptions(this.name, "stepper", options, stepperOptions);
    return new CellStepper(this, this.#check, options);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#kernel.dispose();
  }

  /** Kernels look up tokens of all rows, also of those that nobody reads. */
  #clearTokens(lengths: Numbers): void {
    for (const { name, vocabulary } of this.#plan.inputs) {
      if (vocabulary === undefined) continue;
      const tokens = this.#kernel.slots.inputs[name]!;
      for (let b = 0; b < this.#batch; b++)
        for (let t = lengths[b]!; t < this.#steps; t++)
          tokens[t * this.#batch + b] = 0;
    }
  }

  #alive(): void {
    if (this.#disposed) throw new Error(`${this.name}: the cell is disposed`);
  }

  /**
   * Prepares the kernel. Its slots may move, so that given arrays which are views of them (the states of
   * the call before, say) are copied first; the function returned gives the arrays to read from.
   */
  #resize(
    steps: number,
    batch: number,
    adjoint: boolean,
    given: readonly Given[],
  ): (arrays: Given) => Given {
    if (
      steps === this.#steps &&
      batch === this.#batch &&
      (this.#adjoint || !adjoint)
    )
      return (arrays) => arrays;
    const copies = new Map<Given, Given>();
    for (const arrays of given)
      copies.set(
        arrays,
        Object.fromEntries(
          Object.entries(arrays).map(([name, array]) => [
            name,
            array !== undefined && this.#owns(array) ? array.slice() : array,
          ]),
        ),
      );
    this.#kernel.resize(steps, batch, adjoint);
    this.#steps = steps;
    this.#batch = batch;
    this.#adjoint = adjoint;
    this.#owned = buffersOf(this.#kernel, adjoint);
    return (arrays) => copies.get(arrays)!;
  }

  #owns(array: Numbers): array is Slot {
    return (
      ArrayBuffer.isView(array) &&
      this.#owned.has((array as unknown as Slot).buffer)
    );
  }

  #forwardOptions(
    t0: number,
    lengths: Numbers | undefined,
    keep: boolean,
    sameParams: boolean,
  ): ForwardOptions {
    if (lengths && this.#lengths.length !== lengths.length)
      this.#lengths = new Int32Array(lengths.length);
    if (lengths) this.#lengths.set(lengths);
    return {
      t0,
      lengths: lengths ? this.#lengths : null,
      keep,
      sameParams,
      given: this.#given,
    };
  }
}

const viewsOf = (
  plan: CellPlan,
  flat: Floats,
): Readonly<Record<string, Floats>> =>
  Object.fromEntries(
    plan.layout.map(({ name, offset, shape }) => [
      name,
      flat.subarray(offset, offset + elements(shape)),
    ]),
  );

function buffersOf(
  kernel: KernelInstance,
  adjoint: boolean,
): Set<ArrayBufferLike> {
  const { slots } = kernel;
  const records: Readonly<Record<string, Slot>>[] = [
    slots.inputs,
    slots.context,
    slots.initial,
    slots.outputs,
    slots.final,
  ];
  if (adjoint)
    records.push(
      kernel.adjoint.outputs,
      kernel.adjoint.final,
      kernel.adjoint.inputs,
      kernel.adjoint.context,
      kernel.adjoint.initial,
    );
  return new Set(
    records.flatMap((slots) => Object.values(slots).map((slot) => slot.buffer)),
  );
}

/** A caller may fill a slot itself and hand it back: then there is nothing to copy. */
function copy(from: Numbers, to: Slot): void {
  if (from !== to) to.set(from);
}

function copyAll(from: Given, to: Readonly<Record<string, Slot>>): void {
  for (const name in to) {
    const array = own(from, name);
    if (array !== undefined) copy(array, to[name]!);
  }
}

function copyOrClear(from: Given, to: Readonly<Record<string, Slot>>): void {
  for (const name in to) {
    const array = own(from, name);
    if (array === undefined) to[name]!.fill(0);
    else copy(array, to[name]!);
  }
}

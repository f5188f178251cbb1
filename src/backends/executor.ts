/**
 * Runs a backend's kernels as an `Executor`, so that they stand beside the interpreter in tests, in the
 * gradient check and behind `cellc run`. Everything goes in and out as float64.
 */
import type {
  CellCotangents,
  CellData,
  CellGradients,
  CellResult,
  Executor,
  NamedArrays,
} from "../ir/data.js";
import type { Schedule } from "../passes/kernels.js";
import { evaluateSize, shapeSize } from "../ir/size.js";
import type {
  Floats,
  KernelInstance,
  KernelModule,
  Precision,
} from "../runtime/kernel.js";

type Slots = Readonly<Record<string, Floats | Int32Array>>;

/** Where a parameter lies in the flat vector. */
interface Range {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The kernels for one set of sizes. */
interface Made {
  readonly key: string;
  readonly kernel: KernelInstance;
  readonly ranges: readonly Range[];
}

export class KernelExecutor implements Executor {
  readonly #schedule: Schedule;
  readonly #module: KernelModule;
  readonly #precision: Precision;
  #made: Made | undefined;

  constructor(
    readonly name: string,
    schedule: Schedule,
    module: KernelModule,
    precision: Precision = "f64",
  ) {
    this.#schedule = schedule;
    this.#module = module;
    this.#precision = precision;
  }

  forward(data: CellData): CellResult {
    this.prepare(data)();
    const { slots } = this.#made!.kernel;
    return { outputs: read(slots.outputs), states: read(slots.final) };
  }

  /**
   * Brings data to where kernels find it.
   * @param keep whether a backward pass follows
   * @returns a forward pass, as often as it is called
   */
  prepare(data: CellData, keep = true): () => void {
    const { kernel, ranges } = this.#make(data.sizes);
    for (const { name, from } of ranges)
      kernel.params.set(data.params[name]!, from);
    kernel.resize(data.steps, data.batch, keep);
    const { slots } = kernel;
    fill(slots.inputs, data.inputs);
    fill(slots.context, data.context);
    fill(slots.buffers, data.buffers);
    fill(slots.initial, data.states);
    const call = {
      t0: data.t0,
      lengths: data.lengths ?? null,
      keep,
      given: new Set(Object.keys(data.states)),
    };
    return () => kernel.forward(call);
  }

  backward(cotangents: CellCotangents): CellGradients {
    this.prepareBackward(cotangents)();
    const { kernel, ranges } = this.#made!;
    const { adjoint } = kernel;
    return {
      params: Object.fromEntries(
        ranges.map(({ name, from, to }) => [
          name,
          Float64Array.from(kernel.grads.subarray(from, to)),
        ]),
      ),
      inputs: read(adjoint.inputs),
      context: read(adjoint.context),
      states: read(adjoint.initial),
    };
  }

  /** As `prepare`, of the backward pass; behind a forward pass that keeps. */
  prepareBackward(cotangents: CellCotangents): () => void {
    if (!this.#made) throw new TypeError("backward needs a forward run first");
    const { kernel } = this.#made;
    const { adjoint } = kernel;
    clear(adjoint.outputs);
    clear(adjoint.final);
    fill(adjoint.outputs, cotangents.outputs);
    fill(adjoint.final, cotangents.states);
    return () => {
      kernel.grads.fill(0);
      kernel.backward({ inputs: true });
    };
  }

  dispose(): void {
    this.#made?.kernel.dispose();
    this.#made = undefined;
  }

  #make(sizes: CellData["sizes"]): Made {
    const key = this.#schedule.cell.sizes.map((name) => sizes[name]).join(",");
    if (this.#made?.key !== key) {
      this.#made?.kernel.dispose();
      this.#made = {
        key,
        kernel: this.#module.create(sizes, this.#precision),
        ranges: parameterRanges(this.#schedule, sizes),
      };
    }
    return this.#made;
  }
}

export const parameterRanges = (
  { params }: Schedule,
  sizes: CellData["sizes"],
): Range[] =>
  params.map(({ name, offset, shape }) => {
    const from = evaluateSize(offset, sizes);
    return { name, from, to: from + evaluateSize(shapeSize(shape), sizes) };
  });

function fill(slots: Slots, arrays: NamedArrays): void {
  for (const [name, array] of Object.entries(arrays)) slots[name]?.set(array);
}

function clear(slots: Slots): void {
  for (const slot of Object.values(slots)) slot.fill(0);
}

const read = (slots: Slots): NamedArrays =>
  Object.fromEntries(
    Object.entries(slots).map(([name, slot]) => [
      name,
      Float64Array.from(slot),
    ]),
  );

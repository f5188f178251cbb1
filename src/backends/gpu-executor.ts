/**
 * Runs a cell's WebGPU kernels on numbers of the host, as `KernelExecutor` does for the other backends, only
 * that every call takes its time: for tests, the gradient check and `cellc run`.
 */
import type {
  CellCotangents,
  CellData,
  CellGradients,
  CellResult,
  NamedArrays,
} from "../ir/data.js";
import type { Schedule } from "../passes/kernels.js";
import type { GpuDescription, GpuSlot } from "../runtime/webgpu/description.js";
import { isSoftware } from "../runtime/webgpu/device.js";
import { GpuKernels } from "../runtime/webgpu/instance.js";
import type { Piece } from "../runtime/webgpu/filler.js";
import { Readback } from "../runtime/webgpu/readback.js";
import type { RegimeName } from "../runtime/webgpu/regime.js";
import { parameterRanges } from "./executor.js";

/** As `Executor`, with promises. */
export interface AsyncExecutor {
  readonly name: string;
  forward(data: CellData): Promise<CellResult>;
  /** For the sequence of the latest `forward`. */
  backward(cotangents: CellCotangents): Promise<CellGradients>;
}

const floats = (arrays: NamedArrays) =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, array]) => [
      name,
      Float32Array.from(array),
    ]),
  );

export class GpuExecutor implements AsyncExecutor {
  readonly name = "wgsl";
  readonly #readback: Readback;
  #made: { readonly key: string; readonly kernels: GpuKernels } | undefined;
  #sizes: CellData["sizes"] = {};

  constructor(
    readonly device: GPUDevice,
    readonly schedule: Schedule,
    readonly description: GpuDescription,
    readonly regime: RegimeName = "auto",
  ) {
    this.#readback = new Readback(device);
  }

  get kernels(): GpuKernels | undefined {
    return this.#made?.kernels;
  }

  async forward(data: CellData): Promise<CellResult> {
    await this.prepare(data)();
    const { slots } = this.description;
    const [outputs, states] = await Promise.all([
      this.#readAll(slots.outputs),
      this.#readAll(slots.final),
    ]);
    return { outputs, states };
  }

  /**
   * Brings parameters to the device; inputs go there with each pass.
   * @param keep whether a backward pass follows
   * @returns a forward pass, as often as it is called; the device may still be at it
   */
  prepare(data: CellData, keep = true): () => Promise<void> {
    const kernels = this.#make(data.sizes);
    const { buffer, offset, length } = kernels.params;
    const params = new Float32Array(length);
    for (const { name, from } of parameterRanges(this.schedule, this.#sizes))
      params.set(data.params[name]!, from);
    if (length > 0) this.device.queue.writeBuffer(buffer, offset * 4, params);
    kernels.paramsChanged();
    const call = {
      steps: data.steps,
      batch: data.batch,
      keep,
      t0: data.t0,
      lengths: data.lengths && Float32Array.from(data.lengths),
      inputs: floats(data.inputs),
      context: floats(data.context),
      buffers: floats(data.buffers),
      states: floats(data.states),
    };
    return () => kernels.forward(call);
  }

  /** As `prepare`, of the backward pass; behind a forward pass that keeps. */
  prepareBackward(cotangents: CellCotangents): () => Promise<void> {
    const kernels = this.#made?.kernels;
    if (!kernels) throw new TypeError("backward needs a forward run first");
    const call = {
      outputs: floats(cotangents.outputs),
      states: floats(cotangents.states),
      inputs: true,
      accumulate: false,
    };
    return () => kernels.backward(call);
  }

  async backward(cotangents: CellCotangents): Promise<CellGradients> {
    await this.prepareBackward(cotangents)();
    const { kernels } = this.#made!;
    const { adjoint } = this.description;
    const [grads, inputs, context, states] = await Promise.all([
      this.#read(kernels.grads),
      this.#readAll(adjoint.inputs),
      this.#readAll(adjoint.context),
      this.#readAll(adjoint.initial),
    ]);
    return {
      params: Object.fromEntries(
        parameterRanges(this.schedule, this.#sizes).map(
          ({ name, from, to }) => [name, grads.subarray(from, to)],
        ),
      ),
      inputs,
      context,
      states,
    };
  }

  dispose(): void {
    this.#made?.kernels.dispose();
    this.#made = undefined;
  }

  #make(sizes: CellData["sizes"]): GpuKernels {
    const key = this.schedule.cell.sizes.map((name) => sizes[name]).join(",");
    if (this.#made?.key !== key) {
      this.dispose();
      this.#sizes = sizes;
      const kernels = new GpuKernels(
        this.device,
        this.description,
        sizes,
        this.regime,
        isSoftware(this.device),
      );
      this.#made = { key, kernels };
    }
    return this.#made.kernels;
  }

  async #read({ buffer, offset, length }: Piece): Promise<Float64Array> {
    return Float64Array.from(
      await this.#readback.read(buffer, offset * 4, length),
    );
  }

  async #readAll(slots: readonly GpuSlot[]): Promise<NamedArrays> {
    return Object.fromEntries(
      await Promise.all(
        slots.map(async (slot) => [
          slot.name,
          await this.#read(this.#made!.kernels.piece(slot)),
        ]),
      ),
    ) as NamedArrays;
  }
}

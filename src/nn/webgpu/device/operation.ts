/** One place where a kernel is called: its table and its bindings are kept from call to call. */
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import { bytes, usage } from "../../../runtime/webgpu/usage.js";
import { gridOver } from "./grid.js";
import { kernelOf } from "./kernels.js";
import type { ArrayName, KernelName, NumberName } from "./kernels.js";
import { wholeNumbers, wordsOf } from "./program.js";
import type { Recording } from "./recording.js";

export interface Call<K extends KernelName> {
  /** Elements, one for each invocation. */
  readonly count: number;
  readonly arrays: Readonly<Record<ArrayName<K>, GpuTensor>>;
  readonly numbers: Readonly<Record<NumberName<K>, number>>;
}

export class Operation<K extends KernelName> {
  #device: GPUDevice | undefined;
  #table: GPUBuffer | undefined;
  #contents = new Uint32Array(0);
  #bound: readonly GPUBuffer[] = [];
  #group: GPUBindGroup | undefined;
  #latest: Recording | undefined;

  constructor(readonly kernel: K) {}

  /** Once in each recording: the table is written before the recording is submitted. */
  record(into: Recording, call: Call<K>): void {
    const { compute } = into;
    const { limits } = compute.device;
    this.#place(compute.device);
    this.#write(into, call);
    const { pipeline, layout } = compute.program(this.kernel);
    const { pass } = into;
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.#bind(compute.device, layout, call));
    const most = limits.maxComputeWorkgroupsPerDimension;
    pass.dispatchWorkgroups(...gridOver(call.count, most));
  }

  dispose(): void {
    this.#table?.destroy();
    this.#table = undefined;
    this.#device = undefined;
  }

  #place(device: GPUDevice): void {
    if (this.#device === device) return;
    this.dispose();
    this.#device = device;
    this.#contents = new Uint32Array(wordsOf(kernelOf(this.kernel)));
    this.#group = undefined;
    this.#table = device.createBuffer({
      label: `${this.kernel} call`,
      size: this.#contents.byteLength,
      usage: usage.uniform | usage.copyTarget,
    });
  }

  #write(recording: Recording, { count, arrays, numbers }: Call<K>): void {
    const kernel = kernelOf(this.kernel);
    const { reads, writes, whole = [], real = [] } = kernel;
    const contents = new Uint32Array(this.#contents.length);
    const given = numbers as Readonly<Record<string, number>>;
    contents.set([
      count,
      ...[...reads, ...writes].map(
        (name) => arrays[name as ArrayName<K>].piece.offset,
      ),
      ...whole.map((name) => given[name]!),
    ]);
    new Float32Array(
      contents.buffer,
      wholeNumbers(kernel).length * bytes,
      real.length,
    ).set(real.map((name) => given[name]!));
    if (contents.every((word, i) => word === this.#contents[i])) return;
    if (this.#latest === recording)
      throw new Error(`${this.kernel} stands twice in one recording`);
    this.#latest = recording;
    this.#contents = contents;
    this.#device!.queue.writeBuffer(this.#table!, 0, contents);
  }

  #bind(
    device: GPUDevice,
    layout: GPUBindGroupLayout,
    { arrays }: Call<K>,
  ): GPUBindGroup {
    const { reads, writes } = kernelOf(this.kernel);
    const buffers = [...reads, ...writes].map(
      (name) => arrays[name as ArrayName<K>].piece.buffer,
    );
    const same =
      this.#group !== undefined &&
      buffers.every((buffer, i) => buffer === this.#bound[i]);
    if (!same) {
      this.#bound = buffers;
      // Whole buffers: the table says where the arrays begin, which may be anywhere.
      this.#group = device.createBindGroup({
        layout,
        entries: [this.#table!, ...buffers].map((buffer, binding) => ({
          binding,
          resource: { buffer },
        })),
      });
    }
    return this.#group!;
  }
}

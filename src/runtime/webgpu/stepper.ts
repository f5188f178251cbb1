/** One step at a time on the device: the state that a step leaves is copied into the next one there. */
import type { CellNames } from "../info.js";
import type { CellPlan } from "../plan.js";
import { GpuTensor } from "./tensor.js";
import type {
  GpuNumbers,
  GpuStepper,
  GpuStepperOptions,
  LoadedGpuCell,
} from "./types.js";
import { bytes, usage } from "./usage.js";

type GivenOnGpu = Readonly<Partial<Record<string, GpuNumbers>>>;
type Tensors = Readonly<Record<string, GpuTensor>>;

export class GpuCellStepper implements GpuStepper<CellNames> {
  readonly #cell: LoadedGpuCell;
  readonly #options: GpuStepperOptions<CellNames>;
  readonly #batch: number;
  readonly #buffer: GPUBuffer;
  readonly #resident: Tensors;
  #states: GivenOnGpu;
  #t: number;
  #disposed = false;

  constructor(
    cell: LoadedGpuCell,
    plan: CellPlan,
    options: GpuStepperOptions<CellNames>,
  ) {
    this.#cell = cell;
    this.#options = options;
    this.#batch = options.batch ?? 1;
    this.#states = options.states ?? {};
    this.#t = options.t0 ?? 0;
    const rows = plan.states.map(({ elements }) => this.#batch * elements);
    const total = rows.reduce((sum, row) => sum + row, 0);
    this.#buffer = cell.device.createBuffer({
      label: `${cell.name} state of a stepper`,
      size: Math.max(total, 1) * bytes,
      usage: usage.storage | usage.copySource | usage.copyTarget,
    });
    let offset = 0;
    this.#resident = Object.fromEntries(
      plan.states.map(({ name, shape, vocabulary }, i) => {
        const piece = { buffer: this.#buffer, offset, length: rows[i]! };
        offset += rows[i]!;
        return [
          name,
          cell.params.beside([this.#batch, ...shape], piece, {
            token: vocabulary !== undefined,
            valid: () => !this.#disposed,
          }),
        ];
      }),
    );
  }

  get states(): Tensors {
    return this.#resident;
  }

  async step(inputs: GivenOnGpu): Promise<Tensors> {
    if (this.#disposed)
      throw new Error(`${this.#cell.name}: the stepper is disposed`);
    const { context, buffers } = this.#options;
    const { outputs, states } = await this.#cell.forward(
      inputs as Readonly<Record<string, GpuNumbers>>,
      {
        batch: this.#batch,
        steps: 1,
        t0: this.#t,
        keep: false,
        states: this.#states,
        ...(context ? { context } : {}),
        ...(buffers ? { buffers } : {}),
      },
    );
    const encoder = this.#cell.device.createCommandEncoder();
    for (const [name, tensor] of Object.entries(this.#resident))
      if (tensor.length > 0)
        encoder.copyBufferToBuffer(
          states[name]!.buffer,
          states[name]!.byteOffset,
          tensor.buffer,
          tensor.byteOffset,
          tensor.length * bytes,
        );
    this.#cell.device.queue.submit([encoder.finish()]);
    this.#states = this.#resident;
    this.#t++;
    return outputs;
  }

  reset(states: GivenOnGpu = this.#options.states ?? {}): void {
    this.#states = states;
    this.#t = this.#options.t0 ?? 0;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#buffer.destroy();
  }
}

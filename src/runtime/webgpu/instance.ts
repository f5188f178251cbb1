/**
 * The kernels of a cell on a device, for one set of sizes: the buffers, the tables, and the recording of
 * forward and backward passes. Whatever comes back are places in buffers; nothing is read here.
 */
import type { Sizes } from "../kernel.js";
import type { GpuDescription, GpuSlot } from "./description.js";
import { Buffers } from "./buffers.js";
import { Filler } from "./filler.js";
import type { Held, Piece, Source } from "./filler.js";
import { GpuLayout } from "./layout.js";
import { pipelinesOf } from "./pipelines.js";
import type { Access, Pipelines } from "./pipelines.js";
import { planBackward, planForward } from "./plan.js";
import type { Command, PassOptions } from "./plan.js";
import { chooseRegime, longestDispatch } from "./regime.js";
import type { RegimeChoice, RegimeName } from "./regime.js";
import { Ranges, Tables } from "./tables.js";
import { bytes } from "./usage.js";
import { writeRuns } from "../runs.js";

/** Work that is submitted at once, in multiples of what one dispatch may do. */
const perSubmit = 4;

export interface ForwardCall {
  readonly steps: number;
  readonly batch: number;
  readonly keep: boolean;
  readonly t0: number;
  readonly lengths: Float32Array<ArrayBuffer> | undefined;
  readonly inputs: Readonly<Record<string, Source>>;
  readonly context: Readonly<Record<string, Source>>;
  readonly buffers: Readonly<Record<string, Source>>;
  readonly states: Readonly<Record<string, Source>>;
}

export interface BackwardCallOnDevice {
  readonly outputs: Readonly<Record<string, Source>>;
  readonly states: Readonly<Record<string, Source>>;
  readonly inputs: boolean;
  readonly accumulate: boolean;
}

/** Dispatches with everything that recording them needs. */
interface Recorded {
  readonly pipeline: GPUComputePipeline;
  readonly tables: GPUBindGroup;
  readonly range: number;
  readonly command: Command;
}

export class GpuKernels {
  readonly layout: GpuLayout;
  readonly #pipelines: Pipelines;
  readonly #buffers: Buffers;
  readonly #tables: Tables;
  readonly #ranges: Ranges;
  readonly #longest: number;
  #bindGroups = new Map<string, GPUBindGroup>();
  #recordings = new Map<string, readonly Recorded[]>();
  /** Buffers that were replaced, to be destroyed once what reads them is submitted. */
  #old: GPUBuffer[] = [];
  #regime: RegimeChoice;
  #hasLengths = false;
  /** Passes whose matrices lie packed as the parameters are now. */
  readonly #packed = new Set<"forward" | "backward">();
  #sized = false;
  #disposed = false;

  constructor(
    readonly device: GPUDevice,
    readonly description: GpuDescription,
    sizes: Sizes,
    readonly wantedRegime: RegimeName,
    readonly software: boolean,
  ) {
    this.layout = new GpuLayout(description, sizes);
    this.#pipelines = pipelinesOf(device);
    this.#longest = longestDispatch(software);
    const { cell } = description;
    this.#buffers = new Buffers(device, cell);
    this.#tables = new Tables(device, description);
    this.#ranges = new Ranges(device, this.#pipelines.rangeLayout, cell);
    this.#regime = { regime: "steps", slice: 1, reason: "" };
    this.layout.place({ steps: 1, batch: 1, adjoint: false });
    this.#buffers.check(this.layout);
    this.#grow();
  }

  get regime(): RegimeChoice {
    return this.#regime;
  }

  get params(): Piece {
    return this.#whole(this.description.params);
  }

  get grads(): Piece {
    return this.#whole(this.description.grads);
  }

  #whole(array: number): Piece {
    return {
      buffer: this.#buffers.get(this.description.arrays[array]!.group),
      offset: this.layout.address(array),
      length: this.layout.length(array),
    };
  }

  /** Has to be called whenever the parameters are not what they were. */
  paramsChanged(): void {
    this.#packed.clear();
  }

  /** The numbers of a slot. */
  piece({ array, first, all }: GpuSlot): Piece {
    const { layout, description } = this;
    const row = layout.row(array);
    return {
      buffer: this.#buffers.get(description.arrays[array]!.group),
      offset: layout.address(array) + first * row,
      length: row * (all ? layout.rows.steps : 1),
    };
  }

  owns(buffer: GPUBuffer): boolean {
    return this.#buffers.has(buffer);
  }

  /** Prepares buffers, tables and pipelines for so many steps and entries. */
  #resize(steps: number, batch: number, adjoint: boolean): void {
    const { rows } = this.layout;
    const same = rows.steps === steps && rows.batch === batch;
    const needed = adjoint || (same && rows.adjoint);
    if (same && rows.adjoint === needed && this.#sized) return;
    this.layout.place({ steps, batch, adjoint: needed });
    try {
      this.#buffers.check(this.layout);
    } catch (error) {
      this.layout.place(rows);
      throw error;
    }
    this.#grow();
    this.#packed.clear();
    this.#ranges.clear();
    this.#regime = chooseRegime({
      layout: this.layout,
      memory: this.device.limits.maxComputeWorkgroupStorageSize,
      wanted: this.wantedRegime,
      software: this.software,
    });
    this.#recordings = new Map();
    this.#sized = true;
  }

  /** Makes buffers that are missing or too short. */
  #grow(): void {
    const old = this.#buffers.grow(this.layout);
    if (old.length === 0) return;
    this.#old.push(...old);
    this.#bindGroups = new Map();
  }

  #bindGroup(kernel: number, access: Access): GPUBindGroup {
    const key = `${access} ${kernel}`;
    let group = this.#bindGroups.get(key);
    if (!group) {
      group = this.device.createBindGroup({
        layout: this.#pipelines.layouts[access],
        entries: [
          { binding: 0, resource: this.#tables.binding(kernel) },
          ...this.#buffers.bindings,
        ],
      });
      this.#bindGroups.set(key, group);
    }
    return group;
  }

  /** Pipelines and bind groups of a pass, made once. */
  async #record(
    key: string,
    commands: () => readonly Command[],
  ): Promise<readonly Recorded[]> {
    const known = this.#recordings.get(key);
    if (known) return known;
    const { kernels } = this.description;
    const made = await Promise.all(
      commands().map(async (command): Promise<Recorded> => {
        const access = command.pack ? "pack" : "kernel";
        return {
          command,
          tables: this.#bindGroup(command.kernel, access),
          range: this.#ranges.offset(
            command.start,
            command.steps,
            command.wanted,
          ),
          pipeline: await this.#pipelines.get(
            kernels[command.kernel]!,
            command,
            access,
          ),
        };
      }),
    );
    this.#old.push(...this.#ranges.write());
    this.#recordings.set(key, made);
    return made;
  }

  #options(wanted: boolean): PassOptions {
    return {
      regime: this.#regime.regime,
      slice: this.#regime.slice,
      software: this.software,
      memory: this.device.limits.maxComputeWorkgroupStorageSize,
      wanted,
      most: this.device.limits.maxComputeWorkgroupsPerDimension,
      longest: this.#longest,
    };
  }

  async forward(call: ForwardCall): Promise<void> {
    const encoder = this.device.createCommandEncoder();
    // What lies in buffers of this cell moves when it is laid out anew.
    const fill = new Filler(this, encoder);
    try {
      await this.#forward(call, encoder, fill);
    } finally {
      fill.release();
    }
  }

  async #forward(
    call: ForwardCall,
    encoder: GPUCommandEncoder,
    fill: Filler,
  ): Promise<void> {
    const { description, layout } = this;
    const { slots } = description;
    const { steps, batch, keep, states } = call;
    const [inputs, context, buffers, initial] = [
      call.inputs,
      call.context,
      call.buffers,
      states,
    ].map((arrays) => fill.hold(arrays)) as [Held, Held, Held, Held];
    this.#resize(steps, batch, keep);
    const given = new Set(Object.keys(states));
    const recorded = await this.#record(
      `forward ${keep} ${[...given].sort().join(" ")}`,
      () => planForward(layout, given, this.#options(keep)),
    );
    this.#hasLengths = call.lengths !== undefined;
    this.#tables.write(layout, {
      t0: call.t0,
      slice: this.#regime.slice,
      given,
    });
    fill.into(inputs, slots.inputs);
    fill.into(context, slots.context);
    fill.into(buffers, slots.buffers);
    for (const slot of slots.initial)
      if (initial[slot.name] === undefined) this.#clear(slot, encoder);
    fill.into(initial, slots.initial);
    const lengths = call.lengths ?? new Float32Array(batch).fill(steps);
    fill.copy(lengths, this.#whole(description.lengths));
    if (keep) this.#fillRuns(call.lengths, fill);
    this.#submit(recorded, encoder, "forward");
  }

  /** The rows that sums of a backward pass are over. */
  #fillRuns(lengths: ForwardCall["lengths"], fill: Filler): void {
    const { present, begun, leavesOutEmpty } = this.description;
    const { steps, batch } = this.layout.rows;
    const write = (
      array: number,
      given: ForwardCall["lengths"],
      rows: number,
    ): void => {
      const runs: number[] = [];
      writeRuns(runs, given, rows, batch);
      runs.push(-1);
      const numbers = Float32Array.from(runs);
      fill.copy(numbers, { ...this.#whole(array), length: numbers.length });
    };
    write(present, lengths, steps);
    write(begun, leavesOutEmpty ? lengths : undefined, 1);
  }

  #clear(slot: GpuSlot, encoder: GPUCommandEncoder): void {
    const { buffer, offset, length } = this.piece(slot);
    if (length > 0) encoder.clearBuffer(buffer, offset * bytes, length * bytes);
  }

  /** For the latest `forward` that kept. */
  async backward(call: BackwardCallOnDevice): Promise<void> {
    const encoder = this.device.createCommandEncoder();
    const fill = new Filler(this, encoder);
    try {
      await this.#backward(call, encoder, fill);
    } finally {
      fill.release();
    }
  }

  async #backward(
    call: BackwardCallOnDevice,
    encoder: GPUCommandEncoder,
    fill: Filler,
  ): Promise<void> {
    const { description, layout } = this;
    const { adjoint, summed } = description;
    const [outputs, states] = [call.outputs, call.states].map((arrays) =>
      fill.hold(arrays),
    ) as [Held, Held];
    const recorded = await this.#record(
      `backward ${call.inputs} ${this.#hasLengths}`,
      () => planBackward(layout, this.#hasLengths, this.#options(call.inputs)),
    );
    for (const slot of [...adjoint.outputs, ...adjoint.final])
      this.#clear(slot, encoder);
    for (const array of summed) {
      const { buffer, offset, length } = this.#whole(array);
      encoder.clearBuffer(buffer, offset * bytes, length * bytes);
    }
    if (!call.accumulate) {
      const { buffer, offset, length } = this.grads;
      if (length > 0)
        encoder.clearBuffer(buffer, offset * bytes, length * bytes);
    }
    fill.into(outputs, adjoint.outputs);
    fill.into(states, adjoint.final);
    this.#submit(recorded, encoder, "backward");
  }

  /** Records all dispatches behind what the encoder has, in pieces that do not keep the device for long. */
  #submit(
    recorded: readonly Recorded[],
    first: GPUCommandEncoder,
    direction: "forward" | "backward",
  ): void {
    const { device } = this;
    let encoder = first;
    let pass = encoder.beginComputePass();
    let work = 0;
    let pipeline: GPUComputePipeline | undefined;
    for (const each of recorded) {
      const { command } = each;
      if (command.early && this.#packed.has(direction)) continue;
      if (work > 0 && work + command.work > perSubmit * this.#longest) {
        pass.end();
        device.queue.submit([encoder.finish()]);
        encoder = device.createCommandEncoder();
        pass = encoder.beginComputePass();
        pipeline = undefined;
        work = 0;
      }
      work += command.work;
      if (pipeline !== each.pipeline) pass.setPipeline(each.pipeline);
      pipeline = each.pipeline;
      pass.setBindGroup(0, each.tables);
      pass.setBindGroup(1, this.#ranges.group, [each.range]);
      pass.dispatchWorkgroups(...command.groups);
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
    this.#packed.add(direction);
    for (const buffer of this.#old) buffer.destroy();
    this.#old = [];
  }

  /** How many dispatches the passes have, for people. */
  dispatches(): { readonly forward: number; readonly backward: number } {
    const count = (name: string): number =>
      [...this.#recordings].find(([key]) => key.startsWith(name))?.[1].length ??
      0;
    return { forward: count("forward"), backward: count("backward") };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const buffer of this.#old) buffer.destroy();
    this.#buffers.destroy();
    this.#tables.destroy();
    this.#ranges.destroy();
  }
}

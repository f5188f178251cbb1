/** The way of numbers into the slots of a cell: from the host, and from buffers of the device. */
import type { GpuSlot } from "./description.js";
import { own } from "../own.js";
import { bytes, usage } from "./usage.js";

/** Numbers in a buffer of the device. */
export interface Piece {
  readonly buffer: GPUBuffer;
  /** In elements. */
  readonly offset: number;
  readonly length: number;
}

/** Where a slot gets its numbers from. */
export type Source = Float32Array<ArrayBuffer> | Piece;

/** The kernels whose slots are filled. */
interface Target {
  readonly device: GPUDevice;
  owns(buffer: GPUBuffer): boolean;
  piece(slot: GpuSlot): Piece;
}

/** Sources by the name of the slot. */
export type Held = Readonly<Record<string, Source>>;

/** Puts numbers into slots, by commands of one encoder. */
export class Filler {
  readonly #temporary: GPUBuffer[] = [];

  constructor(
    readonly kernels: Target,
    readonly encoder: GPUCommandEncoder,
  ) {}

  /** Sources that stay valid when the cell is laid out anew: a copy of what lies in its own buffers. */
  hold(arrays: Held): Held {
    return Object.fromEntries(
      Object.entries(arrays).map(([name, source]) => [
        name,
        source instanceof Float32Array || !this.kernels.owns(source.buffer)
          ? source
          : this.#hold(source),
      ]),
    );
  }

  #hold({ buffer, offset, length }: Piece): Piece {
    const copy = this.kernels.device.createBuffer({
      label: "held",
      size: Math.max(length, 1) * bytes,
      usage: usage.copySource | usage.copyTarget,
    });
    this.#temporary.push(copy);
    this.encoder.copyBufferToBuffer(
      buffer,
      offset * bytes,
      copy,
      0,
      length * bytes,
    );
    return { buffer: copy, offset: 0, length };
  }

  into(arrays: Held, slots: readonly GpuSlot[]): void {
    for (const slot of slots) {
      const source = own(arrays, slot.name);
      if (source) this.copy(source, this.kernels.piece(slot));
    }
  }

  copy(source: Source, { buffer, offset, length }: Piece): void {
    if (length === 0) return;
    if (source instanceof Float32Array) {
      // A write comes before the copies and clears that the encoder has: it goes through a buffer of its own.
      const staging = this.kernels.device.createBuffer({
        label: "upload",
        size: length * bytes,
        usage: usage.copySource,
        mappedAtCreation: true,
      });
      new Float32Array(staging.getMappedRange()).set(source);
      staging.unmap();
      this.#temporary.push(staging);
      this.encoder.copyBufferToBuffer(
        staging,
        0,
        buffer,
        offset * bytes,
        length * bytes,
      );
      return;
    }
    this.encoder.copyBufferToBuffer(
      source.buffer,
      source.offset * bytes,
      buffer,
      offset * bytes,
      length * bytes,
    );
  }

  /** After the submission. */
  release(): void {
    for (const buffer of this.#temporary) buffer.destroy();
  }
}

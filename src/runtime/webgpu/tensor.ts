/** Numbers on the device. */
import type { Numbers } from "../info.js";
import type { Piece, Source } from "./filler.js";
import type { Readback } from "./readback.js";
import { bytes } from "./usage.js";

/** What tensors of one call share. */
export interface Lease {
  /** Told when the caller gets hold of the buffer and may write to it. */
  readonly onShare?: () => void;
  /** False as soon as a later call has overwritten the numbers. */
  readonly valid: () => boolean;
  readonly cell: string;
  readonly readback: Readback;
}

/**
 * An array in a buffer of the device, row-major. What a call gives back is valid until the next call on the
 * same cell; `read` brings the numbers to the host, and handing the tensor to a call leaves them where they are.
 */
export class GpuTensor {
  readonly length: number;
  readonly #piece: Piece;
  readonly #lease: Lease;

  constructor(
    readonly shape: readonly number[],
    piece: Piece,
    lease: Lease,
    /** Tokens are read as integers; on the device they are floats. */
    readonly token = false,
  ) {
    this.#piece = piece;
    this.#lease = lease;
    this.length = piece.length;
  }

  get device(): GPUDevice {
    return this.#lease.readback.device;
  }

  /** For kernels of your own: the buffer, usable as storage. */
  get buffer(): GPUBuffer {
    this.#lease.onShare?.();
    return this.#valid().buffer;
  }

  /** Where it begins in the buffer, in bytes. */
  get byteOffset(): number {
    return this.#valid().offset * bytes;
  }

  get piece(): Piece {
    return this.#valid();
  }

  /** All tensors that are read in one turn come in one copy. */
  async read(): Promise<Float32Array> {
    const { buffer, offset, length } = this.#valid();
    return this.#lease.readback.read(buffer, offset * bytes, length);
  }

  /** The same for tokens. */
  async readTokens(): Promise<Int32Array> {
    return Int32Array.from(await this.read());
  }

  /** Another tensor of the same device. */
  beside(
    shape: readonly number[],
    piece: Piece,
    {
      token,
      valid,
    }: { readonly token: boolean; readonly valid: () => boolean },
  ): GpuTensor {
    return new GpuTensor(shape, piece, { ...this.#lease, valid }, token);
  }

  #valid(): Piece {
    if (!this.#lease.valid())
      throw new Error(
        `${this.#lease.cell}: this tensor was overwritten by a later call, or the cell is disposed; read it before, or hand it on with the next call`,
      );
    return this.#piece;
  }
}

export type Sources = Readonly<Record<string, Source>>;

/** What kernels copy from: tensors where they are, everything else as float32. */
export const sourcesOf = (
  given: Readonly<Partial<Record<string, Numbers | GpuTensor>>>,
): Sources =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, numbers]) =>
      numbers === undefined
        ? []
        : [
            [
              name,
              numbers instanceof GpuTensor
                ? numbers.piece
                : numbers instanceof Float32Array &&
                    numbers.buffer instanceof ArrayBuffer
                  ? (numbers as Float32Array<ArrayBuffer>)
                  : Float32Array.from(numbers),
            ],
          ],
    ),
  );

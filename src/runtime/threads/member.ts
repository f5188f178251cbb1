/** One thread's share of the work: its own kernels over its slice of the batch. The same in every thread. */
import { WasmKernels } from "../wasm/instance.js";
import { Exchange } from "./exchange.js";
import type { Backward, Forward, Resize, Start } from "./messages.js";
import { Signals } from "./signals.js";
import type { Watch } from "./signals.js";
import type { Slice } from "./slices.js";

/** What is made only when all kernels are sized. */
type SharedOfResize = "memory" | "lengths";

export class Member {
  readonly kernels: WasmKernels;
  readonly #start: Start;
  readonly #signals: Signals;
  readonly #grads: Float32Array;
  readonly #parts: readonly Float32Array[];
  /** Over the wait for the other threads. */
  readonly #watch: Watch;
  #exchange: Exchange | undefined;
  #slices: readonly Slice[] = [];
  #lengths: Int32Array = new Int32Array(0);

  constructor(start: Start, watch: Watch) {
    this.#start = start;
    this.#watch = watch;
    this.#signals = new Signals(start.signals);
    this.#grads = new Float32Array(start.grads);
    const { length } = this.#grads;
    this.#parts = Array.from(
      { length: start.threads },
      (_, i) => new Float32Array(start.parts, 4 * i * length, length),
    );
    this.kernels = new WasmKernels(start.modules, start.plan, start.sizes, {
      params: new Float32Array(start.params),
      grads: this.#parts[start.thread]!,
    });
  }

  /** Sizes the kernels to this thread's slice. */
  resize({ steps, adjoint, slices }: Omit<Resize, SharedOfResize>): void {
    this.#slices = slices;
    this.kernels.resize(steps, this.#slice.count, adjoint);
    // Calls of other sizes may have gone on without this thread.
    this.kernels.unsettle();
  }

  /** After `resize`: the arrays of the whole batch; none where this thread's are the whole. */
  attach(message: Resize): Exchange | undefined {
    const { adjoint, memory, lengths } = message;
    const slice = this.#slice;
    this.#lengths = new Int32Array(lengths, 4 * slice.first, slice.count);
    this.#exchange =
      memory.byteLength > 0
        ? new Exchange(this.kernels, adjoint, message, slice, memory)
        : undefined;
    return this.#exchange;
  }

  /** Only threads with a slice are told of work. */
  get #slice(): Slice {
    return this.#slices[this.#start.thread]!;
  }

  forward({ t0, lengths, keep, sameParams, given }: Forward): void {
    this.#exchange?.move("beforeForward");
    this.kernels.forward({
      t0,
      lengths: lengths ? this.#lengths : null,
      keep,
      sameParams,
      given: new Set(given),
    });
    this.#exchange?.move("afterForward");
  }

  /** Every thread adds up one part of the gradient, over all threads in their order. */
  backward({ inputs }: Backward): void {
    if (!this.#exchange) {
      this.kernels.backward({ inputs }, this.#grads);
      return;
    }
    const threads = this.#slices.length;
    try {
      this.#exchange.move("beforeBackward");
      this.kernels.grads.fill(0);
      this.kernels.backward({ inputs });
      this.#exchange.move("afterBackward");
    } finally {
      this.#signals.meet(threads, this.#watch);
    }
    const { thread } = this.#start;
    const grads = this.#grads;
    const edge = (i: number): number =>
      Math.floor((grads.length * i) / threads);
    for (const part of this.#parts.slice(0, threads))
      for (let j = edge(thread); j < edge(thread + 1); j++)
        grads[j]! += part[j]!;
  }
}

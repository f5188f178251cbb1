/**
 * Kernels that share out the entries of a batch among threads. The thread that calls computes the first
 * slice itself; the others have kernels and memory of their own, and take and bring their part of the
 * arrays through shared memory. The sum of the gradients is over threads in their order.
 *
 * Small calls are not shared out: to wake a worker costs tens of microseconds.
 */
import type {
  AdjointSlots,
  BackwardOptions,
  ForwardOptions,
  KernelInstance,
  Slots,
} from "../kernel.js";
import type { WasmPlan } from "../wasm/description.js";
import type { WasmModules } from "../wasm/instance.js";
import { sharedBytes } from "./exchange.js";
import type { Exchange } from "./exchange.js";
import { Member } from "./member.js";
import type { Message, Resize, Start } from "./messages.js";
import { startColleague } from "./pool.js";
import type { Colleague } from "./pool.js";
import { makeSignalMemory, Signals } from "./signals.js";
import { sliceBatch } from "./slices.js";

/** Below so many uses of parameters (parameters · steps · entries) one thread is as fast. */
const worthSharing = 4e6;

export interface ThreadParts {
  readonly modules: WasmModules;
  readonly plan: WasmPlan;
  readonly sizes: readonly number[];
}

/** @throws where a worker does not start; then none is left. */
export async function startThreads(
  { modules, plan, sizes }: ThreadParts,
  threads: number,
  leastWork = worthSharing,
): Promise<ThreadedKernels> {
  const bytes = 4 * sizes[plan.arrays[plan.params]!.width]!;
  const shared = {
    kind: "start",
    threads,
    modules,
    plan,
    sizes,
    signals: makeSignalMemory(threads),
    params: new SharedArrayBuffer(bytes),
    grads: new SharedArrayBuffer(bytes),
    parts: new SharedArrayBuffer(bytes * threads),
  } as const;
  const started = await Promise.allSettled(
    Array.from({ length: threads - 1 }, (_, i) =>
      startColleague({ ...shared, thread: i + 1 }),
    ),
  );
  const colleagues = started.flatMap((each) =>
    each.status === "fulfilled" ? [each.value] : [],
  );
  const missing = started.find((each) => each.status === "rejected");
  if (missing) {
    for (const colleague of colleagues) colleague.end();
    throw missing.reason;
  }
  return new ThreadedKernels({ ...shared, thread: 0 }, colleagues, leastWork);
}

export class ThreadedKernels implements KernelInstance {
  readonly params: Float32Array;
  readonly grads: Float32Array;
  readonly #own: Member;
  readonly #colleagues: readonly Colleague[];
  readonly #leastWork: number;
  readonly #signals: Signals;
  #sized: Resize | undefined;
  /** Arrays of the whole batch; none where the batch is one slice. */
  #exchange: Exchange | undefined;

  constructor(
    start: Start,
    colleagues: readonly Colleague[],
    leastWork: number,
  ) {
    this.params = new Float32Array(start.params);
    this.grads = new Float32Array(start.grads);
    this.#own = new Member(start);
    this.#colleagues = colleagues;
    this.#leastWork = leastWork;
    this.#signals = new Signals(start.signals);
  }

  get slots(): Slots {
    return (this.#exchange ?? this.#own.kernels).slots;
  }

  get adjoint(): AdjointSlots {
    return this.#exchange?.adjoint ?? this.#own.kernels.adjoint;
  }

  resize(steps: number, batch: number, adjoint: boolean): void {
    const before = this.#sized;
    const same = before?.steps === steps && before.batch === batch;
    if (same && (before.adjoint || !adjoint)) return;
    try {
      this.#place(steps, batch, adjoint);
    } catch (error) {
      // Sizes that there was room for.
      if (before) this.#place(before.steps, before.batch, before.adjoint);
      throw error;
    }
  }

  #place(steps: number, batch: number, adjoint: boolean): void {
    const shares = this.params.length * steps * batch >= this.#leastWork;
    const threads = shares ? this.#colleagues.length + 1 : 1;
    const slices = sliceBatch(batch, threads);
    const shape = { kind: "resize", steps, batch, adjoint, slices } as const;
    this.#own.resize(shape);
    const alone = slices.length === 1;
    const bytes = alone
      ? 0
      : sharedBytes(this.#own.kernels, adjoint, shape, slices[0]!);
    this.#sized = {
      ...shape,
      memory: new SharedArrayBuffer(bytes),
      lengths: new SharedArrayBuffer(4 * batch),
    };
    this.#together(this.#sized, () => {
      this.#exchange = this.#own.attach(this.#sized!);
    });
  }

  /** Tells the others, does the own share, waits for the others. */
  #together(message: Message, own: () => void): void {
    const slices = this.#sized!.slices.length;
    this.#signals.begin();
    for (let i = 1; i < slices; i++) this.#colleagues[i - 1]!.tell(message);
    try {
      own();
    } finally {
      // Nobody may still be at work when the next call begins.
      for (let i = 1; i < slices; i++) this.#signals.wait(i);
    }
    for (let i = 1; i < slices; i++) {
      const problem = this.#signals.problem(i);
      if (problem !== undefined) throw new RangeError(problem);
    }
  }

  forward(options: ForwardOptions): void {
    const { t0, lengths, keep, sameParams, given } = options;
    if (lengths) new Int32Array(this.#sized!.lengths).set(lengths);
    const message = {
      kind: "forward",
      t0,
      lengths: lengths !== null,
      keep,
      sameParams,
      given: [...given],
    } as const;
    this.#together(message, () => this.#own.forward(message));
  }

  backward({ inputs }: BackwardOptions): void {
    const message = { kind: "backward", inputs } as const;
    this.#together(message, () => this.#own.backward(message));
  }

  dispose(): void {
    for (const colleague of this.#colleagues) colleague.end();
    this.#own.kernels.dispose();
    this.#exchange = undefined;
  }
}

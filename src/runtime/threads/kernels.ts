/**
 * Kernels that share out the entries of a batch among threads. The thread that calls computes the first
 * slice itself; the others have kernels and memory of their own, and take and bring their part of the
 * arrays through shared memory. The sum of the gradients is over threads in their order.
 *
 * Small calls are not shared out: to wake a worker costs tens of microseconds.
 *
 * A thread that dies, or that gets no time, ends the call that needed it with an error, and is not asked again:
 * the thread that calls computes alone from then on.
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
import { nameOf, startColleague } from "./pool.js";
import type { Colleague } from "./pool.js";
import { makeSignalMemory, Signals } from "./signals.js";
import type { Watch } from "./signals.js";
import { sliceBatch } from "./slices.js";

/** Below so many uses of parameters (parameters · steps · entries) one thread is as fast. */
const worthSharing = 4e6;

/** Milliseconds in which a thread has to take up its share of a call. */
const patience = 600;

/** The others cannot be waited for. */
class ThreadLost extends Error {}

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
  readonly #cell: string;
  readonly #threads: number;
  #colleagues: readonly Colleague[];
  readonly #leastWork: number;
  readonly #signals: Signals;
  #sized: Resize | undefined;
  /** Arrays of the whole batch; none where the batch is one slice. */
  #exchange: Exchange | undefined;
  /** Some of what the latest forward pass has kept is gone with its thread. */
  #incomplete = false;

  constructor(
    start: Start,
    colleagues: readonly Colleague[],
    leastWork: number,
  ) {
    this.params = new Float32Array(start.params);
    this.grads = new Float32Array(start.grads);
    this.#own = new Member(start, this.#watch);
    this.#cell = start.plan.cell;
    this.#threads = start.threads;
    this.#colleagues = colleagues;
    this.#leastWork = leastWork;
    this.#signals = new Signals(start.signals);
  }

  get threads(): number {
    return this.#colleagues.length + 1;
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
      this.#sized = undefined;
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

  /**
   * Tells the others, does the own share, waits for the others.
   * @throws Error that names a thread for which waiting is of no use
   */
  #together(message: Message, own: () => void): void {
    const slices = this.#sized!.slices.length;
    this.#signals.begin();
    for (let i = 1; i < slices; i++) this.#colleagues[i - 1]!.tell(message);
    let failure: unknown;
    try {
      own();
    } catch (error) {
      failure = error;
    }
    // Nobody may still be at work when the next call begins.
    if (!(failure instanceof ThreadLost))
      try {
        for (let i = 1; i < slices; i++) this.#signals.wait(i, this.#watch);
      } catch (error) {
        failure = error;
      }
    if (failure instanceof ThreadLost) this.#goOnAlone();
    if (failure !== undefined) throw failure;
    for (let i = 1; i < slices; i++) {
      const problem = this.#signals.problem(i);
      if (problem !== undefined)
        throw new RangeError(
          `${this.#cell}: ${nameOf(i, this.#threads)}: ${problem}`,
        );
    }
  }

  readonly #watch: Watch = (waited) => {
    const slices = this.#sized!.slices.length;
    for (let i = 1; i < slices; i++) {
      const reason =
        this.#colleagues[i - 1]!.gone() ??
        (waited <= patience
          ? undefined
          : this.#signals.isAsked(i)
            ? `has not begun its share within ${patience} milliseconds`
            : // It does not come to the barrier any more.
              this.#signals.problem(i));
      if (reason !== undefined)
        throw new ThreadLost(
          `${this.#cell}: ${nameOf(i, this.#threads)} ${reason}; the call has no result. Call forward again: one thread computes from here on`,
        );
    }
  };

  #goOnAlone(): void {
    this.#signals.abandon();
    for (const colleague of this.#colleagues) colleague.end();
    this.#colleagues = [];
    this.#incomplete = true;
  }

  /** The whole batch becomes this thread's; the arrays stay where callers have them. */
  #takeOver(): void {
    if (!this.#incomplete) return;
    const { batch } = this.#sized!;
    this.#sized = { ...this.#sized!, slices: sliceBatch(batch, 1) };
    this.#own.resize(this.#sized);
    this.#exchange = this.#own.attach(this.#sized);
    this.#incomplete = false;
  }

  forward(options: ForwardOptions): void {
    this.#takeOver();
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
    if (this.#incomplete)
      throw new Error(
        `${this.#cell}: what the forward pass kept is gone with a thread that was lost; call forward again`,
      );
    const message = { kind: "backward", inputs } as const;
    this.#together(message, () => this.#own.backward(message));
  }

  dispose(): void {
    for (const colleague of this.#colleagues) colleague.end();
    this.#own.kernels.dispose();
    this.#exchange = undefined;
  }
}

/**
 * Threads that die, fail, get no time or do not start: an error that names them, within a second, and the cell
 * goes on in one thread. As in `wasm-threads.test.ts` the runtime is that of a build.
 */
import { Worker as NodeWorker } from "node:worker_threads";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { KernelModule } from "../../src/runtime/kernel.js";
import type { LoadedCell } from "../../src/runtime/index.js";
import type { Message } from "../../src/runtime/threads/messages.js";
import { LSTM } from "../../generated/lstm.js";
import { library } from "../specs/library.js";

const built = <T>(path: string): Promise<T> =>
  import(new URL(`../../dist/${path}`, import.meta.url).href) as Promise<T>;

let runtime: typeof import("../../src/runtime/index.js");
let module: KernelModule;
beforeAll(async () => {
  runtime = await built("runtime/index.js");
  const wasm = await built<typeof import("../../src/backends/wasm/index.js")>(
    "backends/wasm/index.js",
  );
  const { schedule } = library().get("LSTM")!;
  module = wasm.instantiateWasm(schedule, await wasm.loadAssembler());
});

/** Sees every message to a worker; what it returns is sent instead, undefined is not. */
type Hook = (message: Message, worker: NodeWorker) => unknown;
let hook: Hook = (message) => message;
const workers = new Map<number, NodeWorker>();
const post = NodeWorker.prototype.postMessage;
const send = (worker: NodeWorker, message: unknown): void =>
  post.call(worker, message, []);

beforeAll(() => {
  NodeWorker.prototype.postMessage = function (this: NodeWorker, message) {
    const told = message as Message;
    if (told.kind === "start") workers.set(told.thread, this);
    const instead = hook(told, this);
    if (instead !== undefined) send(this, instead);
  };
  return () => {
    NodeWorker.prototype.postMessage = post;
  };
});

afterEach(() => {
  hook = (message) => message;
  workers.clear();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

// So much work that small calls stay in one thread, and these do not.
const [T, B, M, N] = [40, 12, 32, 48];
const wave = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(1 + 1.7 * i));
const x = wave(T * B * M);
const dh = wave(T * B * N);

const load = (threads: number): Promise<LoadedCell> =>
  runtime.loadCell(
    { ...LSTM, backends: { wasm: () => Promise.resolve(module) } },
    { backend: "wasm", sizes: { M, N }, threads },
  ) as Promise<LoadedCell>;

const forward = (cell: LoadedCell, batch = B) =>
  cell.forward({ x: x.subarray(0, T * batch * M) }, { batch });
const backward = (cell: LoadedCell) => cell.backward({ outputs: { h: dh } });

/** Everything that a call and its backward pass give. */
function results(cell: LoadedCell): Float32Array[] {
  const { outputs, states } = forward(cell);
  const first = [outputs.h!, states.c!].map((each) => each.slice());
  const { inputs } = backward(cell);
  return [...first, inputs.x!.slice(), cell.grads.slice()] as Float32Array[];
}

/** Bit for bit; without the list of thousands of differences. */
function expectSame(
  actual: readonly Float32Array[],
  expected: readonly Float32Array[],
): void {
  expect(
    actual.map((array, i) =>
      array.findIndex((value, j) => value !== expected[i]![j]),
    ),
  ).toEqual(expected.map(() => -1));
}

/** What a call throws, which has to be within a second. */
function failure(call: () => unknown): Error {
  const since = performance.now();
  try {
    call();
  } catch (error) {
    expect(performance.now() - since).toBeLessThan(1000);
    return error as Error;
  }
  throw new Error("the call went well");
}

const lost = (message: Message["kind"], worker: NodeWorker): Hook => {
  return (told, to) => {
    if (told.kind !== message || to !== worker) return told;
    send(to, told);
    void to.terminate();
    return undefined;
  };
};

describe("a thread that is lost", () => {
  let expected: Float32Array[];
  beforeAll(async () => {
    const one = await load(1);
    expected = results(one);
    one.dispose();
  });

  const goesOn = (cell: LoadedCell): void => {
    expect(cell.threads).toBe(1);
    for (let i = 0; i < 2; i++) expectSame(results(cell), expected);
    // And with other sizes.
    const { outputs } = forward(cell, 5);
    expect(outputs.h!.length).toBe(T * 5 * N);
    expectSame(results(cell), expected);
  };

  it("between two calls is named, and one goes on", async () => {
    const cell = await load(3);
    results(cell);
    expect(cell.threads).toBe(3);
    await workers.get(2)!.terminate();
    expect(failure(() => forward(cell)).message).toBe(
      "LSTM: thread 3 of 3 has ended with exit code 1; the call has no result. Call forward again: one thread computes from here on",
    );
    expect(() => backward(cell)).toThrow("needs a forward pass");
    goesOn(cell);
    cell.dispose();
  });

  it("just before a call, before its end is known", async () => {
    const cell = await load(3);
    results(cell);
    void workers.get(1)!.terminate();
    expect(failure(() => forward(cell)).message).toContain(
      "LSTM: thread 2 of 3 has ended;",
    );
    goesOn(cell);
    cell.dispose();
  });

  it("before the first call", async () => {
    const cell = await load(2);
    await workers.get(1)!.terminate();
    expect(failure(() => forward(cell)).message).toContain("thread 2 of 2");
    goesOn(cell);
    cell.dispose();
  });

  it.each(["resize", "forward", "backward"] as const)(
    "while it is told of %s",
    async (phase) => {
      const cell = await load(3);
      if (phase !== "resize") results(cell);
      hook = lost(phase, workers.get(2)!);
      const error = failure(() => {
        forward(cell);
        backward(cell);
      });
      expect(error.message).toContain("LSTM: thread 3 of 3 has");
      if (phase === "backward")
        expect(() => backward(cell)).toThrow("call forward again");
      goesOn(cell);
      cell.dispose();
    },
  );

  it.each(["resize", "forward", "backward"] as const)(
    "that gets no time for %s",
    async (phase) => {
      const cell = await load(3);
      if (phase !== "resize") results(cell);
      const starved = workers.get(1)!;
      hook = (message, worker) =>
        message.kind === phase && worker === starved ? undefined : message;
      if (phase === "backward") forward(cell);
      const call = phase === "backward" ? backward : forward;
      expect(failure(() => call(cell)).message).toContain(
        "LSTM: thread 2 of 3 has not begun its share within 600 milliseconds",
      );
      goesOn(cell);
      cell.dispose();
    },
  );

  it("does not end the process when it fails outside of a call", async () => {
    const cell = await load(2);
    results(cell);
    const worker = workers.get(1)!;
    const ended = new Promise((done) => worker.once("exit", done));
    // Nothing that the program of a worker knows.
    send(worker, null);
    await ended;
    expect(failure(() => forward(cell)).message).toMatch(
      /^LSTM: thread 2 of 2 has failed: /,
    );
    goesOn(cell);
    cell.dispose();
  });
});

describe("a thread that throws", () => {
  it("is named, and asked again", async () => {
    const cell = await load(3);
    const expected = results(cell);
    const worker = workers.get(2)!;
    hook = (message, to) =>
      message.kind === "forward" && to === worker
        ? { ...message, given: 5 }
        : message;
    for (let i = 0; i < 2; i++)
      expect(failure(() => forward(cell)).message).toMatch(
        /^LSTM: thread 3 of 3: .*not iterable/,
      );
    hook = (message) => message;
    expect(cell.threads).toBe(3);
    expectSame(results(cell), expected);
    cell.dispose();
  });

  it("before all meet is not waited for", async () => {
    const cell = await load(3);
    const expected = results(cell);
    const worker = workers.get(2)!;
    hook = (message, to) =>
      message.kind === "backward" && to === worker
        ? { kind: "resize", slices: [] }
        : message;
    expect(failure(() => backward(cell)).message).toMatch(
      /^LSTM: thread 3 of 3 Cannot read/,
    );
    hook = (message) => message;
    expect(cell.threads).toBe(1);
    expectSame(results(cell).slice(0, 3), expected.slice(0, 3));
    cell.dispose();
  });
});

describe("a thread that does not start", () => {
  const warned = async (threads = 3): Promise<string> => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const cell = await load(threads);
    expect(cell.threads).toBe(1);
    expect(forward(cell).outputs.h!.every(Number.isFinite)).toBe(true);
    cell.dispose();
    expect(warn).toHaveBeenCalledTimes(1);
    return String(warn.mock.calls[0]![0]);
  };

  it("because it cannot make its kernels", async () => {
    hook = (message) =>
      message.kind === "start" && message.thread === 2
        ? { ...message, modules: {} }
        : message;
    expect(await warned()).toMatch(
      /^LSTM: no 3 threads here, one computes: thread 3 of 3 could not start: /,
    );
  });

  it("because it ends at once", async () => {
    hook = (message, worker) => {
      if (message.kind !== "start" || message.thread !== 1) return message;
      void worker.terminate();
      return undefined;
    };
    expect(await warned()).toBe(
      "LSTM: no 3 threads here, one computes: thread 2 of 3 has ended with exit code 1",
    );
  });

  /** A page's worker that does nothing but what the test says. */
  const pageWorker = (began: (worker: EventTarget) => void) =>
    class extends EventTarget {
      constructor() {
        super();
        queueMicrotask(() => began(this));
      }
      postMessage(): void {}
      terminate(): void {}
    };

  it("because a page does not load its program", async () => {
    vi.stubGlobal(
      "Worker",
      pageWorker((worker) =>
        worker.dispatchEvent(
          Object.assign(new Event("error"), { message: "blocked" }),
        ),
      ),
    );
    expect(await warned(2)).toContain("thread 2 of 2 has failed: blocked");
  });

  it("because a page's policy forbids it", async () => {
    vi.stubGlobal(
      "Worker",
      class extends EventTarget {
        constructor() {
          super();
          throw new Error("refused by worker-src");
        }
      },
    );
    expect(await warned(2)).toContain("refused by worker-src");
  });

  it("because it never answers", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    vi.stubGlobal(
      "Worker",
      pageWorker(() => void vi.advanceTimersByTimeAsync(10_000)),
    );
    expect(await warned(2)).toContain(
      "thread 2 of 2 did not start within 10 seconds",
    );
  });
});

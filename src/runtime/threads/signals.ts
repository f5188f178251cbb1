/**
 * Who is done, told through shared memory: a call on a cell is synchronous, so that the thread that calls
 * cannot wait for messages. Also the texts of what went wrong.
 */

/**
 * Fields of the shared words: whether the thread that calls has given the others up, how many threads have
 * reached the barrier, then a state for each thread.
 */
const abandoned = 0;
const barrier = 1;
const states = 2;

/** Told of work, which it has not taken up yet. */
const asked = 0;
const fine = 1;
const failed = 2;
const atWork = 3;

const textBytes = 1024;

export type SignalMemory = {
  readonly words: SharedArrayBuffer;
  readonly texts: SharedArrayBuffer;
};

export const makeSignalMemory = (threads: number): SignalMemory => ({
  words: new SharedArrayBuffer(4 * (states + threads)),
  texts: new SharedArrayBuffer(textBytes * threads),
});

export class Signals {
  readonly #words: Int32Array;
  readonly #texts: Uint8Array;

  constructor({ words, texts }: SignalMemory) {
    this.#words = new Int32Array(words);
    this.#texts = new Uint8Array(texts);
  }

  /** Before work is given out. */
  begin(): void {
    this.#words.fill(asked, barrier);
  }

  /** The others are not waited for any more, and have to stop. */
  abandon(): void {
    Atomics.store(this.#words, abandoned, 1);
    for (let i = 0; i < this.#words.length; i++) Atomics.notify(this.#words, i);
  }

  get isAbandoned(): boolean {
    return Atomics.load(this.#words, abandoned) === 1;
  }

  takeUp(thread: number): void {
    this.#tell(thread, atWork);
  }

  /** Whether a thread was told of work and has not taken it up. */
  isAsked(thread: number): boolean {
    return Atomics.load(this.#words, states + thread) === asked;
  }

  succeed(thread: number): void {
    this.#tell(thread, fine);
  }

  fail(thread: number, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    const own = this.#textOf(thread);
    own.fill(0);
    // Encoders do not write into shared memory.
    own.set(new TextEncoder().encode(text).subarray(0, textBytes));
    this.#tell(thread, failed);
  }

  #tell(thread: number, state: number): void {
    Atomics.store(this.#words, states + thread, state);
    Atomics.notify(this.#words, states + thread);
  }

  #textOf(thread: number): Uint8Array {
    return this.#texts.subarray(thread * textBytes, (thread + 1) * textBytes);
  }

  /** Returns when a thread has told how it went. */
  wait(thread: number, watch: Watch): void {
    waitWhile(
      this.#words,
      states + thread,
      (value) => value === asked || value === atWork,
      watch,
    );
  }

  /** What went wrong in a thread that is done, if anything. */
  problem(thread: number): string | undefined {
    if (Atomics.load(this.#words, states + thread) !== failed) return undefined;
    const text = this.#textOf(thread).slice();
    const end = text.indexOf(0);
    return new TextDecoder().decode(end < 0 ? text : text.subarray(0, end));
  }

  /** Returns once this many threads have called it since `begin`. */
  meet(threads: number, watch: Watch): void {
    Atomics.add(this.#words, barrier, 1);
    Atomics.notify(this.#words, barrier);
    waitWhile(this.#words, barrier, (value) => value < threads, watch);
  }
}

/** Threads take about the same time, and to be woken costs more than to look a few times more. */
const looks = 2000;

/** Milliseconds between two looks at whether waiting is of any use. */
const pause = 50;

/**
 * Called now and then by who waits, with the milliseconds so far; throws where waiting is of no use.
 * Time in which the whole process stood still does not count.
 */
export type Watch = (waited: number) => void;

function waitWhile(
  words: Int32Array,
  index: number,
  goes: (value: number) => boolean,
  watch: Watch,
): void {
  let value = Atomics.load(words, index);
  for (let i = 0; i < looks && goes(value); i++)
    value = Atomics.load(words, index);
  let waited = 0;
  while (goes(value)) {
    const since = performance.now();
    try {
      Atomics.wait(words, index, value, pause);
    } catch {
      // The main thread of a page must not sleep: it looks again at once.
    }
    value = Atomics.load(words, index);
    waited += Math.min(pause, performance.now() - since);
    if (goes(value)) watch(waited);
  }
}

/** The workers behind a cell: started once, told by messages, ended with the cell. */
import { nodeModule } from "../node.js";
import type { Message, Reply, Start } from "./messages.js";

export interface Colleague {
  tell(message: Message): void;
  end(): void;
  /** What has become of a worker that is not there any more; undefined for one that works. */
  gone(): string | undefined;
}

/** A worker of a page, or a thread of Node. */
interface Started {
  readonly colleague: Colleague;
  /** Calls back with what the worker says, and with what becomes of it. */
  readonly listen: (
    hear: (reply: Reply) => void,
    lose: (reason: string) => void,
  ) => void;
  /** It must not keep the process alive any more. */
  readonly release: () => void;
}

/** Milliseconds in which a worker has to load its program and to make its kernels. */
const patience = 10_000;

/** Why this place has no threads; undefined where it has. */
export function missingThreads(): string | undefined {
  if (
    typeof SharedArrayBuffer !== "function" ||
    (globalThis as { readonly crossOriginIsolated?: boolean })
      .crossOriginIsolated === false
  )
    return "memory can be shared only in a page that is cross-origin isolated (served with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)";
  return undefined;
}

/**
 * Starts one worker; resolves when it has answered a message, rejects with words where it does not come to that. That
 * it has loaded is not enough: browsers hold messages back until the page hears of it, and a page that already waits
 * for the worker's share of a call never does.
 */
export async function startColleague(start: Start): Promise<Colleague> {
  const started = hasPageWorkers() ? startPageWorker() : startNodeThread();
  const { colleague, listen, release } = started;
  const name = nameOf(start.thread, start.threads);
  await new Promise<void>((ready, fail) => {
    const lose = (reason: string): void => {
      clearTimeout(timer);
      colleague.end();
      fail(new Error(`${name} ${reason}`));
    };
    const timer = setTimeout(
      () => lose(`did not start within ${patience / 1000} seconds`),
      patience,
    );
    listen((reply) => {
      if (reply.kind === "listening") colleague.tell(start);
      else if (reply.kind === "failed")
        lose(`could not start: ${reply.problem}`);
      else {
        clearTimeout(timer);
        ready();
      }
    }, lose);
  });
  release();
  return colleague;
}

/** As messages call a thread; the first is the one that calls. */
export const nameOf = (thread: number, threads: number): string =>
  `thread ${thread + 1} of ${threads}`;

/** In Node some libraries put its own class, which is another, under the name of that of pages. */
const hasPageWorkers = (): boolean =>
  typeof Worker === "function" &&
  typeof EventTarget === "function" &&
  Worker.prototype instanceof EventTarget;

function startPageWorker(): Started {
  // Spelled so that bundlers see it and take the file along.
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    type: "module",
    name: "cellc",
  });
  let reason: string | undefined;
  return {
    colleague: {
      tell: (message) => worker.postMessage(message),
      end: () => worker.terminate(),
      gone: () => reason,
    },
    listen: (hear, lose) => {
      worker.addEventListener("message", ({ data }) => hear(data as Reply));
      worker.addEventListener("error", ({ message }) => {
        reason ??= `has failed: ${message || "its program does not load"}`;
        lose(reason);
      });
    },
    release: () => undefined,
  };
}

function startNodeThread(): Started {
  const threads = nodeModule("node:worker_threads");
  const worker = new threads.Worker(
    // Not for bundlers: they would take the file along a second time, as it is.
    new URL(
      /* webpackIgnore: true */ /* @vite-ignore */ "./worker.js",
      import.meta.url,
    ),
    {
      name: "cellc",
      // Not those of the process: loaders and `--input-type` are meant for its own program.
      execArgv: [],
    },
  );
  let reason: string | undefined;
  return {
    colleague: {
      tell: (message) => worker.postMessage(message),
      end: () => void worker.terminate(),
      gone() {
        // Events come only between calls; the idle time of a thread that has stopped is negative at once.
        if (worker.performance.eventLoopUtilization().idle < 0)
          reason ??= "has ended";
        return reason;
      },
    },
    listen: (hear, lose) => {
      worker.on("message", hear);
      worker.on("error", ({ message }: Error) => {
        reason ??= `has failed: ${message}`;
        lose(reason);
      });
      worker.on("exit", (code) => {
        reason ??= `has ended with exit code ${code}`;
        lose(reason);
      });
    },
    release() {
      // Without a first question while the thread runs, Node has no answer once it has stopped.
      worker.performance.eventLoopUtilization();
      worker.unref();
    },
  };
}

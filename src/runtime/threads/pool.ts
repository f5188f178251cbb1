/** The workers behind a cell: started once, told by messages, ended with the cell. */
import type { Message } from "./messages.js";

export interface Colleague {
  tell(message: Message): void;
  end(): void;
}

/** Under a name that bundlers for browsers do not follow. */
const nodeThreads = "node:worker_threads";

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

/** Starts one worker; resolves when it listens. */
export const startColleague = (): Promise<Colleague> =>
  hasPageWorkers() ? startPageWorker() : startNodeThread();

/** In Node some libraries put its own class, which is another, under the name of that of pages. */
const hasPageWorkers = (): boolean =>
  typeof Worker === "function" &&
  typeof EventTarget === "function" &&
  Worker.prototype instanceof EventTarget;

function startPageWorker(): Promise<Colleague> {
  // Spelled so that bundlers see it and take the file along.
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    type: "module",
    name: "cellc",
  });
  return new Promise((ready, fail) => {
    worker.addEventListener(
      "message",
      () =>
        ready({
          tell: (message) => worker.postMessage(message),
          end: () => worker.terminate(),
        }),
      { once: true },
    );
    worker.addEventListener(
      "error",
      (event) => {
        worker.terminate();
        fail(new Error(event.message || "the worker's program does not load"));
      },
      { once: true },
    );
  });
}

async function startNodeThread(): Promise<Colleague> {
  const threads = (await import(
    /* @vite-ignore */ nodeThreads
  )) as typeof import("node:worker_threads");
  const worker = new threads.Worker(new URL("./worker.js", import.meta.url), {
    name: "cellc",
    // Not those of the process: loaders and `--input-type` are meant for its own program.
    execArgv: [],
  });
  await new Promise<void>((ready, fail) => {
    worker.once("message", () => ready());
    worker.once("error", fail);
  });
  // A cell that nobody disposed of must not keep the process alive.
  worker.unref();
  return {
    tell: (message) => worker.postMessage(message),
    end: () => void worker.terminate(),
  };
}

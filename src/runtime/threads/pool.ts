/** The workers behind a cell: started once, told by messages, ended with the cell. */
import { nodeModule } from "../node.js";
import type { Message, Start } from "./messages.js";

export interface Colleague {
  tell(message: Message): void;
  end(): void;
}

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
 * Starts one worker; resolves when it has answered a message. That it has loaded is not enough: browsers hold messages
 * back until the page hears of it, and a page that already waits for the worker's share of a call never does.
 */
export const startColleague = (start: Start): Promise<Colleague> =>
  hasPageWorkers() ? startPageWorker(start) : startNodeThread(start);

/** In Node some libraries put its own class, which is another, under the name of that of pages. */
const hasPageWorkers = (): boolean =>
  typeof Worker === "function" &&
  typeof EventTarget === "function" &&
  Worker.prototype instanceof EventTarget;

function startPageWorker(start: Start): Promise<Colleague> {
  // Spelled so that bundlers see it and take the file along.
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    type: "module",
    name: "cellc",
  });
  worker.postMessage(start);
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

async function startNodeThread(start: Start): Promise<Colleague> {
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
  worker.postMessage(start);
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

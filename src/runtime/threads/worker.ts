/** The program of a worker: does its share of each call, told by messages, and signals when it is done. */
import { nodeModule } from "../node.js";
import { Member } from "./member.js";
import type { Message, Reply, Start } from "./messages.js";
import { Signals } from "./signals.js";

/** A page's worker, or a thread of Node. */
interface Port {
  readonly listen: (hear: (message: Message) => void) => void;
  readonly say: (reply: Reply) => void;
}

interface PageWorker {
  postMessage(message: unknown): void;
  addEventListener(
    type: "message",
    hear: (event: { readonly data: Message }) => void,
  ): void;
}

/** At once: bundlers make classic scripts of workers, which cannot wait at their top level. */
function openPort(): Port {
  if ("WorkerGlobalScope" in globalThis) {
    const scope = globalThis as unknown as PageWorker;
    return {
      listen: (hear) =>
        scope.addEventListener("message", ({ data }) => hear(data)),
      say: (message) => scope.postMessage(message),
    };
  }
  const port = nodeModule("node:worker_threads").parentPort!;
  return {
    listen: (hear) => port.on("message", hear),
    say: (message) => port.postMessage(message),
  };
}

function work(start: Start): (message: Message) => void {
  const signals = new Signals(start.signals);
  const member = new Member(start, () => {
    if (signals.isAbandoned) throw new Error("the call was given up");
  });
  return (message) => {
    // Nobody waits any more, and the memory may be somebody else's.
    if (signals.isAbandoned) return;
    signals.takeUp(start.thread);
    try {
      switch (message.kind) {
        case "start":
          break;
        case "resize":
          member.resize(message);
          member.attach(message);
          break;
        case "forward":
          member.forward(message);
          break;
        case "backward":
          member.backward(message);
      }
      signals.succeed(start.thread);
    } catch (error) {
      signals.fail(start.thread, error);
    }
  };
}

const port = openPort();
let handle: ((message: Message) => void) | undefined;
port.listen((message) => {
  if (message.kind !== "start") {
    handle!(message);
    return;
  }
  try {
    handle = work(message);
    port.say({ kind: "started" });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    port.say({ kind: "failed", problem });
  }
});
port.say({ kind: "listening" });

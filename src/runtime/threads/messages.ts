/** What the thread that calls tells the others. Everything else goes through shared memory. */
import type { WasmPlan } from "../wasm/description.js";
import type { WasmModules } from "../wasm/instance.js";
import type { SignalMemory } from "./signals.js";
import type { Slice } from "./slices.js";

export interface Start {
  readonly kind: "start";
  /** 0 is the thread that calls. */
  readonly thread: number;
  readonly threads: number;
  readonly modules: WasmModules;
  readonly plan: WasmPlan;
  /** The numbers behind the plan's size indices. */
  readonly sizes: readonly number[];
  readonly signals: SignalMemory;
  readonly params: SharedArrayBuffer;
  /** The sum over all threads. */
  readonly grads: SharedArrayBuffer;
  /** One gradient for each thread, one after the other. */
  readonly parts: SharedArrayBuffer;
}

export interface Resize {
  readonly kind: "resize";
  readonly steps: number;
  readonly batch: number;
  readonly adjoint: boolean;
  readonly slices: readonly Slice[];
  readonly memory: SharedArrayBuffer;
  readonly lengths: SharedArrayBuffer;
}

export interface Forward {
  readonly kind: "forward";
  readonly t0: number;
  readonly lengths: boolean;
  readonly keep: boolean;
  readonly sameParams: boolean | undefined;
  readonly given: readonly string[];
}

export interface Backward {
  readonly kind: "backward";
  readonly inputs: boolean;
}

export type Message = Start | Resize | Forward | Backward;

/** What a worker tells the thread that started it, until it waits for work. */
export type Reply =
  | { readonly kind: "listening" }
  | { readonly kind: "started" }
  | { readonly kind: "failed"; readonly problem: string };

/**
 * Holds the values of `stop_gradient` while the rest of a cell varies.
 *
 * The gradient of a cell with `stop_gradient(v)` is that of the function in which v is a constant. Its
 * finite differences are therefore taken with the values of v recorded in one run and played back, in
 * the same order, in all others.
 */
import type { Node } from "./graph.js";
import type { Action, Values } from "./interpret-values.js";
import { copyFrom, valueOf } from "./interpret-values.js";

export type StopMode = "follow" | "record" | "replay";

export class StopTape {
  #values = new Float64Array(0);
  #at = 0;
  #mode: StopMode = "follow";

  /** What the next run does. */
  begin(mode: StopMode): void {
    this.#mode = mode;
    this.#at = 0;
  }

  /** The closure that stands in for that of a `stop` node. */
  actionOf(node: Node, values: Values): Action {
    const out = valueOf(values, node);
    const source = valueOf(values, node.args[0]!);
    return () => {
      if (this.#mode === "replay") copyFrom(this.#values, this.#at, out);
      else out.set(source);
      if (this.#mode === "record") this.#record(out);
      this.#at += out.length;
    };
  }

  #record(values: Float64Array): void {
    const needed = this.#at + values.length;
    if (needed > this.#values.length) {
      const larger = new Float64Array(2 * needed);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values.set(values, this.#at);
  }
}

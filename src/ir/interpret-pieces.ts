/**
 * Which smooth piece of a cell a run lies on.
 *
 * Operations with kinks or jumps (relu, max, clamp, floor, comparisons) say for each point on which side
 * it lies. The signature of a run is a hash of all of these answers, so that finite differences can tell
 * when a small step has crossed a kink. Two runs with different answers have the same signature by
 * chance once in 2³² times.
 */
import type { Node } from "./graph.js";
import { operations } from "./ops/index.js";
import type { CellProgram } from "./program.js";
import { cellRoots } from "./interpret-forward.js";
import { evaluationOrder } from "./interpret-values.js";
import type { Action, Values } from "./interpret-values.js";

export class PieceSignature {
  #hash = 0;

  reset(): void {
    this.#hash = 0;
  }

  get value(): number {
    return this.#hash;
  }

  #mix(piece: number): void {
    this.#hash = Math.imul(this.#hash ^ (piece | 0), 0x9e3779b1);
    this.#hash ^= this.#hash >>> 15;
  }

  /** The closure that mixes in the answers of a node; none for smooth operations. */
  actionOf(node: Node, values: Values): Action | undefined {
    const record = operations[node.op];
    if (record.kind === "leaf" || !record.piece) return undefined;
    const args = node.args.map((arg) => values.get(arg)!);
    if (record.kind === "structural") {
      const { piece } = record;
      return () => this.#mix(piece(args));
    }
    const { piece } = record;
    const [a, b, c] = args.map((arg) => arg.data);
    const size = values.get(node)!.data.length;
    if (b === undefined)
      return () => {
        for (let i = 0; i < size; i++) this.#mix(piece!(a![i]!));
      };
    return () => {
      for (let i = 0; i < size; i++)
        this.#mix(c ? piece!(a![i]!, b[i]!, c[i]!) : piece!(a![i]!, b[i]!));
    };
  }
}

/** Whether a cell has kinks or jumps at all. */
export const hasKinks = (program: CellProgram): boolean =>
  evaluationOrder(program, cellRoots(program)).some((node) => {
    const record = operations[node.op];
    return record.kind !== "leaf" && record.piece !== undefined;
  });

/** Whether a cell stops gradients: its gradient is then not that of the function it computes. */
export const stopsGradients = (program: CellProgram): boolean =>
  evaluationOrder(program, cellRoots(program)).some(
    (node) => node.op === "stop",
  );

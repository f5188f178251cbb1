/** Cuts both directions into kernels and loops, and answers where each value is computed and read. */
import type { Node } from "../ir/graph.js";
import type { StageKind } from "./kernels.js";
import { cutIntoKernels } from "./phases.js";
import type { KernelTasks } from "./phases.js";
import type { Direction, Plan } from "./plan.js";
import { cutIntoSegments } from "./segments.js";
import type { SegmentTasks } from "./segments.js";

export interface PlacedKernel extends KernelTasks {
  /** Of map kernels. */
  readonly segments: readonly SegmentTasks[];
}

export interface PlacedStage {
  readonly kind: StageKind;
  readonly kernels: readonly PlacedKernel[];
}

/** Where a task is computed. */
export interface Position {
  readonly backward: boolean;
  readonly kind: StageKind;
  readonly stage: number;
  readonly kernel: number;
  readonly segment: number;
}

/** A table for each direction: what is cheap to compute again can be a task of both. */
export class ByDirection<Value> {
  readonly #tables = [new Map<Node, Value>(), new Map<Node, Value>()] as const;

  get(node: Node, backward: boolean): Value | undefined {
    return this.#tables[backward ? 1 : 0].get(node);
  }

  set(node: Node, backward: boolean, value: Value): void {
    this.#tables[backward ? 1 : 0].set(node, value);
  }
}

export class Positions {
  readonly forward: readonly PlacedStage[];
  readonly backward: readonly PlacedStage[];
  readonly #at = new ByDirection<Position>();
  readonly #readers = new ByDirection<Position[]>();

  constructor(readonly plan: Plan) {
    this.forward = this.#cut(plan.forward);
    this.backward = this.#cut(plan.backward);
    for (const direction of [plan.forward, plan.backward])
      for (const stage of direction.stages)
        for (const task of stage.tasks)
          for (const { node } of direction.reads(task)) {
            const reader = this.of(task, direction.backward);
            const from = this.owner(node, direction.backward);
            const readers = this.#readers.get(node, from);
            if (readers) readers.push(reader);
            else this.#readers.set(node, from, [reader]);
          }
  }

  /** Where a task is computed. */
  of(task: Node, backward: boolean): Position {
    const at = this.#at.get(task, backward);
    if (!at) throw new TypeError(`${task.op} is not a task`);
    return at;
  }

  isTask(node: Node, backward: boolean): boolean {
    return this.#at.get(node, backward) !== undefined;
  }

  /** Whether a value that one direction reads was computed by the backward one. */
  owner(node: Node, readBackward: boolean): boolean {
    return readBackward && this.isTask(node, true);
  }

  /** Everything that reads what a task has computed. */
  readersOf(task: Node, backward: boolean): readonly Position[] {
    return this.#readers.get(task, backward) ?? [];
  }

  #cut(direction: Direction): PlacedStage[] {
    const { backward } = direction;
    return direction.stages.map(({ kind, tasks }, stage) => ({
      kind,
      kernels: cutIntoKernels({ kind, tasks }, direction).map(
        (each, kernel) => {
          const segments = each.product
            ? []
            : cutIntoSegments(each.tasks, direction);
          const at = { backward, kind, stage, kernel };
          for (const task of each.tasks)
            this.#at.set(task, backward, { ...at, segment: 0 });
          segments.forEach((loop, segment) => {
            for (const task of loop.tasks)
              this.#at.set(task, backward, { ...at, segment });
          });
          return { ...each, segments };
        },
      ),
    }));
  }
}

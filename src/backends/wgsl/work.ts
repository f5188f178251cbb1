/** What all kernels of a cell share: arrays with their buffers, sizes, packed matrices, and the files so far. */
import { leavesOutEmpty } from "../../ir/program.js";
import type { Size } from "../../ir/size.js";
import { sizeNumber } from "../../ir/size.js";
import type {
  ArrayPlan,
  Place,
  Schedule,
  StageKind,
} from "../../passes/kernels.js";
import type {
  ArrayIndex,
  GpuArray,
  GpuGroup,
  GpuKernel,
  GpuPanel,
  KernelIndex,
  SizeIndex,
} from "../../runtime/webgpu/description.js";
import { historyKeys } from "../histories.js";
import type { HistoryKey } from "../histories.js";
import { StepPlans } from "./step-groups.js";

export class Work {
  readonly sizes: Size[] = [];
  readonly arrays: GpuArray[] = [];
  readonly panels: GpuPanel[] = [];
  readonly kernels: GpuKernel[] = [];
  readonly keys: readonly HistoryKey[];
  /** Whether entries without steps are left out of sums over entries. */
  readonly leavesOutEmpty: boolean;
  /** Arrays whose rows of finished entries are zero. */
  readonly results: ReadonlySet<ArrayPlan>;
  /** Arrays in which rows of finished entries hold what arrives from the end. */
  readonly carried: ReadonlySet<ArrayPlan>;
  /** Gradients of inputs, computed when they are wanted. */
  readonly optional: ReadonlySet<ArrayPlan>;
  /** How the steps of loops are cut into dispatches. */
  readonly plans: StepPlans;
  readonly #given: ReadonlySet<ArrayPlan>;
  /** Arrays that are zero at the start of a backward pass, besides those of the schedule. */
  readonly cleared = new Set<ArrayIndex>();
  readonly #indices = new Map<string, number>();

  constructor(readonly schedule: Schedule) {
    const { cell, adjoint, place } = schedule;
    type Named = readonly { readonly name: string }[];
    const all = (role: Parameters<typeof place>[0], list: Named) =>
      list.map(({ name }) => place(role, name)!.array);
    this.keys = historyKeys(schedule);
    this.plans = new StepPlans(schedule);
    this.leavesOutEmpty = leavesOutEmpty(cell);
    this.results = new Set([
      ...all("state", cell.states),
      ...all("output", cell.outputs),
      ...all("gradient", adjoint.inputs),
      // An entry without steps has nothing in its first one.
      ...(this.leavesOutEmpty ? all("gradient", adjoint.contexts) : []),
    ]);
    this.carried = new Set(
      all(
        "carried",
        adjoint.carried.map(({ name, lag }) => ({ name: `${name}@${lag}` })),
      ),
    );
    this.optional = new Set(all("gradient", adjoint.inputs));
    this.#given = new Set([
      ...all("input", cell.inputs),
      ...all("context", cell.contexts),
      ...all(
        "buffer",
        cell.buffers.filter(({ value }) => value === undefined),
      ),
    ]);
  }

  size(size: Size): SizeIndex {
    return this.#intern(this.sizes, `size ${size.key}`, size);
  }

  array(plan: ArrayPlan): ArrayIndex {
    const steps = plan.extent === "sequence";
    return this.ownArray({
      name: plan.id,
      group: this.groupOf(plan),
      width: this.size(plan.width),
      rows: steps
        ? plan.lead + plan.tail
        : this.plans.alternating.has(plan)
          ? 2
          : 1,
      steps,
      entries: plan.extent !== "static",
      token: plan.element === "token",
    });
  }

  /** Any array, by its name. */
  ownArray(array: GpuArray): ArrayIndex {
    return this.#intern(this.arrays, `array ${array.name}`, array);
  }

  arrayNamed(name: string): ArrayIndex {
    return this.#indices.get(`array ${name}`)!;
  }

  groupOf(plan: ArrayPlan): GpuGroup {
    if (plan.id === "params" || plan.id === "grads") return plan.id;
    if (this.#given.has(plan)) return "given";
    return plan.adjoint ? "adjoint" : "work";
  }

  /** Steps of each batch entry. */
  get lengths(): ArrayIndex {
    return this.ownArray({
      name: "lengths of sequences",
      group: "given",
      width: this.size(sizeNumber(1)),
      rows: 1,
      entries: true,
    });
  }

  /** Runs of rows, or of entries, that sums are over: from … to, from … to, then a number below zero. */
  runs(what: "rows" | "entries"): ArrayIndex {
    return this.ownArray({
      name: `runs of ${what}`,
      group: "given",
      width: this.size(sizeNumber(1)),
      rows: what === "rows" ? 2 : 3,
      steps: what === "rows",
      entries: true,
    });
  }

  /** What rounding takes from sums that are added to one by one. */
  lost(target: Place, width: Size): ArrayIndex {
    const array = this.ownArray({
      name: `loss of ${target.array.id} ${target.offset.key}`,
      group: "adjoint",
      width: this.size(width),
      rows: 1,
    });
    this.cleared.add(array);
    return array;
  }

  panel(key: string, panel: GpuPanel): number {
    return this.#intern(this.panels, `panel ${key}`, panel);
  }

  kernel(kernel: GpuKernel): KernelIndex {
    return this.kernels.push(kernel) - 1;
  }

  #intern<T>(list: T[], key: string, item: T): number {
    let index = this.#indices.get(key);
    if (index === undefined) {
      index = list.push(item) - 1;
      this.#indices.set(key, index);
    }
    return index;
  }
}

/** Scratch of one row becomes an array with as many rows as run at the same time. */
export const unrolledScratch = (
  scratch: ArrayPlan,
  kernel: string,
  kind: StageKind,
  adjoint: boolean,
): ArrayPlan => ({
  ...scratch,
  id: `${scratch.id} of ${kernel}`,
  extent: kind === "static" ? "static" : kind === "rows" ? "sequence" : "batch",
  lead: 0,
  tail: 0,
  adjoint,
});

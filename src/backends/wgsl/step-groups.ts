/**
 * Cuts the kernels of a time step into groups that share a dispatch. A workgroup takes some entries of the
 * batch and some elements of a row, with all columns of the products that these elements need, and does the
 * elementwise work on them itself. A new dispatch begins where a product, or a sum along a row, needs what other
 * workgroups have written; a step whose products form a chain of k links thus takes k dispatches.
 *
 * Elementwise work at the beginning of a step joins the last group of the step before where it can.
 */
import { sameSize } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type {
  ArrayPlan,
  Kernel,
  MapKernel,
  Product,
  Schedule,
  Stage,
} from "../../passes/kernels.js";
import { storedArrays } from "../histories.js";
import { accessesOf, conflict, extentFor } from "./accesses.js";
import type { Access } from "./accesses.js";
import { isElementwise } from "./elementwise.js";

export interface StepGroup {
  readonly kernels: readonly Kernel[];
  /** The first kernel of the step that follows, which is done here. */
  readonly next: MapKernel | undefined;
}

export interface StepPlan {
  /** The kernel that the last group does for the step that follows: the first step has none before it. */
  readonly lead: MapKernel | undefined;
  readonly groups: readonly StepGroup[];
  /** Arrays of one step that the kernel for the next one must not overwrite: they get two rows, taken in turns. */
  readonly alternating: ReadonlySet<ArrayPlan>;
  /** Elements for each part of a product's columns: element e owns column e of each part. */
  readonly extents: ReadonlyMap<Product, Size>;
}

const isMap = (kernel: Kernel): kernel is MapKernel => kernel.kind === "map";

/** Forms whose rows are summed up are no part of a step's dispatch. */
const isSummed = (kernel: Kernel): boolean =>
  !isMap(kernel) &&
  kernel.calls.some(({ form }) => form === "tn" || form.startsWith("add_"));

const isAlone = (kernel: Kernel): boolean =>
  isMap(kernel) ? !isElementwise(kernel) : isSummed(kernel);

class Group {
  readonly kernels: Kernel[] = [];
  next: MapKernel | undefined;
  readonly #accesses: Access[] = [];
  readonly #extents = new Map<Product, Size>();

  constructor(readonly extents: Map<Product, Size>) {}

  touches(array: ArrayPlan): boolean {
    return this.#accesses.some((access) => access.array === array);
  }

  /**
   * Adds a kernel, `ahead` steps from the group's own, if no other workgroup's numbers are needed.
   * @param apart arrays in which steps do not share their numbers
   */
  take(
    kernel: Kernel,
    ahead = 0,
    apart: ReadonlySet<ArrayPlan> = new Set(),
  ): boolean {
    if (this.kernels.some(isAlone)) return false;
    if (isAlone(kernel) && this.kernels.length > 0) return false;
    const extents = new Map(this.#extents);
    const accesses = accessesOf(kernel, ahead);
    for (const access of accesses)
      for (const before of this.#accesses)
        if (
          conflict(access, before) &&
          !(ahead !== 0 && apart.has(access.array)) &&
          !together(access, before, extents)
        )
          return false;
    if (!isAlone(kernel))
      for (const access of accesses) this.#accesses.push(access);
    for (const [call, extent] of extents) {
      this.#extents.set(call, extent);
      this.extents.set(call, extent);
    }
    if (ahead === 0) this.kernels.push(kernel);
    else this.next = kernel as MapKernel;
    return true;
  }
}

/** Whether the same workgroup makes both accesses; fixes the parts of products so that it is. */
function together(
  access: Access,
  before: Access,
  extents: Map<Product, Size>,
): boolean {
  if (access.by === "all" || before.by === "all") return false;
  if (access.by === "elements" && before.by === "elements")
    return (
      sameSize(access.from, before.from) && sameSize(access.width, before.width)
    );
  for (const [one, other] of [
    [access, before],
    [before, access],
  ] as const) {
    if (one.by === "all" || one.by === "elements") continue;
    const wanted = extentFor(one.by, other);
    if (wanted === undefined) return false;
    if (other.by === "elements") {
      const fixed = extents.get(one.by);
      if (fixed && !sameSize(fixed, wanted)) return false;
      extents.set(one.by, wanted);
    }
  }
  return true;
}

export function groupSteps(
  kernels: readonly Kernel[],
  backward: boolean,
): StepPlan {
  const extents = new Map<Product, Size>();
  const groups: Group[] = [];
  for (const kernel of kernels) {
    if (groups.at(-1)?.take(kernel)) continue;
    const group = new Group(extents);
    group.take(kernel);
    groups.push(group);
  }
  for (const kernel of kernels)
    if (!isMap(kernel))
      for (const call of kernel.calls)
        if (!extents.has(call)) extents.set(call, call.n);
  const [first, ...rest] = groups;
  const [lead, ...others] = first?.kernels ?? [];
  const joins =
    lead?.kind === "map" &&
    others.length === 0 &&
    !isAlone(lead) &&
    joinLast(lead, rest, backward ? -1 : 1);
  return joins
    ? { lead, groups: rest, alternating: joins, extents }
    : { lead: undefined, groups, alternating: new Set(), extents };
}

/** Adds the first kernel of the next step to the last group; gives back which arrays have to alternate for that. */
function joinLast(
  lead: MapKernel,
  groups: readonly Group[],
  ahead: number,
): ReadonlySet<ArrayPlan> | undefined {
  const last = groups.at(-1);
  const temporary = storedArrays(lead).filter(
    (array) =>
      array.extent === "step" &&
      !groups.some((group) => group !== last && group.touches(array)),
  );
  for (const apart of [new Set<ArrayPlan>(), new Set(temporary)])
    if (last?.take(lead, ahead, apart)) return apart;
  return undefined;
}

const sumsRows = ({ kernels }: StepGroup): boolean =>
  kernels.some((kernel) => isMap(kernel) && !isElementwise(kernel));

/** Most groups that share a dispatch: each first few of them are a kernel as well, for devices that choose less. */
const mostJoined = 8;

/**
 * The groups of a step as dispatches: sums along rows have a workgroup for each entry, which can do as well what
 * comes before and after them, if that is row by row.
 */
export function joinGroups(groups: readonly StepGroup[]): StepGroup[][] {
  if (groups.some(({ kernels }) => kernels.some(isSummed)))
    return groups.map((group) => [group]);
  const joined: StepGroup[][] = [];
  for (const group of groups) {
    const last = joined.at(-1);
    const joins =
      last !== undefined &&
      last.length < mostJoined &&
      (sumsRows(group) || sumsRows(last.at(-1)!));
    if (joins) last.push(group);
    else joined.push([group]);
  }
  return joined;
}

/** The plans of all loops of a cell. */
export class StepPlans {
  readonly #plans: ReadonlyMap<Stage, StepPlan>;
  readonly #extents: ReadonlyMap<Product, Size>;
  readonly alternating: ReadonlySet<ArrayPlan>;

  constructor({ forward, backward }: Pick<Schedule, "forward" | "backward">) {
    const plansOf = (stages: readonly Stage[], isBackward: boolean) =>
      stages
        .filter(({ kind }) => kind === "loop")
        .map(
          (stage) => [stage, groupSteps(stage.kernels, isBackward)] as const,
        );
    const all = [...plansOf(forward, false), ...plansOf(backward, true)];
    this.#plans = new Map(all);
    this.#extents = new Map(all.flatMap(([, plan]) => [...plan.extents]));
    this.alternating = new Set(
      all.flatMap(([, plan]) => [...plan.alternating]),
    );
  }

  of(stage: Stage): StepPlan | undefined {
    return this.#plans.get(stage);
  }

  /** Columns of each part of a product. */
  extentOf(call: Product): Size {
    return this.#extents.get(call) ?? call.n;
  }
}

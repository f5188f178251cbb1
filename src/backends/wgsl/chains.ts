/**
 * Work on rows that needs nothing but the same row: products, elementwise work and sums along a row. A workgroup
 * does all of a stage for some rows, one after the other, in one dispatch. What is summed over rows comes after.
 */
import type {
  ArrayPlan,
  Kernel,
  MapKernel,
  ProductKernel,
  Stage,
  StageKind,
} from "../../passes/kernels.js";
import { accessesOf } from "./accesses.js";
import type { Access } from "./accesses.js";
import { groupCalls } from "./calls.js";
import type { CallGroup } from "./calls.js";
import { splitSums } from "./split-sums.js";
import type { Sum } from "./split-sums.js";
import type { Work } from "./work.js";

/** What is one dispatch where it stands by itself. */
export type Unit =
  | {
      readonly kind: "map";
      /** As the schedule has it. */
      readonly of: MapKernel;
      /** Without its sums over rows. */
      readonly kernel: MapKernel;
    }
  | {
      readonly kind: "sums";
      readonly of: MapKernel;
      readonly sums: readonly Sum[];
    }
  | {
      readonly kind: "product";
      readonly of: ProductKernel;
      readonly name: string;
      readonly group: CallGroup;
    };

/** Units of one dispatch, in order. */
export type Chain = readonly [Unit, ...Unit[]];

/** What a kernel takes where each is a dispatch of its own. */
export function unitsOf(kernel: Kernel, kind: StageKind, work: Work): Unit[] {
  if (kernel.kind === "map") {
    const { kernel: left, sums } = splitSums(kernel, kind);
    return [
      ...(left ? [{ kind: "map", of: kernel, kernel: left } as const] : []),
      ...(sums.length > 0 ? [{ kind: "sums", of: kernel, sums } as const] : []),
    ];
  }
  const groups = groupCalls(kernel.calls, work);
  return groups.map((group, i) => ({
    kind: "product",
    of: kernel,
    name: groups.length === 1 ? kernel.name : `${kernel.name}_${i + 1}`,
    group,
  }));
}

/** Whether a unit's rows are computed each for itself. */
function isLocal(unit: Unit, kind: StageKind): boolean {
  if (unit.kind !== "product") return unit.kind === "map";
  const extent = kind === "rows" ? "sequence" : "batch";
  return unit.group.calls.every(
    ({ form, x, y }) =>
      form !== "tn" &&
      !form.startsWith("add_") &&
      x.array.extent === extent &&
      y.array.extent === extent,
  );
}

/** Arrays that sums over rows are written to. */
const summedBy = (unit: Unit): ArrayPlan[] =>
  unit.kind === "product"
    ? unit.group.calls.map(({ y }) => y.array)
    : unit.kind === "sums"
      ? unit.sums.map(({ target }) => target.place.array)
      : [];

/** The name of a unit, which says which part of its kernel it is. */
export const nameOf = (unit: Unit): string =>
  unit.kind === "product"
    ? unit.name
    : unit.kind === "sums"
      ? `${unit.of.name}_sums`
      : unit.of.name;

/** A unit as a kernel of its own, for what it reads and writes. */
export const kernelOf = (unit: Unit): Kernel => {
  switch (unit.kind) {
    case "map":
      return unit.kernel;
    case "product":
      return { ...unit.of, calls: unit.group.calls };
    case "sums":
      return {
        ...unit.of,
        segments: unit.sums.map(({ target, lets, loops }) => ({
          loops,
          inner: undefined,
          body: [...lets, target],
          accumulators: [],
          after: [],
          nodes: [],
        })),
      };
  }
};

const touchedBy = (unit: Unit): Access[] => accessesOf(kernelOf(unit), 0);

/** The dispatches of a stage outside of time loops, in order. */
export function chainsOf({ kind, kernels }: Stage, work: Work): Chain[] {
  const units = kernels.flatMap((kernel) => unitsOf(kernel, kind, work));
  const alone = units.map((unit): Chain => [unit]);
  if (kind !== "rows" && kind !== "context") return alone;
  const local = units.filter((unit) => isLocal(unit, kind));
  const sums = units.filter((unit) => !isLocal(unit, kind));
  const summed = new Set(sums.flatMap(summedBy));
  const isNeeded = local.some((unit) =>
    touchedBy(unit).some(({ array }) => summed.has(array)),
  );
  const isChanged = sums.some((sum) => {
    const summands = new Set(touchedBy(sum).map(({ array }) => array));
    return units
      .slice(units.indexOf(sum))
      .filter((unit) => local.includes(unit))
      .flatMap(touchedBy)
      .some(({ array, writes }) => writes && summands.has(array));
  });
  // Sums come last: nothing else of the stage may need them, or change what they read.
  if (isNeeded || isChanged) return alone;
  const chains: [Unit, ...Unit[]][] = [];
  for (const unit of local) {
    const last = chains.at(-1);
    if (last && staysInRow(unit, last)) last.push(unit);
    else chains.push([unit]);
  }
  return [...chains, ...sums.map((unit): Chain => [unit])];
}

/** Whether a unit and a chain touch the same steps of what one of them writes. */
function staysInRow(unit: Unit, chain: Chain): boolean {
  const before = chain.flatMap(touchedBy);
  return touchedBy(unit).every((access) =>
    before.every(
      ({ array, step, writes }) =>
        array !== access.array ||
        step === access.step ||
        !(writes || access.writes),
    ),
  );
}

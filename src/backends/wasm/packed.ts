/** Which matrices a cell packs for its products, for people. */
import { addSizes } from "../../ir/size.js";
import type { Shape, Size } from "../../ir/size.js";
import type { Product, Schedule } from "../../passes/kernels.js";

export interface PackedMatrix {
  readonly direction: "forward" | "backward";
  /** The parameters in it, in order, or the array that it is. */
  readonly holds: readonly string[];
  /** As it is packed: columns of the result by what is summed over. */
  readonly shape: Shape;
}

export function packedMatrices(schedule: Schedule): PackedMatrix[] {
  const found = new Map<string, PackedMatrix>();
  for (const direction of ["forward", "backward"] as const)
    for (const { kernels } of schedule[direction])
      for (const kernel of kernels)
        for (const product of kernel.kind === "product" ? kernel.calls : []) {
          const { form, w, n, k } = product;
          if (form !== "nt" && form !== "nn") continue;
          const key = [direction, form, w.array.id, w.offset.key, n.key, k.key];
          found.set(key.join(" "), {
            direction,
            holds: holdsOf(product, schedule),
            shape: [n, k],
          });
        }
  return [...found.values()];
}

/** Parameters from the first one on, until all rows are there. */
function holdsOf({ w, n, k, form }: Product, schedule: Schedule): string[] {
  if (w.array.id !== "params") return [w.array.id];
  const rows = form === "nt" ? n : k;
  const first = schedule.params.findIndex(
    ({ offset }) => offset.key === w.offset.key,
  );
  const names: string[] = [];
  let total: Size | undefined;
  for (const { name, shape } of schedule.params.slice(first)) {
    names.push(name);
    total = total ? addSizes(total, shape[0]!) : shape[0]!;
    if (total.key === rows.key) break;
  }
  return names;
}

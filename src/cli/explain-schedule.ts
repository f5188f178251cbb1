/** A schedule as text, for `explain --emit schedule`. */
import { showShape, showSize } from "../ir/size.js";
import type { Kernel, Place, Product, Schedule } from "../passes/kernels.js";
import { counted } from "../text/counted.js";

export function showSchedule(schedule: Schedule): string {
  const lines = [`schedule ${schedule.cell.name}`];
  lines.push("  parameters");
  for (const { name, offset, shape } of schedule.params)
    lines.push(`    ${name}: ${showShape(shape)} at ${showSize(offset)}`);
  lines.push("  arrays");
  for (const {
    id,
    extent,
    lead,
    tail,
    width,
    element,
    ...flags
  } of schedule.arrays) {
    const notes = [
      ...(lead > 0 ? [`${lead} before`] : []),
      ...(tail > 0 ? [`${tail} after`] : []),
      ...(element === "token" ? ["tokens"] : []),
      ...(flags.adjoint ? ["backward"] : []),
      ...(flags.tape ? ["tape"] : []),
    ];
    lines.push(
      `    ${id}: ${extent} [${showSize(width)}]${notes.length > 0 ? ` (${notes.join(", ")})` : ""}: ${flags.holds}`,
    );
  }
  for (const direction of ["forward", "backward"] as const)
    for (const { kind, kernels } of schedule[direction]) {
      lines.push(`  ${direction} ${kind}`);
      for (const kernel of kernels)
        for (const line of showKernel(kernel)) lines.push(`    ${line}`);
    }
  return lines.join("\n");
}

function showKernel(kernel: Kernel): string[] {
  if (kernel.kind === "product")
    return [
      `${kernel.name}: product`,
      ...kernel.calls.map((call) => `  ${showProduct(call)}`),
    ];
  return [
    `${kernel.name}: map${kernel.tapeOnly ? " (only when kept)" : ""}`,
    ...kernel.segments.map(
      ({ loops, body, accumulators, after }) =>
        `  loops [${loops.map(showSize).join(", ")}]: ${counted(body.length, "statement")}, ${counted(accumulators.length, "accumulator")}, ${after.length} after`,
    ),
  ];
}

const showProduct = ({ form, x, w, y, n, k, inner, add }: Product): string =>
  `${form} ${showPlace(y)} ${add ? "+=" : "="} ${showPlace(x)}, ${showPlace(w)} (n ${showSize(n)}, k ${showSize(k)}, rows ${showSize(inner)})`;

const showPlace = ({ array, offset, shift }: Place): string =>
  `${array.id}${shift === 0 ? "" : `[t${shift > 0 ? "+" : ""}${shift}]`}${offset.key === "0" ? "" : `+${showSize(offset)}`}`;

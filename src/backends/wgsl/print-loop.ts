/**
 * Prints a time loop as one kernel: each workgroup takes a slice of the batch through all steps, with barriers
 * where the dispatches of single steps would begin.
 */
import type { Size } from "../../ir/size.js";
import type { Kernel, Segment } from "../../passes/kernels.js";
import { multiplyIndices } from "./expression.js";
import { range } from "./file.js";
import type { WgslFile } from "./file.js";
import { MapPrinter } from "./print-map.js";
import { lanes, productFunction } from "./print-tiles.js";

const indented = (lines: readonly string[]): string[] =>
  lines.map((line) => (line === "" ? line : `  ${line}`));

/** Whether the loop has a form as one kernel. */
export const hasWholeLoop = (kernels: readonly Kernel[]): boolean =>
  kernels.every(
    (kernel) =>
      kernel.kind === "map" ||
      kernel.calls.every(
        ({ form }) => form !== "tn" && !form.startsWith("add_"),
      ),
  );

/**
 * @param comments equations of a kernel, or of one of its segments
 */
export function loopBody(
  kernels: readonly Kernel[],
  adjoint: boolean,
  comments: (of: Kernel | Segment) => readonly string[],
  file: WgslFile,
): string[] {
  file.declare(lanes);
  const functions: string[] = [];
  const steps = kernels.flatMap((kernel): string[] => {
    functions.push("", ...comments(kernel).map((line) => `// ${line}`));
    if (kernel.kind === "product") {
      kernel.calls.forEach((call, i) =>
        functions.push(
          ...productFunction(
            `${kernel.name}_${i}`,
            call,
            file.work.plans.extentOf(call),
            adjoint,
            file,
          ),
        ),
      );
      // A call that adds to what another one stored comes after it.
      return kernel.calls.flatMap((call, i) => [
        ...(call.add ? file.barrier : []),
        `${kernel.name}_${i}(t, first, entries, 0, ${file.size(file.work.plans.extentOf(call))}, lane);`,
        ...(i === kernel.calls.length - 1 ? file.barrier : []),
      ]);
    }
    const printer = new MapPrinter(file, kernel, "loop", adjoint, "lanes");
    const { shape, extents: areas, lines } = printer.print(comments);
    functions.push(...lines);
    if (shape === "rows")
      return [
        "for (var i = 0; i < entries; i++) {",
        `  ${kernel.name}(t, first + i, lane);`,
        ...indented(file.barrier),
        "}",
      ];
    const each = largest(areas, file);
    return [
      `for (var i = lane; i < ${multiplyIndices("entries", each)}; i += lanes) {`,
      each === "1"
        ? `  ${kernel.name}(t, first + i, 0);`
        : `  ${kernel.name}(t, first + i / ${simple(each)}, i % ${simple(each)});`,
      "}",
      ...file.barrier,
    ];
  });
  const filled = file.memory?.fill(file) ?? [];
  const slice = file.field("slice", ["slice"]);
  return [
    range,
    ...functions,
    "",
    `@compute @workgroup_size(lanes)`,
    "fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u) {",
    "  let lane = i32(index);",
    `  let first = i32(group.x) * ${slice};`,
    ...(file.memory ? ["  first_entry = first;"] : []),
    `  let entries = min(${slice}, ${file.batch} - first);`,
    ...(filled.length > 0
      ? [
          "  {",
          `    let t = range.start${adjoint ? " + range.steps - 1" : ""};`,
          ...indented(indented(filled)),
          "    workgroupBarrier();",
          "  }",
        ]
      : []),
    "  for (var s = 0; s < range.steps; s++) {",
    adjoint
      ? "    let t = range.start + range.steps - 1 - s;"
      : "    let t = range.start + s;",
    ...indented(indented(steps)),
    "  }",
    "}",
  ];
}

const simple = (text: string): string =>
  /^[\w.]+$|^max\(.*\)$/.test(text) ? text : `(${text})`;

/** The largest of several sizes. */
export function largest(extents: readonly Size[], file: WgslFile): string {
  const shown = [...new Set(extents.map((size) => file.size(size)))].filter(
    (text, _, all) => text !== "1" || all.length === 1,
  );
  return shown.reduce((a, b) => `max(${a}, ${b})`);
}

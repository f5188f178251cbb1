/**
 * Prints the kernels of one time step that share a dispatch: products first, then the elementwise work on
 * what they give, each workgroup for its own entries and elements.
 */
import type { Size } from "../../ir/size.js";
import {
  sliceElements,
  sliceEntries,
} from "../../runtime/webgpu/description.js";
import { lineComments } from "../../text/comments.js";
import { range } from "./file.js";
import type { WgslFile } from "./file.js";
import { indented } from "./lines.js";
import type { Comments } from "./lines.js";
import { largest } from "./print-loop.js";
import { MapPrinter } from "./print-map.js";
import { lanes, productFunction } from "./print-tiles.js";
import type { StepGroup } from "./step-groups.js";

export interface PrintedStep {
  /** Elements of each kernel. */
  readonly extents: readonly Size[];
  readonly lines: readonly string[];
}

export function stepBody(
  { kernels, next }: StepGroup,
  adjoint: boolean,
  comments: Comments,
  file: WgslFile,
): PrintedStep {
  file.declare(lanes);
  const functions: string[] = [];
  const main: string[] = [];
  const areas: Size[] = [];
  const elementsOf = (all: readonly Size[]): string =>
    `clamp(${largest(all, file)} - begin, 0, ${sliceElements})`;
  const maps = [...kernels, ...(next ? [next] : [])].flatMap((kernel) => {
    functions.push("", ...lineComments(comments(kernel)));
    if (kernel.kind === "map") {
      const printer = new MapPrinter(file, kernel, "loop", adjoint, "lanes");
      const printed = printer.print(comments);
      for (const line of printed.lines) functions.push(line);
      return [{ kernel, extents: printed.extents }];
    }
    kernel.calls.forEach((call, i) => {
      const extent = file.work.plans.extentOf(call);
      const name = `${kernel.name}_${i}`;
      areas.push(extent);
      for (const line of productFunction(name, call, extent, adjoint, file))
        functions.push(line);
      // A call that adds to what another one stored comes after it.
      if (main.length > 0 && (call.add || i === 0)) main.push(...file.barrier);
      main.push(
        `${name}(t, first, entries, begin, ${elementsOf([extent])}, lane);`,
      );
    });
    return [];
  });
  if (maps.length > 0) {
    if (main.length > 0) main.push(...file.barrier);
    const all = maps.flatMap((map) => map.extents);
    for (const area of all) areas.push(area);
    main.push(
      `let elements = ${elementsOf(all)};`,
      "for (var i = lane; i < entries * elements; i += lanes) {",
      "  let b = first + i / elements;",
      "  let e = begin + i % elements;",
      ...maps.flatMap(({ kernel }) =>
        kernel === next
          ? [
              adjoint
                ? "  if (t > 0) {"
                : `  if (t + 1 < ${file.field("T", ["steps"])}) {`,
              `    ${kernel.name}(${adjoint ? "t - 1" : "t + 1"}, b, e);`,
              "  }",
            ]
          : [`  ${kernel.name}(t, b, e);`],
      ),
      "}",
    );
  }
  return {
    extents: areas,
    lines: [
      range,
      ...functions,
      "",
      "@compute @workgroup_size(lanes)",
      "fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u) {",
      "  let lane = i32(index);",
      "  let t = range.start;",
      `  let begin = i32(group.x) * ${sliceElements};`,
      `  let first = i32(group.y) * ${sliceEntries};`,
      `  let entries = min(${sliceEntries}, ${file.batch} - first);`,
      ...indented(main),
      "}",
    ],
  };
}

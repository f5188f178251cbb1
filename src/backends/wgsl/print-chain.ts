/**
 * Prints a chain of work on rows as one kernel: a workgroup takes some rows through all of it, with barriers
 * where other dispatches would begin. Rows are numbered through all steps and entries; in a time loop they are
 * the entries of one step.
 */
import type { Size } from "../../ir/size.js";
import type { StageKind } from "../../passes/kernels.js";
import { lineComments } from "../../text/comments.js";
import type { Unit } from "./chains.js";
import { multiplyIndices } from "./expression.js";
import { range } from "./file.js";
import type { WgslFile } from "./file.js";
import { indented } from "./lines.js";
import type { Comments } from "./lines.js";
import { backwardBegin, tailOf } from "./print-ends.js";
import { largest } from "./print-loop.js";
import { MapPrinter } from "./print-map.js";
import { lanes, productFunction } from "./print-tiles.js";

/** A unit of a chain, and when it is done. */
export interface Link {
  readonly unit: Exclude<Unit, { kind: "sums" }>;
  /** Whether it is skipped where neither gradients of inputs nor values for a backward pass are wanted. */
  readonly optional: boolean;
  /** Of a time loop: elementwise work of the step that follows. */
  readonly next?: boolean;
}

export interface PrintedChain {
  /** Elements of the elementwise work. */
  readonly extents: readonly Size[];
  /** Whether workgroups share single rows. */
  readonly sumsRows: boolean;
  readonly lines: readonly string[];
}

/**
 * @param size rows of a workgroup
 * @param begins whether the cotangents behind the last steps are written first
 */
export function chainBody(
  links: readonly Link[],
  kind: StageKind,
  adjoint: boolean,
  size: number,
  begins: boolean,
  comments: Comments,
  file: WgslFile,
): PrintedChain {
  file.declare(lanes);
  const timed = kind === "rows" || kind === "loop";
  const through = kind === "rows";
  const { batch } = file;
  const step = !timed ? "0" : "range.start";
  const after = adjoint ? "range.start - 1" : "range.start + 1";
  const at = (row: string, next = false): string =>
    through
      ? `range.start + (${row}) / ${batch}, (${row}) % ${batch}`
      : `${next ? after : step}, ${row}`;
  const extents: Size[] = [];
  let sumsRows = false;
  const begin = begins ? backwardBegin(file) : undefined;
  const functions: string[] = begin ? ["", ...begin.lines] : [];
  const body = links.flatMap(({ unit, optional, next }): string[] => {
    functions.push("", ...lineComments(comments(unit.of)));
    const calls: string[] = [];
    if (unit.kind === "product")
      unit.group.calls.forEach((call, i) => {
        const name = `${unit.name}_of_rows${i > 0 ? `_${i}` : ""}`;
        const extent = file.work.plans.extentOf(call);
        const lines = productFunction(
          name,
          call,
          extent,
          adjoint,
          file,
          through,
        );
        for (const line of lines) functions.push(line);
        // A call that adds to what another one stored comes after it.
        if (call.add && i > 0) calls.push(...file.barrier);
        calls.push(
          `${name}(${step}, first, rows, 0, ${file.size(extent)}, lane);`,
        );
      });
    else {
      const { kernel } = unit;
      const printer = new MapPrinter(file, kernel, kind, adjoint, "lanes");
      const printed = printer.print(comments);
      for (const line of printed.lines) functions.push(line);
      const each = largest(printed.extents, file);
      if (printed.shape === "rows") {
        sumsRows = true;
        calls.push(
          "for (var i = 0; i < rows; i++) {",
          `  ${kernel.name}(${at("first + i")}, lane);`,
          ...indented(file.barrier),
          "}",
        );
      } else {
        for (const extent of printed.extents) extents.push(extent);
        calls.push(
          `let elements${extents.length} = ${each};`,
          `for (var i = lane; i < rows * elements${extents.length}; i += lanes) {`,
          `  let row = first + i / elements${extents.length};`,
          `  ${kernel.name}(${at("row", next)}, i % elements${extents.length});`,
          "}",
        );
      }
    }
    const all = [...calls, ...file.barrier];
    const condition = next
      ? adjoint
        ? "range.start > 0"
        : `range.start + 1 < ${file.field("T", ["steps"])}`
      : optional
        ? "range.wanted == 1"
        : undefined;
    return condition === undefined
      ? all
      : [`if (${condition}) {`, ...indented(all), "}"];
  });
  return {
    extents,
    sumsRows,
    lines: [
      range,
      ...functions,
      "",
      "@compute @workgroup_size(lanes)",
      "fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u) {",
      "  let lane = i32(index);",
      `  let first = ${multiplyIndices("i32(group.y)", String(size))};`,
      `  let rows = min(${size}, ${through ? `range.steps * ${batch}` : batch} - first);`,
      ...indented(begin ? beginRows(begin.extents, file) : []),
      ...indented(body),
      "}",
    ],
  };
}

/** The rows at hand, and after the last step those behind it. */
function beginRows(extents: readonly Size[], file: WgslFile): string[] {
  const { batch } = file;
  const steps = file.field("T", ["steps"]);
  const each = largest(extents, file);
  return [
    `let begun = ${each};`,
    "for (var i = lane; i < rows * begun; i += lanes) {",
    "  let row = first + i / begun;",
    `  let t = range.start + row / ${batch};`,
    `  let behind = select(t, ${steps} - 1 + ${tailOf(file.work)}, t == ${steps} - 1);`,
    "  for (var at = t; at <= behind; at++) {",
    `    backward_begin(at, row % ${batch}, i % begun);`,
    "  }",
    "}",
    ...file.barrier,
  ];
}

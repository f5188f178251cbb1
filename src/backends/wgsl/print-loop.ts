/**
 * Prints a time loop as one kernel: each workgroup takes a slice of the batch through all steps, with barriers
 * where the dispatches of single steps would begin. What comes before the first step and after the last one is
 * done by the same workgroups, where the plan says so.
 */
import type { Size } from "../../ir/size.js";
import type { Kernel, MapKernel } from "../../passes/kernels.js";
import { lineComments } from "../../text/comments.js";
import { multiplyIndices } from "./expression.js";
import { range } from "./file.js";
import type { WgslFile } from "./file.js";
import { indented } from "./lines.js";
import type { Comments } from "./lines.js";
import {
  backwardBegin,
  backwardEnd,
  forwardEnd,
  stepsOf,
  tailOf,
} from "./print-ends.js";
import { MapPrinter } from "./print-map.js";
import { lanes, productFunction } from "./print-tiles.js";
import type { WholePlan } from "./whole-loops.js";

/** A kernel with a loop of all lanes over what it is for. */
interface Part {
  readonly functions: readonly string[];
  readonly calls: readonly string[];
}

export function loopBody(
  plan: WholePlan,
  adjoint: boolean,
  comments: Comments,
  file: WgslFile,
): string[] {
  file.declare(lanes);
  const steps = file.field("T", ["steps"]);
  const started = adjoint
    ? `range.start + range.steps == ${steps}`
    : "range.start == 0";
  const ended = adjoint
    ? "range.start == 0"
    : `range.start + range.steps == ${steps}`;
  const when = (condition: string, { functions, calls }: Part): Part => ({
    functions,
    calls:
      calls.length > 0 ? [`if (${condition}) {`, ...indented(calls), "}"] : [],
  });
  const none: Part = { functions: [], calls: [] };
  const before = file.inBuffers(() => [
    when(
      started,
      !plan.begins ? none : adjoint ? cotangents(file) : starts(comments, file),
    ),
    ...plan.prologue.map((kernel) => allSteps(kernel, comments, file)),
  ]);
  const loop = plan.kernels.map((kernel) =>
    oneStep(kernel, adjoint, comments, file),
  );
  const after = file.inBuffers(() =>
    when(ended, plan.ends ? leftBehind(adjoint, file) : none),
  );
  const filled = file.memory?.fill(file) ?? [];
  const slice = file.field("slice", ["slice"]);
  return [
    range,
    ...[...before, ...loop, after].flatMap(({ functions }) => functions),
    "",
    `@compute @workgroup_size(lanes)`,
    "fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u) {",
    "  let lane = i32(index);",
    `  let first = i32(group.x) * ${slice};`,
    ...(file.memory ? ["  first_entry = first;"] : []),
    `  let entries = min(${slice}, ${file.batch} - first);`,
    ...indented(before.flatMap(({ calls }) => calls)),
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
    ...indented(indented(loop.flatMap(({ calls }) => calls))),
    "  }",
    ...indented(after.calls),
    "}",
  ];
}

/** A kernel of the loop, at step t. */
function oneStep(
  kernel: Kernel,
  adjoint: boolean,
  comments: Comments,
  file: WgslFile,
): Part {
  const head = ["", ...lineComments(comments(kernel))];
  if (kernel.kind === "product") {
    const { calls, name } = kernel;
    const extents = calls.map((call) => file.work.plans.extentOf(call));
    return {
      functions: [
        ...head,
        ...calls.flatMap((call, i) =>
          productFunction(`${name}_${i}`, call, extents[i]!, adjoint, file),
        ),
      ],
      // A call that adds to what another one stored comes after it.
      calls: calls.flatMap((call, i) => [
        ...(call.add ? file.barrier : []),
        `${name}_${i}(t, first, entries, 0, ${file.size(extents[i]!)}, lane);`,
        ...(i === calls.length - 1 ? file.barrier : []),
      ]),
    };
  }
  const printer = new MapPrinter(file, kernel, "loop", adjoint, "lanes");
  const { shape, extents, lines } = printer.print(comments);
  return {
    functions: [...head, ...lines],
    calls:
      shape === "rows"
        ? [
            "for (var i = 0; i < entries; i++) {",
            `  ${kernel.name}(t, first + i, lane);`,
            ...indented(file.barrier),
            "}",
          ]
        : [...eachElement(kernel.name, "t", extents, file), ...file.barrier],
  };
}

/** Calls `name(t, b, e)` for all elements of the workgroup's entries. */
function eachElement(
  name: string,
  t: string,
  extents: readonly Size[],
  file: WgslFile,
): string[] {
  const each = largest(extents, file);
  return [
    `for (var i = lane; i < ${multiplyIndices("entries", each)}; i += lanes) {`,
    each === "1"
      ? `  ${name}(${t}, first + i, 0);`
      : `  ${name}(${t}, first + i / ${simple(each)}, i % ${simple(each)});`,
    "}",
  ];
}

/** Elementwise work for all steps at hand. */
function allSteps(kernel: MapKernel, comments: Comments, file: WgslFile): Part {
  const printer = new MapPrinter(file, kernel, "rows", true, "lanes");
  const { extents, lines } = printer.print(comments);
  const each = largest(extents, file);
  const row = multiplyIndices("entries", each);
  return {
    functions: ["", ...lineComments(comments(kernel)), ...lines],
    calls: [
      `for (var j = lane; j < range.steps * ${row}; j += lanes) {`,
      `  let i = j % (${row});`,
      `  ${kernel.name}(range.start + j / (${row}), first + i / ${simple(each)}, i % ${simple(each)});`,
      "}",
      ...file.barrier,
    ],
  };
}

/** The values before the first step, of states for which the caller gives none. */
function starts(comments: Comments, file: WgslFile): Part {
  const { work } = file;
  const parts = work.schedule.starts.map(({ key, kernel }): Part => {
    const at = work.keys.findIndex((each) => each.key === key);
    const given = file.field(`given_${key}`, ["given", at]);
    const printer = new MapPrinter(file, kernel, "rows", false, "lanes");
    const { shape, extents, lines } = printer.print(comments);
    const calls =
      shape === "rows"
        ? [
            "for (var i = 0; i < entries; i++) {",
            `  ${kernel.name}(0, first + i, lane);`,
            ...indented(file.barrier),
            "}",
          ]
        : eachElement(kernel.name, "0", extents, file);
    return {
      functions: [
        "",
        ...lineComments([`${key} before the first step`]),
        ...lines,
      ],
      calls: [`if (${given} == 0) {`, ...indented(calls), "}"],
    };
  });
  return {
    functions: parts.flatMap(({ functions }) => functions),
    calls: parts.flatMap(({ calls }, i) =>
      i === parts.length - 1 ? [...calls, ...file.barrier] : calls,
    ),
  };
}

/** The cotangents behind the last step of each entry. */
function cotangents(file: WgslFile): Part {
  const printed = backwardBegin(file);
  if (!printed) return { functions: [], calls: [] };
  const each = largest(printed.extents, file);
  const tail = tailOf(file.work);
  return {
    functions: ["", ...printed.lines],
    calls: [
      `for (var i = lane; i < ${multiplyIndices("entries", each)}; i += lanes) {`,
      `  let b = first + i / ${simple(each)};`,
      `  for (var t = ${stepsOf(file)}; t < ${file.field("T", ["steps"])} + ${tail}; t++) {`,
      `    backward_begin(t, b, i % ${simple(each)});`,
      "  }",
      "}",
      ...file.barrier,
    ],
  };
}

/** What the last step of each entry leaves behind, or what its first one owes to the values before it. */
function leftBehind(adjoint: boolean, file: WgslFile): Part {
  const printed = (adjoint ? backwardEnd : forwardEnd)(file);
  if (!printed) return { functions: [], calls: [] };
  const name = adjoint ? "backward_end" : "forward_end";
  return {
    functions: ["", ...printed.lines],
    // The steps may have waited for workgroup memory only.
    calls: [...file.barrier, ...eachElement(name, "0", printed.extents, file)],
  };
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

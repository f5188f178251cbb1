/**
 * Prints a time loop as one kernel: each workgroup takes a slice of the batch through all steps, with barriers
 * where the dispatches of single steps would begin.
 */
import { sizeValue } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type { Kernel, Place, Product, Segment } from "../../passes/kernels.js";
import { loopLanes } from "../../runtime/webgpu/description.js";
import { panelOf, settling } from "./calls.js";
import { addIndices, multiplyIndices } from "./expression.js";
import { range } from "./file.js";
import type { WgslFile } from "./file.js";
import { MapPrinter } from "./print-map.js";

const barrier = ["storageBarrier();", "workgroupBarrier();"];

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

/** @param comments equations of a kernel, or of one of its segments */
export function loopBody(
  kernels: readonly Kernel[],
  adjoint: boolean,
  comments: (of: Kernel | Segment) => readonly string[],
  file: WgslFile,
): string[] {
  const functions: string[] = [];
  const steps = kernels.flatMap((kernel): string[] => {
    functions.push("", ...comments(kernel).map((line) => `// ${line}`));
    if (kernel.kind === "product") {
      kernel.calls.forEach((call, i) =>
        functions.push(
          ...productFunction(`${kernel.name}_${i}`, call, adjoint, file),
        ),
      );
      // A call that adds to what another one stored comes after it.
      return kernel.calls.flatMap((call, i) => [
        ...(call.add ? barrier : []),
        `${kernel.name}_${i}(t, first, entries, lane);`,
        ...(i === kernel.calls.length - 1 ? barrier : []),
      ]);
    }
    const printer = new MapPrinter(file, kernel, "loop", adjoint, loopLanes);
    const { shape, extents, lines } = printer.print(comments);
    functions.push(...lines);
    if (shape === "rows")
      return [
        "for (var i = 0; i < entries; i++) {",
        `  ${kernel.name}(t, first + i, lane);`,
        ...indented(barrier),
        "}",
      ];
    const each = largest(extents, file);
    return [
      `for (var i = lane; i < ${multiplyIndices("entries", each)}; i += ${loopLanes}) {`,
      each === "1"
        ? `  ${kernel.name}(t, first + i, 0);`
        : `  ${kernel.name}(t, first + i / ${simple(each)}, i % ${simple(each)});`,
      "}",
      ...barrier,
    ];
  });
  const slice = file.field("slice", ["slice"]);
  return [
    range,
    ...functions,
    "",
    `@compute @workgroup_size(${loopLanes})`,
    "fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u) {",
    "  let lane = i32(index);",
    `  let first = i32(group.x) * ${slice};`,
    `  let entries = min(${slice}, ${file.batch} - first);`,
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
function largest(extents: readonly Size[], file: WgslFile): string {
  const shown = [...new Set(extents.map((size) => file.size(size)))].filter(
    (text, _, all) => text !== "1" || all.length === 1,
  );
  return shown.reduce((a, b) => `max(${a}, ${b})`);
}

/** One product of the rows of a slice. */
function productFunction(
  name: string,
  call: Product,
  adjoint: boolean,
  file: WgslFile,
): string[] {
  const { form, x, w, y, n, k, inner } = call;
  const rowLength = ({ array }: Place, columns: Size): string =>
    file.size(sizeValue(inner) === 1 ? array.width : columns);
  const rowAt = (place: Place, columns: Size): string =>
    addIndices([
      file.at(place),
      ...(place.array.extent === "sequence"
        ? [`t * ${file.step(place.array)}`]
        : []),
      multiplyIndices("r", rowLength(place, columns)),
    ]);
  const perEntry = file.size(inner);
  const target = file.buffer(y.array);
  const settles = settling(y.array, file.work);
  const store = (at: string, value: string): string[] => {
    const line =
      settles === 1
        ? `${target}[${at}] = select(0.0, ${call.add ? `${target}[${at}] + ${value}` : value}, live);`
        : `${target}[${at}] ${call.add ? "+=" : "="} ${value};`;
    return settles === 2 ? ["if (live) {", `  ${line}`, "}"] : [line];
  };
  const live =
    settles > 0
      ? [
          `let live = ${file.lives("t", perEntry === "1" ? "r" : `r / ${perEntry}`)};`,
        ]
      : [];
  const rowNumber = (row: string): string =>
    addIndices([multiplyIndices("first", perEntry), row]);
  const row = [`let r = ${rowNumber("row")};`, ...live];
  const rows = multiplyIndices("entries", perEntry);
  const head = `fn ${name}(t: i32, first: i32, entries: i32, lane: i32) {`;
  const panel = panelOf(call, adjoint, file.work);
  if (panel === undefined) {
    const columns = file.size(n);
    const token = `i32(${file.buffer(x.array)}[${rowAt(x, k)}])`;
    const from =
      form === "column"
        ? `n * ${file.size(k)} + ${token}`
        : `${token} * ${columns} + n`;
    return [
      head,
      `  for (var e = lane; e < ${multiplyIndices(rows, columns)}; e += ${loopLanes}) {`,
      `    let row = e / ${columns};`,
      `    let n = e % ${columns};`,
      ...indented(
        indented([
          ...row,
          `let value = ${file.buffer(w.array)}[${addIndices([file.at(w), from])}];`,
          `let at = ${rowAt(y, n)} + n;`,
          ...store("at", "value"),
        ]),
      ),
      "  }",
      "}",
    ];
  }
  const first = file.field(`panel_${panel}`, ["panel", panel]);
  const quads = file.field(`quads_${panel}`, ["quads", panel]);
  const panels = file.panels();
  const source = file.buffer(x.array);
  const storeRow = (value: string): string[] => [
    ...live,
    `let y_at = ${rowAt(y, n)} + 4 * column;`,
    `for (var j = 0; j < min(${file.size(n)} - 4 * column, 4); j++) {`,
    ...indented(store("y_at + j", `${value}[j]`)),
    "}",
  ];
  /** Products of `height` rows at a time, so that each number of the matrix is loaded once for all of them. */
  const blocksOf = (height: number): string[] => {
    const each = Array.from({ length: height }, (_, i) => i);
    return [
      `for (var e = lane; e < ${height === 1 ? "rows" : `((rows + ${height - 1}) / ${height})`} * quads; e += ${loopLanes}) {`,
      ...indented([
        `let row = ${height === 1 ? "e / quads" : `e / quads * ${height}`};`,
        "let column = e % quads;",
        ...each.flatMap((i) => [
          `let r${i} = ${rowNumber(i === 0 ? "row" : `min(row + ${i}, rows - 1)`)};`,
          `let x${i} = ${rowAt(x, k).replaceAll(/\br\b/g, `r${i}`)};`,
          `var sum${i} = vec4f();`,
        ]),
        `var w_at = ${first} + column;`,
        `for (var k = 0; k < ${file.size(k)}; k++) {`,
        `  let quad = ${panels}[w_at];`,
        ...each.map((i) => `  sum${i} += ${source}[x${i} + k] * quad;`),
        `  w_at += ${quads};`,
        "}",
        ...each.flatMap((i) => [
          ...(i === 0 ? ["{"] : [`if (row + ${i} < rows) {`]),
          `  let r = r${i};`,
          ...indented(storeRow(`sum${i}`)),
          "}",
        ]),
      ]),
      "}",
    ];
  };
  return [
    head,
    `  let rows = ${rows};`,
    `  let quads = (${file.size(n)} + 3) / 4;`,
    "  if (rows < 3) {",
    ...indented(indented(blocksOf(1))),
    "  } else {",
    ...indented(indented(blocksOf(4))),
    "  }",
    "}",
  ];
}

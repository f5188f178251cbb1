/**
 * Prints what is computed from parameters alone as one kernel: a single workgroup does the work of a stage, and
 * then lays the matrices that it has computed out for products, as `packText` does with many workgroups.
 */
import type { MapKernel } from "../../passes/kernels.js";
import { rowLanes } from "../../runtime/webgpu/description.js";
import type { GpuField } from "../../runtime/webgpu/description.js";
import { lineComments } from "../../text/comments.js";
import type { WgslFile } from "./file.js";
import { indented } from "./lines.js";
import type { Comments } from "./lines.js";
import { largest } from "./print-loop.js";
import { MapPrinter } from "./print-map.js";

/** A matrix that is packed: the fields of `packTable`, by name. */
export type PackFields = Readonly<
  Record<
    "at" | "panel" | "quads" | "n" | "k" | "n_step" | "k_step" | "parts",
    GpuField
  >
>;

export interface PackedMatrix {
  readonly fields: PackFields;
  /** The variable of the buffer that the matrix lies in. */
  readonly source: (file: WgslFile) => string;
}

export function staticBody(
  kernels: readonly MapKernel[],
  matrices: readonly PackedMatrix[],
  adjoint: boolean,
  comments: Comments,
  file: WgslFile,
): string[] {
  const functions: string[] = [];
  const body = kernels.flatMap((kernel) => {
    const printer = new MapPrinter(file, kernel, "static", adjoint, rowLanes);
    const { shape, extents, lines } = printer.print(comments);
    functions.push("", ...lineComments(comments(kernel)));
    for (const line of lines) functions.push(line);
    return [
      ...(shape === "rows"
        ? [`${kernel.name}(0, 0, lane);`]
        : [
            `for (var e = lane; e < ${largest(extents, file)}; e += ${rowLanes}) {`,
            `  ${kernel.name}(0, 0, e);`,
            "}",
          ]),
      ...file.barrier,
    ];
  });
  return [
    ...functions,
    "",
    `@compute @workgroup_size(${rowLanes})`,
    "fn main(@builtin(local_invocation_index) index: u32) {",
    "  let lane = i32(index);",
    ...indented(body),
    ...indented(matrices.flatMap((matrix, i) => packLines(matrix, i, file))),
    "}",
  ];
}

function packLines(
  { fields, source }: PackedMatrix,
  i: number,
  file: WgslFile,
): string[] {
  const field = (name: keyof PackFields): string =>
    file.field(`${name}_${i}`, fields[name]);
  const panels = file.panels("read_write");
  return [
    "{",
    `  let columns = 4 * ${field("quads")};`,
    `  let padded = columns / ${field("parts")};`,
    `  for (var i = lane; i < columns * ${field("k")}; i += ${rowLanes}) {`,
    "    let n = i % columns;",
    "    let column = n % padded;",
    "    var value = 0.0;",
    `    if (column < ${field("n")}) {`,
    `      value = ${source(file)}[${field("at")} + (n / padded * ${field("n")} + column) * ${field("n_step")} + i / columns * ${field("k_step")}];`,
    "    }",
    `    ${panels}[4 * ${field("panel")} + i] = value;`,
    "  }",
    "}",
  ];
}

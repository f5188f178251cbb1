/**
 * Prints sums over rows: a workgroup has 32 columns, each summed by 8 strands that take every eighth row; the
 * strands come together in a fixed order. No atomics, the same bits in every run.
 */
import { multiplySizes, sizeNumber } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type { StageKind } from "../../passes/kernels.js";
import { sumColumns, sumStrands } from "../../runtime/webgpu/description.js";
import { range } from "./file.js";
import type { WgslFile } from "./file.js";
import type { Sum } from "./split-sums.js";
import { inParts, partOf } from "./long-sums.js";
import { Values } from "./values.js";

export interface PrintedSums {
  readonly extents: readonly Size[];
  readonly lines: readonly string[];
}

const area = (loops: readonly Size[]): Size =>
  loops.reduce(multiplySizes, sizeNumber(1));

/** All `sums` have totals for each entry, or none has. */
export function printSums(
  name: string,
  sums: readonly Sum[],
  kind: StageKind,
  file: WgslFile,
): PrintedSums {
  const values = new Values(file, kind, name, true);
  const [first] = sums as readonly [Sum, ...Sum[]];
  const { batch } = file;
  const entry = first.entries;
  file.declare(
    `var<workgroup> shared_sums: array<f32, ${sumColumns * sumStrands}>;`,
  );
  const body = sums.flatMap(({ target, lets, loops }, i): string[] => {
    const [outer, inner] = loops;
    const indices = !outer
      ? []
      : !inner
        ? ["let n = e;"]
        : [
            `let n = e / ${file.size(inner)};`,
            `let m = e % ${file.size(inner)};`,
          ];
    const term = [
      ...lets.flatMap((each) => values.statement(each)),
      `${partOf(`sum_${i}`)} += ${values.number(target.value)};`,
    ];
    // Rows that do not belong to a sequence are not there.
    const counts =
      kind === "context"
        ? file.work.leavesOutEmpty
          ? file.lives("0", "b")
          : undefined
        : file.lives("t", "b");
    const inside =
      counts === undefined
        ? term
        : [`if (${counts}) {`, ...term.map((line) => `  ${line}`), "}"];
    const text = inside.join("\n");
    const rowOf = entry
      ? ["let t = range.start + row;"]
      : kind === "context"
        ? ["let b = row;"]
        : [`let t = range.start + row / ${batch};`, `let b = row % ${batch};`];
    const total = values.element(target);
    return [
      `var sum_${i} = 0.0;`,
      `if (e < ${file.size(area(loops))}) {`,
      ...indices.map((line) => `  ${line}`),
      ...inParts([`sum_${i}`], {
        variable: "row",
        from: "strand",
        to: "rows",
        by: sumStrands,
        body: [...rowOf, ...values.row(text), ...inside],
      }).map((line) => `  ${line}`),
      "}",
      `shared_sums[lane] = sum_${i};`,
      "workgroupBarrier();",
      `if (strand == 0 && e < ${file.size(area(loops))}) {`,
      ...indices.map((line) => `  ${line}`),
      "  var total = shared_sums[lane];",
      `  for (var s = 1; s < ${sumStrands}; s++) {`,
      `    total += shared_sums[lane + s * ${sumColumns}];`,
      "  }",
      `  ${total} += total;`,
      "}",
      "workgroupBarrier();",
    ];
  });
  const rows = entry
    ? "range.steps"
    : kind === "context"
      ? batch
      : `range.steps * ${batch}`;
  return {
    extents: sums.map(({ loops }) => area(loops)),
    lines: [
      range,
      "",
      `@compute @workgroup_size(${sumColumns * sumStrands})`,
      "fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u) {",
      "  let lane = i32(index);",
      `  let strand = lane / ${sumColumns};`,
      `  let e = i32(group.x) * ${sumColumns} + lane % ${sumColumns};`,
      ...(entry ? ["  let b = i32(group.y);"] : []),
      `  let rows = ${rows};`,
      ...body.map((line) => `  ${line}`),
      "}",
    ],
  };
}

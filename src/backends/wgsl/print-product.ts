/**
 * Prints products over rows. Matrices have been packed with the columns of the result side by side, so that
 * one invocation computes 8 × 8 numbers from `vec4`s in registers: 2 loads of the matrix and 8 of the rows for
 * 64 multiplications. Weight gradients sum 8 × 8 blocks over all rows, in their order.
 */
import type { Product } from "../../passes/kernels.js";
import { block, blocks } from "../../runtime/webgpu/description.js";
import { callTable, eachRun, rowCount } from "./calls.js";
import type { Operands } from "./calls.js";
import { range } from "./file.js";
import { blockSums } from "./print-block.js";
import type { WgslFile } from "./file.js";
import { gathers, scatters } from "./print-tokens.js";

const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const rows = count(block);

export const tableOf = (calls: number): string =>
  `${callTable}@group(0) @binding(0) var<uniform> calls: array<Call, ${calls}>;`;

/**
 * The functions and the entry points of a group of calls.
 * @param variants the buffers of the calls; several only for gradients
 */
export function productBody(
  form: Product["form"],
  variants: readonly Operands[],
  file: WgslFile,
): string[] {
  const operands = variants[0]!;
  switch (form) {
    case "nt":
    case "nn":
      return rowProducts(operands, file);
    case "tn":
      return gradients(variants, file);
    case "column":
    case "row":
      return gathers(form, operands, file);
    case "add_column":
    case "add_row":
      return scatters(form, operands, file);
  }
}

/** Stores up to four numbers of row r. */
const put = (y: string, file: WgslFile): string => {
  const lengths = file.group("given");
  return `
/** Stores the columns from \`column\` on of row r. */
fn put(p: Call, r: i32, column: i32, value: vec4f) {
  let left = p.n - column;
  let at = p.y_at + range.start * p.y_step + r * p.y_row + column;
  var result = value;
  if (p.adds == 1) {
    for (var j = 0; j < min(left, 4); j++) {
      result[j] += ${y}[at + j];
    }
  }
  if (p.settles > 0) {
    let t = range.start + r / (p.B * p.inner);
    let b = (r / p.inner) % p.B;
    if (f32(t) >= ${lengths}[p.at_lengths + b]) {
      if (p.settles == 2) {
        return;
      }
      result = vec4f();
    }
  }
  for (var j = 0; j < min(left, 4); j++) {
    ${y}[at + j] = result[j];
  }
}`;
};

/** The shape of a workgroup in blocks, which the host adapts to that of the result. */
const workgroup = [
  `override columns_of_blocks: u32 = ${blocks};`,
  `override rows_of_blocks: u32 = ${blocks};`,
];

const perSum = (lines: readonly string[]): string[] => [
  `  for (var i = 0; i < ${2 * block}; i++) {`,
  ...lines.map((line) => `    ${line}`),
  "  }",
];

function rowProducts({ x, y }: Operands, file: WgslFile): string[] {
  const panels = file.panels();
  const from = "p.x_at + range.start * p.x_step";
  return [
    range,
    put(y, file),
    "",
    ...workgroup,
    "",
    "/** y[r, n] = Σ x[r, k] w[k, n] for 8 rows and 8 columns. */",
    "@compute @workgroup_size(columns_of_blocks, rows_of_blocks)",
    "fn many(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {",
    "  let p = calls[id.z];",
    `  ${rowCount}`,
    `  let column = i32(id.x) * ${block};`,
    `  let row = i32(id.y) * ${block};`,
    ...file.either(
      "quads",
      [
        "  let quarter = i32(lane) & 3;",
        "  // Whole fours at once, so that those which share loads stay together.",
        "  if (row >= rows) {",
      ],
      ["  if (column >= p.n || row >= rows) {"],
    ),
    "    return;",
    "  }",
    "  // Rows behind the last one repeat it and are not stored.",
    ...rows.map(
      (i) => `  let x${i} = ${from} + min(row + ${i}, rows - 1) * p.x_row;`,
    ),
    `  var w_at = p.w_at + column / 4;`,
    ...blockSums(
      {
        height: block,
        width: 2,
        source: x,
        panels,
        stride: "p.w_row",
        k: "p.k",
      },
      file,
    ).map((line) => `  ${line}`),
    ...perSum([
      "if (row + i / 2 < rows) {",
      "  put(p, row + i / 2, column + 4 * (i % 2), sums[i]);",
      "}",
    ]),
    "}",
    "",
    "/** The same for one row and 8 columns. */",
    "@compute @workgroup_size(columns_of_blocks)",
    "fn few(@builtin(global_invocation_id) id: vec3u) {",
    "  let p = calls[id.z];",
    `  let column = i32(id.x) * ${block};`,
    "  let row = i32(id.y);",
    "  if (column >= p.n) {",
    "    return;",
    "  }",
    `  let x0 = ${from} + row * p.x_row;`,
    "  var w_at = p.w_at + column / 4;",
    ...blockSums(
      { height: 1, width: 2, source: x, panels, stride: "p.w_row", k: "p.k" },
      file,
    ).map((line) => `  ${line}`),
    "  put(p, row, column, sums[0]);",
    "  put(p, row, column + 4, sums[1]);",
    "}",
  ];
}

function gradients(variants: readonly Operands[], file: WgslFile): string[] {
  const name = (i: number): string =>
    variants.length === 1 ? "gradient" : `gradient_${i}`;
  return [
    range,
    "",
    ...workgroup,
    "",
    ...variants.flatMap((operands, i) => [
      ...gradientBlock(name(i), operands, file),
      "",
    ]),
    "@compute @workgroup_size(columns_of_blocks, rows_of_blocks)",
    "fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {",
    "  let p = calls[id.z];",
    `  let k = i32(id.x) * ${block};`,
    `  let n = i32(id.y) * ${block};`,
    "  let quarter = i32(lane) & 3;",
    ...file.either(
      "quads",
      [
        "  // Whole fours at once, so that those which share loads stay together.",
        "  if (n >= p.n) {",
      ],
      ["  if (k >= p.k || n >= p.n) {"],
    ),
    "    return;",
    "  }",
    ...(variants.length === 1
      ? [`  ${name(0)}(p, n, k, quarter);`]
      : [
          "  switch (p.variant) {",
          ...variants.flatMap((_, i) => [
            i === variants.length - 1 ? "    default: {" : `    case ${i}: {`,
            `      ${name(i)}(p, n, k, quarter);`,
            "    }",
          ]),
          "  }",
        ]),
    "}",
  ];
}

/** Rows of a part of a sum, and parts whose sum is added to the whole. */
const partRows = 128;
const parts = 32;

function gradientBlock(
  name: string,
  operands: Operands,
  file: WgslFile,
): string[] {
  const { y } = operands;
  const from = (operand: string): string =>
    `p.${operand}_at + range.start * p.${operand}_step`;
  const sums = rows.flatMap((i) => [`a${i}`, `b${i}`]);
  return [
    "/** y[n, k] += Σ x[r, n] w[r, k] over all rows, for 8 × 8 elements. */",
    `fn ${name}(p: Call, n: i32, k: i32, quarter: i32) {`,
    "  // Columns behind the last one repeat it and are not stored.",
    ...rows.map((i) => `  let n${i} = min(n + ${i}, p.n - 1);`),
    ...rows.map((i) => `  let k${i} = min(k + ${i}, p.k - 1);`),
    "  // Sums are made in parts of parts, so that long ones lose no more than short ones.",
    `  var sums = array<vec4f, ${2 * block}>();`,
    `  var some = array<vec4f, ${2 * block}>();`,
    "  var parts = 0;",
    ...eachRun(file.group("given"), [
      `for (var start = first; start < last; start += ${partRows}) {`,
      `  let rows = min(last - start, ${partRows});`,
      ...sums.map((sum) => `  var ${sum} = vec4f();`),
      `  var x_at = ${from("x")} + start * p.x_row;`,
      `  var w_at = ${from("w")} + start * p.w_row;`,
      ...gradientLoop(operands, file).map((line) => `  ${line}`),
      ...sums.map((sum, i) => `  some[${i}] += ${sum};`),
      "  parts++;",
      `  if (parts == ${parts}) {`,
      `    for (var j = 0; j < ${2 * block}; j++) {`,
      "      sums[j] += some[j];",
      "      some[j] = vec4f();",
      "    }",
      "    parts = 0;",
      "  }",
      "}",
    ]).map((line) => `  ${line}`),
    ...perSum([
      "let row = n + i / 2;",
      "let column = k + 4 * (i % 2);",
      "if (row < p.n) {",
      "  for (var j = 0; j < min(p.k - column, 4); j++) {",
      `    ${y}[p.y_at + row * p.y_row + column + j] += (sums[i] + some[i])[j];`,
      "  }",
      "}",
    ]),
    "}",
  ];
}

/** Adds the products of all rows to the sums; four invocations that share n load four rows for each other. */
function gradientLoop({ x, w }: Operands, file: WgslFile): string[] {
  const four = (from: number): string =>
    [0, 1, 2, 3].map((i) => `${w}[w_at + k${from + i}]`).join(", ");
  const step = (value: (row: number) => string): string[] => [
    `  let w0 = vec4f(${four(0)});`,
    `  let w1 = vec4f(${four(4)});`,
    ...rows.flatMap((i) => [
      `  let v${i} = ${value(i)};`,
      `  a${i} += v${i} * w0;`,
      `  b${i} += v${i} * w1;`,
    ]),
    "  w_at += p.w_row;",
  ];
  const plain = (from: string): string[] => [
    `for (var r = ${from}; r < rows; r++) {`,
    ...step((i) => `${x}[x_at + n${i}]`),
    "  x_at += p.x_row;",
    "}",
  ];
  const shared = [
    "let shared_rows = rows & ~3;",
    "for (var r = 0; r < shared_rows; r += 4) {",
    ...rows.map((i) => `  let u${i} = ${x}[x_at + quarter * p.x_row + n${i}];`),
    ...count(4).flatMap((q) => [
      "  {",
      ...step((i) => `quadBroadcast(u${i}, ${q}u)`).map((line) => `  ${line}`),
      "  }",
    ]),
    "  x_at += 4 * p.x_row;",
    "}",
    ...plain("shared_rows"),
  ];
  return file.either("quads", shared, plain("0"));
}

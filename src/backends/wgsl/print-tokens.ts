/** Prints products with tokens: instead of multiplying they pick columns or rows of a matrix, or add to them. */
import { rowLanes } from "../../runtime/webgpu/description.js";
import { eachRun, rowCount } from "./calls.js";
import type { Operands } from "./calls.js";
import { range } from "./file.js";
import type { WgslFile } from "./file.js";

/** Columns or rows of a matrix, one for each token. */
export function gathers(
  form: "column" | "row",
  { x, w, y }: Operands,
  file: WgslFile,
): string[] {
  const lengths = file.group("given");
  return [
    range,
    "",
    form === "column"
      ? "/** y[r, n] = w[n, token of r] */"
      : "/** y[r, n] = w[token of r, n] */",
    `@compute @workgroup_size(${rowLanes})`,
    "fn main(@builtin(global_invocation_id) id: vec3u) {",
    "  let p = calls[id.z];",
    `  ${rowCount}`,
    "  let n = i32(id.x);",
    "  let r = i32(id.y);",
    "  if (n >= p.n || r >= rows) {",
    "    return;",
    "  }",
    `  let token = i32(${x}[p.x_at + range.start * p.x_step + r * p.x_row]);`,
    `  var value = ${w}[p.w_at + ${form === "column" ? "n * p.k + token" : "token * p.n + n"}];`,
    "  let at = p.y_at + range.start * p.y_step + r * p.y_row + n;",
    "  if (p.adds == 1) {",
    `    value += ${y}[at];`,
    "  }",
    "  if (p.settles > 0) {",
    "    let t = range.start + r / (p.B * p.inner);",
    `    if (f32(t) >= ${lengths}[p.at_lengths + (r / p.inner) % p.B]) {`,
    "      if (p.settles == 2) {",
    "        return;",
    "      }",
    "      value = 0.0;",
    "    }",
    "  }",
    `  ${y}[at] = value;`,
    "}",
  ];
}

/**
 * Sums into the column or row of each token: an invocation owns n, so that rows come in their order. What rounding
 * takes from a sum is added with the next row (Kahan, 1965).
 */
export function scatters(
  form: "add_column" | "add_row",
  { x, w, y }: Operands,
  file: WgslFile,
): string[] {
  const runs = file.group("given");
  const lost = file.group("adjoint");
  return [
    range,
    "",
    form === "add_column"
      ? "/** y[n, token of r] += x[r, n] */"
      : "/** y[token of r, n] += x[r, n] */",
    `@compute @workgroup_size(${rowLanes})`,
    "fn main(@builtin(global_invocation_id) id: vec3u) {",
    "  let p = calls[id.z];",
    "  let n = i32(id.x);",
    "  if (n >= p.n) {",
    "    return;",
    "  }",
    ...eachRun(runs, [
      "for (var r = first; r < last; r++) {",
      `  let token = i32(${w}[p.w_at + range.start * p.w_step + r * p.w_row]);`,
      `  let at = ${form === "add_column" ? "n * p.k + token" : "token * p.n + n"};`,
      `  let before = ${y}[p.y_at + at];`,
      `  let value = ${x}[p.x_at + range.start * p.x_step + r * p.x_row + n] - ${lost}[p.at_lost + at];`,
      "  let sum = before + value;",
      `  ${lost}[p.at_lost + at] = (sum - before) - value;`,
      `  ${y}[p.y_at + at] = sum;`,
      "}",
    ]).map((line) => `  ${line}`),
    "}",
  ];
}

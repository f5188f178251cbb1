/** Prints what lays matrices out for products: the columns of the result side by side. */
import {
  block,
  packedRows,
  rowLanes,
} from "../../runtime/webgpu/description.js";

/** Lays matrices out for products; `of` is the buffer that they lie in. */
export const packText = (of: string): string[] => [
  `/** panel[k, n], the columns of each part padded with zeros to a whole number of ${block}: one column, ${packedRows} rows. */`,
  `@compute @workgroup_size(${rowLanes})`,
  "fn main(@builtin(global_invocation_id) id: vec3u) {",
  "  let p = calls[id.z];",
  "  let n = i32(id.x);",
  "  if (n >= 4 * p.quads) {",
  "    return;",
  "  }",
  "  let padded = 4 * p.quads / p.parts;",
  "  let column = n % padded;",
  "  let source = p.at + (n / padded * p.n + column) * p.n_step;",
  `  let first = i32(id.y) * ${packedRows};`,
  `  for (var k = first; k < min(first + ${packedRows}, p.k); k++) {`,
  "    var value = 0.0;",
  "    if (column < p.n) {",
  `      value = ${of}[source + k * p.k_step];`,
  "    }",
  "    panels[4 * (p.panel + k * p.quads) + n] = value;",
  "  }",
  "}",
];

export const packTable = (
  calls: number,
): string => `/** One matrix: where it lies, and where its panel. */
struct Pack {
  at: i32,
  panel: i32,
  /** \`vec4\`s in a row of the panel. */
  quads: i32,
  /** Columns of each part. */
  n: i32,
  k: i32,
  /** Elements from one column of the panel to the next, and from one row to the next. */
  n_step: i32,
  k_step: i32,
  parts: i32,
}
@group(0) @binding(0) var<uniform> calls: array<Pack, ${calls}>;`;

/** The WGSL text of a kernel: its bindings, the table of a call, and the entry point around the body. */
import { lanes } from "./grid.js";
import type { Kernel } from "./kernel.js";

/** Whole numbers of a call in their order: how many elements, where the arrays begin, and the kernel's own. */
export const wholeNumbers = ({
  reads,
  writes,
  whole = [],
}: Kernel): readonly string[] => [
  "count",
  ...[...reads, ...writes].map(place),
  ...whole,
];

/** The field that says where an array begins. */
export const place = (array: string): string => `at_${array}`;

/** 32-bit words of the table. */
export const wordsOf = (kernel: Kernel): number =>
  wholeNumbers(kernel).length + (kernel.real?.length ?? 0);

export function textOf(name: string, kernel: Kernel): string {
  const { reads, writes, real = [], body } = kernel;
  const arrays = [...reads, ...writes];
  const fields = [
    ...wholeNumbers(kernel).map((field) => `${field}: u32`),
    ...real.map((field) => `${field}: f32`),
  ];
  const bindings = arrays.map((array, i) => {
    const access = i < reads.length ? "read" : "read_write";
    return `@group(0) @binding(${i + 1}) var<storage, ${access}> ${array}: array<f32>;`;
  });
  return [
    `// ${name}`,
    `struct Call { ${fields.join(", ")} }`,
    `struct At { ${arrays.map((array) => `${array}: u32`).join(", ")} }`,
    "@group(0) @binding(0) var<uniform> call: Call;",
    ...bindings,
    "",
    `@compute @workgroup_size(${lanes})`,
    "fn main(",
    "  @builtin(workgroup_id) group: vec3u,",
    "  @builtin(num_workgroups) grid: vec3u,",
    "  @builtin(local_invocation_index) lane: u32,",
    ") {",
    `  let i = (group.y * grid.x + group.x) * ${lanes}u + lane;`,
    "  if (i >= call.count) { return; }",
    `  let at = At(${arrays.map((array) => `call.${place(array)}`).join(", ")});`,
    `  ${body.trim()}`,
    "}",
    "",
  ].join("\n");
}

/** The text of a generated `webgpu.js`: the description as data, the kernels as template strings. */
import type { Size } from "../../ir/size.js";
import { sizeExpression } from "../entry.js";
import { group, members, plain } from "../module-data.js";
import type { Described } from "./describe.js";

const template = (text: string): string =>
  `\`${text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${")}\``;

export function emitModule(
  banner: string,
  doc: readonly string[],
  sizes: readonly Size[],
  described: Described,
): string {
  const { kernels, slots, adjoint, ...rest } = described;
  return [
    banner,
    ...doc.map((line) => `// ${line}`.trimEnd()),
    `import { webgpuKernels } from "cellc/runtime";`,
    "",
    "// prettier-ignore",
    "export const { description } = webgpuKernels({",
    "  sizes: (size) => [",
    ...sizes.map((size) => `    ${sizeExpression(size)},`),
    "  ],",
    ...members(rest),
    ...group("slots", slots),
    ...group("adjoint", adjoint),
    "  kernels: [",
    ...kernels.flatMap(({ name, fields, code }) => [
      "    {",
      `      name: ${JSON.stringify(name)},`,
      `      fields: ${plain(fields)},`,
      `      code: ${template(code)},`,
      "    },",
    ]),
    "  ],",
    "});",
    "",
  ].join("\n");
}

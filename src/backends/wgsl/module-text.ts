/** The text of a generated `webgpu.js`: the description as data, the kernels as template strings. */
import type { Size } from "../../ir/size.js";
import { lineComments } from "../../text/comments.js";
import {
  dataLiteral,
  stringLiteral,
  templateLiteral,
} from "../../text/literals.js";
import { sizeExpression } from "../entry.js";
import { group, members } from "../module-data.js";
import type { Described } from "./describe.js";

export function emitModule(
  banner: string,
  doc: readonly string[],
  sizes: readonly Size[],
  described: Described,
): string {
  const { kernels, slots, adjoint, ...rest } = described;
  return [
    banner,
    ...lineComments(doc),
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
      `      name: ${stringLiteral(name)},`,
      `      fields: ${dataLiteral(fields)},`,
      `      code: ${templateLiteral(code)},`,
      "    },",
    ]),
    "  ],",
    "});",
    "",
  ].join("\n");
}

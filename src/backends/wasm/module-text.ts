/** The text of a generated `wasm.js`: the description as data, and the bytes as base64. */
import type { Size } from "../../ir/size.js";
import { lineComments } from "../../text/comments.js";
import { sizeExpression } from "../entry.js";
import { group, members } from "../module-data.js";
import type { Described } from "./describe.js";

const alphabet =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const word =
      (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (const shift of [18, 12, 6, 0])
      text +=
        i * 8 + 18 - shift < bytes.length * 8
          ? alphabet[(word >> shift) & 63]
          : "=";
  }
  return text;
}

/** @param code what the description has of the bytes: expressions by name */
export function emitModule(
  banner: string,
  doc: readonly string[],
  sizes: readonly Size[],
  described: Described,
  code: Readonly<Record<string, string>>,
): string {
  const { slots, adjoint, ...rest } = described;
  return [
    banner,
    ...lineComments(doc),
    `import { wasmKernels } from "cellc/runtime";`,
    "",
    "// prettier-ignore",
    "export const { create, createThreads, prepare } = wasmKernels({",
    "  sizes: (size) => [",
    ...sizes.map((size) => `    ${sizeExpression(size)},`),
    "  ],",
    ...members(rest),
    ...group("slots", slots),
    ...group("adjoint", adjoint),
    ...Object.entries(code).map(([name, value]) => `  ${name}: ${value},`),
    "});",
    "",
  ].join("\n");
}

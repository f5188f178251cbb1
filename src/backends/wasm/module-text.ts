/** The text of a generated `wasm.js`: the description as data, and the bytes as base64. */
import type { Size } from "../../ir/size.js";
import { lineComments } from "../../text/comments.js";
import { stringLiteral } from "../../text/literals.js";
import { sizeExpression } from "../entry.js";
import { group, list } from "../module-data.js";
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

export function emitModule(
  banner: string,
  doc: readonly string[],
  sizes: readonly Size[],
  described: Described,
  code: string,
): string {
  const { cell, arrays, panels, fields, keys, params, grads, lengths } =
    described;
  return [
    banner,
    ...lineComments(doc),
    `import { wasmKernels } from "cellc/runtime";`,
    "",
    "// prettier-ignore",
    "export const { create, createThreads, prepare } = wasmKernels({",
    `  cell: ${stringLiteral(cell)},`,
    "  sizes: (size) => [",
    ...sizes.map((size) => `    ${sizeExpression(size)},`),
    "  ],",
    ...list("arrays", arrays),
    ...list("panels", panels),
    ...list("fields", fields),
    ...list("keys", keys),
    `  params: ${params},`,
    `  grads: ${grads},`,
    `  lengths: ${lengths},`,
    ...group("slots", described.slots),
    ...group("adjoint", described.adjoint),
    `  code: ${code},`,
    "});",
    "",
  ].join("\n");
}

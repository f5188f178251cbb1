/** How records of structural operations are written: what they have in common. */
import { showShape } from "../../size.js";
import type { Shape } from "../../size.js";
import type { StructuralRecord, Tensor } from "../record.js";

const loop = {
  ts: { loop: true },
  wasm: { loop: true },
  wgsl: { loop: true },
} as const;

export const structural = (
  record: Omit<StructuralRecord, "kind" | "spell">,
): StructuralRecord => ({
  kind: "structural",
  spell: loop,
  ...record,
});

export const rankError = (what: string, shape: Shape): string =>
  `${what}, not ${showShape(shape)}`;

/** Rows and columns of a tensor seen as rows of its last axis. */
export function rowsOf(tensor: Tensor): [rows: number, columns: number] {
  const columns = tensor.dims.at(-1) ?? 1;
  return [columns === 0 ? 0 : tensor.data.length / columns, columns];
}

export const lastAxis = (shape: Shape): Shape | string =>
  shape.length === 0
    ? rankError("a vector or matrix is needed", shape)
    : shape.slice(0, -1);

/** Operations on whole arrays: repeating, adding up, products, parts of vectors, tokens. */
import type { StructuralName } from "../names.js";
import type { StructuralRecord } from "../record.js";
import { extremes } from "./extremes.js";
import { marks } from "./marks.js";
import { parts } from "./parts.js";
import { products } from "./products.js";
import { sums } from "./sums.js";

export const structuralOps: Record<StructuralName, StructuralRecord> = {
  ...sums,
  ...extremes,
  ...products,
  ...parts,
  ...marks,
};
